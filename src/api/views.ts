/** Turns what is stored and what runs into the contract: ISO times, presentation names, nothing that is null. */
import { type AllowedBefore, allowedBefore } from '../actions/allowed-before.ts';
import { describeGroup, isPaused } from '../actions/describe-group.ts';
import type { Effect } from '../actions/effect.ts';
import { describeFirewall } from '../actions/firewall-words.ts';
import { explainRemovals } from '../actions/held-removals.ts';
import { isOfPlexDirect } from '../actions/plex-direct.ts';
import type { FirewallReport, OpenAddress } from '../actions/ports.ts';
import type { LeaseInterval, QueryRecord } from '../actions/query-port.ts';
import { type DomainName, formatDomainName, parseDomainName } from '../base/domain-name.ts';
import { formatPrefix } from '../base/ip-address.ts';
import { inLetters } from '../base/letters.ts';
import { registeredDomain } from '../base/public-suffix.ts';
import { type Explanation, explain } from '../catalog/explain.ts';
import type { Catalog } from '../catalog/load.ts';
import type * as Denials from '../store/denials.ts';
import type * as Groups from '../store/groups.ts';
import { allGroupNames, getGroup } from '../store/groups.ts';
import type * as Rules from '../store/rules.ts';
import { getRule } from '../store/rules.ts';
import type { SyncRun } from '../sync/sync-run.ts';
import { type Effect as Contract, isoTime } from './contract/common.ts';
import type { Denial } from './contract/denials.ts';
import type { Firewall, Run } from './contract/firewalls.ts';
import type { Group } from './contract/groups.ts';
import type { Interval } from './contract/intervals.ts';
import type { Lease } from './contract/leases.ts';
import type { Query } from './contract/queries.ts';
import type { RuleView } from './contract/rules.ts';
import type { RouteDeps } from './route-deps.ts';

export function viewGroup(deps: Pick<RouteDeps, 'sync' | 'clock'>, group: Groups.Group): Group {
  const { pausedUntil } = group;
  return {
    name: group.name,
    mode: group.mode,
    ...(pausedUntil !== undefined && isPaused(group, deps.clock.now())
      ? { pausedUntil: isoTime(pausedUntil) }
      : {}),
    override: group.enforceOverride,
    clients: group.clients.map(formatPrefix),
    refuse: group.refuse,
    ipv6: group.ipv6,
    presets: [...group.presets],
    plexDirect: {
      hashes: [...group.plexDirect.hashes],
      ownAddresses: group.plexDirect.ownAddresses.map(formatPrefix),
      shared: group.plexDirect.shared.map((one) => ({ ...one, addresses: [...one.addresses] })),
    },
    origin: group.origin,
    ...(group.place === undefined ? {} : { place: group.place }),
    enforcement: describeGroup(deps, group),
  };
}

export function viewRule({ db }: Pick<RouteDeps, 'db'>, rule: Rules.Rule): RuleView {
  return viewRuleOf(getGroup(db, rule.groupId).name, rule);
}

/** The groups are read once: of ten thousand rules each would cost a query. */
export function viewRules({ db }: Pick<RouteDeps, 'db'>, rules: readonly Rules.Rule[]): RuleView[] {
  const groups = allGroupNames(db);
  return rules.map((rule) => viewRuleOf(groups.get(rule.groupId) ?? String(rule.groupId), rule));
}

function viewRuleOf(group: string, rule: Rules.Rule): RuleView {
  return {
    id: rule.id,
    group,
    action: rule.action,
    pattern: rule.pattern,
    types: [...rule.types],
    note: rule.note,
    private: rule.private,
    warm: rule.warm,
    origin: rule.origin,
    ...(rule.preset === undefined ? {} : { preset: rule.preset }),
    createdAt: isoTime(rule.createdAt),
    createdBy: rule.createdBy,
    ...(rule.expiresAt === undefined ? {} : { expiresAt: isoTime(rule.expiresAt) }),
    ...(rule.endedAt === undefined ? {} : { endedAt: isoTime(rule.endedAt) }),
    ...(rule.endedBy === undefined ? {} : { endedBy: rule.endedBy }),
    ...(rule.place === undefined ? {} : { place: rule.place }),
  };
}

