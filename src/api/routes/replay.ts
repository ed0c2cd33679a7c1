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
    newlyRefused: replayed.newlyRefused.map(viewAsked),
    newlyAllowed: replayed.newlyAllowed.map(viewAsked),
    closes: [...replayed.closes],
    opens: [...replayed.opens],
  };
}

/** A name with who asked for it and what they were told, of a replay as of a report. */
export function viewAsked<One extends object>({
  types,
  clients,
  answers,
  firstAt,
  lastAt,
  ...one
}: One & Asked) {
  return {
    ...one,
    types: [...types],
    clients: [...clients],
    answers: [...answers],
    firstAt: isoTime(firstAt),
    lastAt: isoTime(lastAt),
  };
}

type Asked = Pick<ReplayedName, 'types' | 'clients' | 'answers' | 'firstAt' | 'lastAt'>;
