import { lookAtNames } from '../../actions/look-at-names.ts';
import { NameLooks, NamesRequest } from '../contract/names.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function nameRoutes(app: Api, deps: RouteDeps): void {
  const look = lookAtNames(deps);
  app.post(
    '/names/look',
    // It changes nothing; a POST, because names do not fit into an address.
    {
      schema: { body: NamesRequest, response: { 200: NameLooks } },
      config: { permission: 'read', onlyLooks: true },
    },
    async ({ body }) => ({
      items: look(body).map(({ unicode, risks, instead, ...one }) => ({
        ...one,
        ...(unicode === undefined ? {} : { unicode }),
        risks: risks.map((risk) => ({ ...risk })),
        instead: [...instead],
      })),
    }),
  );
}
