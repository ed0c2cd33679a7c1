/** What a firewall did, and where it differs from what it should be. */
import { explainRemovals } from '../actions/held-removals.ts';
import { KnownError } from '../base/errors.ts';
import { listFirewalls } from '../store/firewalls.ts';
import { listRuns, sumUpRuns } from '../store/runs.ts';
import { isoTime } from './contract/common.ts';
import type { FirewallDrift, PastRun } from './contract/firewalls.ts';
import type { RouteDeps } from './route-deps.ts';
import { shownName, toCursor } from './views.ts';

/** Newest first. */
export function listPastRuns(
  { db }: Pick<RouteDeps, 'db'>,
  {
    firewall,
    cursor,
    limit,
  }: {
    readonly firewall?: string | undefined;
    readonly cursor?: number | undefined;
    readonly limit: number;
  },
): { readonly items: PastRun[]; readonly nextCursor?: string } {
  const known = listFirewalls(db);
  const asked = known.find(({ name }) => name === firewall);
  if (firewall !== undefined && asked === undefined)
    throw new KnownError('not-found', `there is no firewall ${firewall}`);
  const page = listRuns(db, {
    limit,
    ...(asked === undefined ? {} : { firewallId: asked.id }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const sums = sumUpRuns(
    db,
    page.items.map(({ id }) => id),
    MOST_CHANGES,
  );
  const names = new Map(known.map(({ id, name }) => [id, name]));
  return {
    items: page.items.map(({ firewallId, startedAt, finishedAt, ...run }) => ({
      ...run,
      firewall: names.get(firewallId) ?? String(firewallId),
      startedAt: isoTime(startedAt),
      finishedAt: isoTime(finishedAt),
      ...(sums.get(run.id) ?? { added: 0, renewed: 0, removed: 0, changes: [] }),
    })),
    ...toCursor(page),
  };
}

/** From what was last read: it costs the firewall nothing. */
export function viewDrift({ db, sync, leases }: RouteDeps, name: string): FirewallDrift {
  const { missing, extra } = sync.drift(name);
  const { otherWriters = [] } = sync.state().find((known) => known.name === name)?.status ?? {};
  const open = Map.groupBy(leases.live({}), ({ address }) => address);
  const known = new Map(explainRemovals(db, extra).map((one) => [one.address, one.known]));
  return {
    missing: missing.slice(0, MOST_SHOWN).map((address) => ({
      address,
      names: [...new Set(open.get(address)?.map(shownName))],
    })),
    extra: extra.map((address) => {
      const what = known.get(address);
      return {
        address,
        otherWriter: otherWriters.includes(address),
        ...(what === undefined ? {} : { known: what }),
      };
    }),
  };
}

/** Of one run; whoever wants the rest asks why of the address. */
const MOST_CHANGES = 50;
/** Addresses; beyond that a firewall lacks everything, and says so itself. */
const MOST_SHOWN = 1000;
