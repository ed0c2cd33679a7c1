/**
 * What another policy would have done with what a group asked: the stored log, question by question, against the rules
 * in force and against the candidate. Nothing is changed.
 */
import type { CandidateRule, Replay, ReplayedName, ReplayInput } from '../actions/reports/replay.ts';
import { formatDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { entriesFor } from '../catalog/rules.ts';
import { modeOf, policyRule } from '../control/policy-source.ts';
import { PLEX_DIRECT_REFUSALS } from '../dns/plex-direct.ts';
import { TYPE, typeName, typeNumber } from '../dns/wire/constants.ts';
import type { LeaseCause } from '../ledger/lease.ts';
import { formatPattern, parsePattern } from '../policy/pattern.ts';
import { compilePolicy, type Policy, type PolicyRule } from '../policy/policy.ts';
import { liveFeedEntries } from '../store/feeds.ts';
import { findGroupByName, type Group } from '../store/groups.ts';
import { listLeases } from '../store/leases.ts';
import type { MainDb } from '../store/open.ts';
import { pinsInForce } from '../store/pins.ts';
import { type Asked, askedInPeriod } from '../store/querylog/asked.ts';
import { rulesInForce } from '../store/rules.ts';
import type { ReportDeps } from './scope.ts';

export function replay({
  main,
  queryLog,
  catalog,
  clock,
}: Pick<ReportDeps, 'main' | 'queryLog' | 'catalog' | 'clock'>) {
  return (input: ReplayInput): Replay => {
    const group = findGroupByName(main, input.group);
    if (group === undefined) throw new KnownError('not-found', `group ${input.group}`);
    const now = clock.now();
    const inForce = rulesInForce(main, now, group.id).map(policyRule);
    for (const id of input.without)
      if (!inForce.some((rule) => rule.id === id))
        throw new KnownError('not-found', `rule ${id} is not in force in ${group.name}`);

    const kept = input.only ? [] : inForce.filter(({ id }) => !input.without.includes(id));
    const added = [...input.add, ...entriesFor(catalog, input.presets)].map(candidateRule);
    const before = { policy: compilePolicy(inForce), mode: modeOf(group, now) };
    const after = { policy: compilePolicy([...kept, ...added]), mode: 'enforce' } as const;

    const asked = askedInPeriod(queryLog, {
      groupId: group.id,
      since: input.since,
      until: input.until,
      except: DECIDED_BEFORE_THE_POLICY,
    });
    const isAllowed = ({ policy, mode }: { policy: Policy; mode: typeof before.mode }, one: Asked) =>
      policy.decide(one.name, one.qtype, mode, now).allowed;
    const refused = asked.filter((one) => isAllowed(before, one) && !isAllowed(after, one));
    const allowed = asked.filter((one) => !isAllowed(before, one) && isAllowed(after, one));

    const described = (list: readonly Asked[]) =>
      byName(list)
        .slice(0, NAMES_TOLD)
        .map((types) => describe(types, after.policy, now));
    return {
      group: group.name,
      since: input.since,
      until: input.until,
      queries: sum(asked),
      names: byName(asked).length,
      newlyRefused: described(refused),
      newlyRefusedNames: byName(refused).length,
      newlyRefusedQueries: sum(refused),
      newlyAllowed: described(allowed),
      newlyAllowedNames: byName(allowed).length,
      closes: closes(main, group, after.policy, now),
      opens: each(allowed.flatMap(({ answers }) => answers)),
    };
  };
}

/** Names that are told one by one, those asked most first; the counts are of all. */
const NAMES_TOLD = 200;

/** Whatever the rules say, these would have ended the same way: local names, broken questions, limits. */
export const DECIDED_BEFORE_THE_POLICY = [
  'local',
  'plex-direct',
  ...PLEX_DIRECT_REFUSALS,
  'no-ipv6',
  'unknown-client',
  'not-in-class',
  'transfer',
  'not-a-type',
  'loop',
  'too-many',
];

export function candidateRule(
  { action, pattern, types, temporary }: CandidateRule,
  index: number,
): PolicyRule {
  return {
    // Not of the database: whoever reads the verdict gets the pattern.
    id: -1 - index,
    action,
    pattern: parsePattern(pattern),
    types: types.includes('ANY') ? 'any' : types.map(typeNumber),
    temporary: temporary ?? false,
    expiresAt: undefined,
    private: false,
  };
}

/** The types of each name together, the names asked most first. */
function byName(list: readonly Asked[]): readonly (readonly Asked[])[] {
  return [...Map.groupBy(list, ({ name }) => name).values()].sort((a, b) => sum(b) - sum(a));
}

function describe(types: readonly Asked[], after: Policy, now: number): ReplayedName {
  const [first] = types;
  if (first === undefined) throw new Error('a name without a type');
  const { reason, rule } = after.decide(first.name, first.qtype, 'enforce', now);
  return {
    name: formatDomainName(first.name),
    types: types.map(({ qtype }) => typeName(qtype)).sort(),
    count: sum(types),
    firstAt: Math.min(...types.map(({ firstAt }) => firstAt)),
    lastAt: Math.max(...types.map(({ lastAt }) => lastAt)),
    clients: each(types.flatMap(({ clients }) => clients)),
    answers: each(types.flatMap(({ answers }) => answers)),
    reason,
    ...(rule === undefined ? {} : { rule: { action: rule.action, pattern: formatPattern(rule.pattern) } }),
  };
}

/** Open now, and for no name that the candidate allows; what was opened by hand or by a list stays. */
function closes(main: MainDb, group: Group, after: Policy, now: number): readonly IpAddress[] {
  const open = listLeases(main, { groupId: group.id, live: true, limit: Number.MAX_SAFE_INTEGER - 1 }).items;
  const stays = open.filter(
    ({ cause, name }) =>
      !OF_NAMES.has(cause) ||
      [TYPE.A, TYPE.AAAA].some((type) => after.decide(name, type, 'enforce', now).allowed),
  );
  const kept = new Set<string>([
    ...stays.map(({ address }) => address),
    ...pinsInForce(main, now, group.id).map(({ prefix }) => prefix.address),
    ...liveFeedEntries(main).flatMap((entry) => (entry.groupId === group.id ? [entry.address] : [])),
  ]);
  return [...new Set(open.map(({ address }) => address))].filter((address) => !kept.has(address)).sort();
}

/** Causes of leases that live by the verdict on their name. */
const OF_NAMES: ReadonlySet<LeaseCause> = new Set([
  'answer',
  'learn',
  'pause',
  'outage',
  'restored',
  'in-use',
]);

const each = (addresses: readonly IpAddress[]) => [...new Set(addresses)].sort();
const sum = (list: readonly Asked[]) => list.reduce((total, { count }) => total + count, 0);