type DenialDeps = Pick<RouteDeps, 'db' | 'clock' | 'catalog'>;

export function viewDenials(deps: DenialDeps, denials: readonly Denials.Denial[]): Denial[] {
  const before = allowedBefore(deps.db, denials, deps.clock.now());
  return denials.map((denial) => viewOneDenial(deps, denial, before.get(denial.id)));
}

export function viewDenial(deps: DenialDeps, denial: Denials.Denial): Denial {
  return viewOneDenial(deps, denial, allowedBefore(deps.db, [denial], deps.clock.now()).get(denial.id));
}

function viewOneDenial(
  { db, clock, catalog }: DenialDeps,
  denial: Denials.Denial,
  before: AllowedBefore | undefined,
): Denial {
  const group = getGroup(db, denial.groupId);
  const rule = denial.ruleId === undefined ? undefined : getRule(db, denial.ruleId);
  const name = formatDomainName(denial.name);
  const unicode = inLetters(name);
  return {
    id: denial.id,
    group: group.name,
    name,
    ...(unicode === undefined ? {} : { unicode }),
    domain: registeredDomain(name),
    state: denial.state,
    // Below plex.direct no mode makes a difference.
    refused: (group.mode === 'enforce' && !isPaused(group, clock.now())) || isOfPlexDirect(denial.name),
    reason: denial.reason,
    ...(rule === undefined ? {} : { rule: { id: rule.id, action: rule.action, pattern: rule.pattern } }),
    types: [...denial.qtypes],
    ...knownAs(catalog, denial.name),
    lastClient: denial.lastClient,
    count: denial.count,
    firstAt: isoTime(denial.firstAt),
    lastAt: isoTime(denial.lastAt),
    ...(denial.decidedAt === undefined ? {} : { decidedAt: isoTime(denial.decidedAt) }),
    ...(denial.decidedBy === undefined ? {} : { decidedBy: denial.decidedBy }),
    ...(before === undefined
      ? {}
      : {
          allowedBefore: {
            times: before.times,
            ...(before.endedAt === undefined ? {} : { endedAt: isoTime(before.endedAt) }),
          },
        }),
  };
}

/** Of these the name is a note, a feed, or none. */
const OF_NO_NAME: ReadonlySet<OpenAddress['cause']> = new Set(['pin', 'feed', 'adopted']);

/** What the catalog knows of a name, where it does. */
export function knownAs(catalog: Catalog, name: DomainName): { readonly catalog?: Explanation } {
  const known = explain(catalog, name);
  return known === undefined ? {} : { catalog: known };
}

/** What an alias held before us belongs to no name; in the ledger it stands under the root. */
export function shownName({ cause, name }: { readonly cause: string; readonly name: string }): string {
  return cause === 'adopted' ? '(found in the alias)' : name;
}

export function viewLease({ catalog }: Pick<RouteDeps, 'catalog'>, lease: OpenAddress): Lease {
  return {
    group: lease.group,
    name: shownName(lease),
    address: lease.address,
    cause: lease.cause,
    ...(lease.note === undefined ? {} : { note: lease.note }),
    ...(lease.rule === undefined ? {} : { rule: lease.rule }),
    ...(OF_NO_NAME.has(lease.cause) ? {} : knownAs(catalog, parseDomainName(lease.name))),
    startedAt: isoTime(lease.startedAt),
    ...(Number.isFinite(lease.until) ? { until: isoTime(lease.until) } : {}),
    firewalls: lease.firewalls.map(({ name, state }) => ({ name, state })),
  };
}

