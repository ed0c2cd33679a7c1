import type { Replay, ReplayedName } from '../../actions/reports/replay.ts';
import { assertPermitted } from '../access/identity.ts';
import { isoTime } from '../contract/common.ts';
import { ReplayRequest, ReplayResult } from '../contract/replay.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function replayRoutes(app: Api, { actions }: RouteDeps): void {
  app.post(
    '/replay',
    // It changes nothing; a POST, because a policy does not fit into an address.
    {
      schema: { body: ReplayRequest, response: { 200: ReplayResult } },
      config: { permission: 'read', onlyLooks: true },
    },
    async ({ body: { file, ...body }, identity }): Promise<ReplayResult> => {
      // As with a plan: what is found wrong with a file tells how this server is set up.
      if (file !== undefined) assertPermitted('admin', { identity, hasCookie: false }, () => true);
      const document = file === undefined ? undefined : { name: file.name, text: file.yaml };
      return viewReplay(await actions.replay({ ...body, document }));
    },
  );
}

export function viewReplay(replayed: Replay): ReplayResult {
  return {
    ...replayed,
    since: isoTime(replayed.since),
    until: isoTime(replayed.until),
    newlyRefused: replayed.newlyRefused.map(viewName),
    newlyAllowed: replayed.newlyAllowed.map(viewName),
    closes: [...replayed.closes],
    opens: [...replayed.opens],
  };
}

function viewName(one: ReplayedName): ReplayResult['newlyRefused'][number] {
  return {
    ...one,
    types: [...one.types],
    clients: [...one.clients],
    answers: [...one.answers],
    firstAt: isoTime(one.firstAt),
    lastAt: isoTime(one.lastAt),
  };
}
