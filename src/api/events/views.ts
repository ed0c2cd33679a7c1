/** News in the words of the contract; read when they are told, so that what is told is how it is then. */

import type { FirewallReport } from '../../actions/ports.ts';
import { findDenial } from '../../store/denials.ts';
import { findGroupByName, listGroups } from '../../store/groups.ts';
import { findReproduction } from '../../store/reproductions.ts';
import { getRule } from '../../store/rules.ts';
import { isoTime } from '../contract/common.ts';
import type {
  DeniedBatch,
  LeasesChanged,
  ModesChanged,
  QueryBatch,
  ReproduceChanged,
  RulesChanged,
  SyncStates,
} from '../contract/events.ts';
import type { RouteDeps } from '../route-deps.ts';
import { viewDenials, viewGroup, viewRule } from '../views.ts';
import type { Pending } from './pending.ts';

type Deps = Pick<RouteDeps, 'db' | 'clock' | 'sync' | 'leases' | 'catalog'>;

export function viewDenied(deps: Deps, { denials, dropped }: Pending): DeniedBatch {
  const found = [...denials.values()].flatMap(
    (one) =>
      // Of very many, the oldest may be gone by now.
      findDenial(deps.db, typeof one === 'number' ? { id: one } : one) ?? [],
  );
  const byId = new Map(found.map((denial) => [denial.id, denial]));
  return { items: viewDenials(deps, [...byId.values()]), dropped: dropped.denials };
}

export function viewReproduced({ db }: Deps, { reproduced }: Pending): ReproduceChanged {
  return {
    items: [...reproduced].flatMap((name) => {
      const group = findGroupByName(db, name);
      if (group === undefined) return [];
      const running = findReproduction(db, group.id);
      return running === undefined
        ? { group: name, running: false, rules: 0 }
        : {
            group: name,
            running: true,
            startedAt: isoTime(running.startedAt),
            startedBy: running.startedBy,
            markAt: isoTime(running.markAt),
            rules: running.rules.length,
          };
    }),
  };
}

export function viewRules(deps: Deps, { rules, dropped }: Pending): RulesChanged {
  const of = (what: 'added' | 'changed' | 'ended') =>
    [...rules].flatMap(([id, is]) => (is === what ? viewRule(deps, getRule(deps.db, id)) : []));
  return { added: of('added'), changed: of('changed'), ended: of('ended'), dropped: dropped.rules };
}

export function viewSync({ sync }: Deps, { firewalls }: Pending): SyncStates {
  return {
    items: sync
      .state()
      .filter(({ name }) => firewalls.has(name))
      .map(viewOne),
  };
}

function viewOne({ name, connected, status }: FirewallReport): SyncStates['items'][number] {
  const { state, since, entries, lastSuccessAt, lastError, heldPlan, lastRun } = status;
  return {
    firewall: name,
    state,
    since: isoTime(since),
    connected,
    entries,
    ...(lastSuccessAt === undefined ? {} : { lastSuccessAt: isoTime(lastSuccessAt) }),
    ...(lastError === undefined ? {} : { lastError }),
    heldRemovals: heldPlan?.removals.length ?? 0,
    ...(lastRun === undefined
      ? {}
      : {
          lastRun: {
            outcome: lastRun.outcome,
            trigger: lastRun.trigger,
            finishedAt: isoTime(lastRun.finishedAt),
            ms: lastRun.finishedAt - lastRun.startedAt,
            desired: lastRun.desired,
            current: lastRun.current,
            added: lastRun.changes.filter(({ change }) => change === 'add').length,
            removed: lastRun.changes.filter(({ change }) => change === 'remove').length,
          },
        }),
  };
}

export function viewLeases({ leases }: Deps, { addresses, moreAddresses }: Pending): LeasesChanged {
  return { addresses: [...addresses], more: moreAddresses, open: leases.counts().addresses };
}

export function viewQueries({ queries, dropped }: Pending): QueryBatch {
  return {
    items: queries.map((query) => ({ ...query, at: isoTime(query.at), answers: [...query.answers] })),
    dropped: dropped.queries,
  };
}

/** The groups that are others than when they were last told of; `known` is what to compare with next time. */
export function changedModes(
  deps: Deps,
  before: ReadonlyMap<string, string>,
): ModesChanged & { readonly known: ReadonlyMap<string, string> } {
  const groups = listGroups(deps.db).map((group) => viewGroup(deps, group));
  const known = new Map(groups.map((group) => [group.name, JSON.stringify(group)]));
  return {
    items: groups.filter((group) => before.get(group.name) !== known.get(group.name)),
    removed: [...before.keys()].filter((name) => !known.has(name)),
    known,
  };
}