export function viewInterval(interval: LeaseInterval): Interval {
  const { approvedAt, startedAt, toldUntil, until, endedAt, answer, pushes, ...rest } = interval;
  return {
    ...rest,
    name: shownName(interval),
    startedAt: isoTime(startedAt),
    ...(approvedAt === undefined ? {} : { approvedAt: isoTime(approvedAt) }),
    ...(toldUntil === undefined ? {} : { toldUntil: isoTime(toldUntil) }),
    ...(until === undefined ? {} : { until: isoTime(until) }),
    ...(endedAt === undefined ? {} : { endedAt: isoTime(endedAt) }),
    ...(answer === undefined
      ? {}
      : { answer: { ...answer, at: isoTime(answer.at), chain: [...answer.chain] } }),
    pushes: pushes.map(({ at, confirmedAt, ...push }) => ({
      ...push,
      at: isoTime(at),
      ...(confirmedAt === undefined ? {} : { confirmedAt: isoTime(confirmedAt) }),
    })),
  };
}

export function viewFirewall({ db }: Pick<RouteDeps, 'db'>, firewall: FirewallReport): Firewall {
  const { status } = firewall;
  const { heldPlan, lastRun } = status;
  return {
    name: firewall.name,
    driver: firewall.driver,
    alias: firewall.alias,
    groups: [...firewall.groups],
    state: status.state,
    sentence: `${describeFirewall(firewall)}.`,
    since: isoTime(status.since),
    connected: firewall.connected,
    enforces: firewall.enforces,
    ruleUse: firewall.ruleUse,
    ...(status.lastSuccessAt === undefined ? {} : { lastSuccessAt: isoTime(status.lastSuccessAt) }),
    ...(status.lastError === undefined ? {} : { lastError: status.lastError }),
    ...(status.retryAt === undefined ? {} : { retryAt: isoTime(status.retryAt) }),
    desired: firewall.desired,
    entries: status.entries,
    unexplained: firewall.unexplained,
    writesToday: status.writesToday,
    typicalLatencyMs: firewall.typicalLatencyMs,
    ...(firewall.fetch?.last === undefined
      ? {}
      : { fetch: { ...firewall.fetch.last, at: isoTime(firewall.fetch.last.at) } }),
    ...(heldPlan === undefined
      ? {}
      : {
          held: {
            at: isoTime(heldPlan.at),
            why: heldPlan.why,
            removals: [...heldPlan.removals],
            addresses: [...explainRemovals(db, heldPlan.removals)],
          },
        }),
    ...(lastRun === undefined ? {} : { lastRun: viewRun(lastRun) }),
    findings: firewall.findings.map((finding) => ({ ...finding })),
    ...(firewall.examinedAt === undefined ? {} : { examinedAt: isoTime(firewall.examinedAt) }),
  };
}

export function viewRun(run: SyncRun): Run {
  return {
    ...run,
    startedAt: isoTime(run.startedAt),
    finishedAt: isoTime(run.finishedAt),
    changes: run.changes.map((change) => ({ ...change })),
  };
}

export function viewQuery(query: QueryRecord): Query {
  return { ...query, at: isoTime(query.at), answers: [...query.answers] };
}

export function viewEffect({ shared, ...effect }: Effect): Contract {
  return {
    ...effect,
    ...(shared.length === 0 ? {} : { shared: shared.map((one) => ({ ...one, names: [...one.names] })) }),
    addresses: [...effect.addresses],
    closed: [...effect.closed],
    staysOpen: effect.staysOpen.map((one) => ({ ...one, name: shownName(one) })),
    firewalls: effect.firewalls.map((one) => ({ ...one })),
  };
}

/** Cursors are opaque text outside; inside they are ids. */
export function toCursor(page: { readonly nextCursor?: number }): { readonly nextCursor?: string } {
  return page.nextCursor === undefined ? {} : { nextCursor: String(page.nextCursor) };
}
