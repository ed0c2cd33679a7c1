import { formatDomainName } from '../../base/domain-name.ts';
import { lastWaiting } from '../../store/denials.ts';
import { isoTime } from '../contract/common.ts';
import { Summary } from '../contract/summary.ts';
import { readOverview } from '../overview.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function summaryRoutes(app: Api, deps: RouteDeps): void {
  app.get('/summary', { schema: { response: { 200: Summary } }, config: { permission: 'read' } }, async () =>
    readSummary(deps),
  );
}

function readSummary(deps: RouteDeps): Summary {
  const { running, groups, firewalls, open, promises, waitingDenials, newHosts } = readOverview(deps);
  const now = deps.clock.now();
  const { lastDay, upstreams } = running;
  const enforced = groups.filter(({ enforcement }) => enforcement.state === 'enforced').length;
  const mode = worst(
    MODES,
    groups.map(({ enforcement }) => enforcement.state),
  );
  const read = firewalls.map(({ status }) => status.lastSuccessAt ?? Number.NEGATIVE_INFINITY);
  const oldest = Math.min(...read);
  const last = lastWaiting(deps.db);
  return {
    version: running.version,
    uptimeSeconds: Math.floor((now - running.startedAt) / 1000),
    mode: mode ?? 'none',
    sentence: SENTENCES[mode ?? 'none'],
    groups: groups.length,
    groupsEnforced: enforced,
    waiting: waitingDenials,
    newHosts,
    openAddresses: open.addresses,
    allowed24h: lastDay.queries - lastDay.denied - lastDay.failed,
    denied24h: lastDay.denied,
    failed24h: lastDay.failed,
    firewalls: firewalls.length,
    firewallsUp: firewalls.filter(({ status, connected }) => status.state === 'up' && connected).length,
    syncState:
      worst(
        SYNC_STATES,
        firewalls.map(({ status }) => status.state),
      ) ?? 'none',
    syncAgeSeconds: Number.isFinite(oldest) ? Math.floor((now - oldest) / 1000) : -1,
    heldRemovals: firewalls.filter(({ status }) => status.heldPlan !== undefined).length,
    upstreams: upstreams.length,
    upstreamsUp: upstreams.filter(({ state }) => state === 'up').length,
    promisesBroken: promises.filter(({ holds }) => !holds).length,
    warnings: running.warnings.length,
    lastDenied: last === undefined ? '' : formatDomainName(last.name),
    lastDeniedAt: last === undefined ? '' : isoTime(last.lastAt),
  };
}

/** The worst first. */
const MODES = ['names-only', 'paused', 'learning', 'enforced'] as const;
const SYNC_STATES = ['down', 'behind', 'starting', 'up'] as const;

/** Nothing is called enforced that is not: of several groups the least protected speaks for all. */
const SENTENCES: Readonly<Record<Summary['mode'], string>> = {
  enforced: 'Names are filtered and addresses are enforced',
  'names-only': 'Names are filtered; addresses are NOT enforced',
  learning: 'Learning: nothing is enforced',
  paused: 'Paused: nothing is enforced until the pause ends',
  none: 'No host is protected yet',
};

function worst<State>(order: readonly State[], states: readonly State[]): State | undefined {
  return order.find((state) => states.includes(state));
}
