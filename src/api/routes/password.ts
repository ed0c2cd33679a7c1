import { actorOf } from '../access/identity.ts';
import { Empty } from '../contract/common.ts';
import { ResetPasswordRequest } from '../contract/session.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function passwordRoutes(app: Api, { actions }: RouteDeps): void {
  app.post(
    '/reset-password',
    { schema: { body: ResetPasswordRequest, response: { 200: Empty } }, config: { permission: 'admin' } },
    async (request) => {
      const { password } = request.body;
      await actions.resetAdminPassword({ password, dropSecondFactor: true }, actorOf(request));
      return {};
    },
  );
}
