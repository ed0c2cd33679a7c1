/** How the rules of a group were used in the last 13 months, and what could be tidied up. Nothing is changed. */
import type { Hygiene, HygieneFinding, HygieneInput } from '../../actions/reports/hygiene.ts';
import { formatDomainName } from '../../base/domain-name.ts';
import { KnownError } from '../../base/errors.ts';
import { policyRule } from '../../control/policy-source.ts';
import { TYPE } from '../../dns/wire/constants.ts';
import { parsePattern } from '../../policy/pattern.ts';
import { compilePolicy } from '../../policy/policy.ts';
import { AGGREGATE_DAYS } from '../../store/days-kept.ts';
import { dayOf, refusalsByRule } from '../../store/denial-days.ts';
import { findGroupByName } from '../../store/groups.ts';
import { answeredInPeriod, answersCountedSince } from '../../store/querylog/answered.ts';
import { type Rule, rulesInForce, temporaryRulesSince } from '../../store/rules.ts';
import type { ReportDeps } from '../scope.ts';
import {
  type Counted,
  comesBack,
  DAY_MS,
  neverResolved,
  tooWide,
  unused,
  unusedPreset,
  useOf,
  type Watched,
} from './findings.ts';
import { shadowed } from './shadows.ts';

export function hygiene(deps: Pick<ReportDeps, 'main' | 'queryLog' | 'clock'>) {
  const { main, queryLog, clock } = deps;
  return ({ group: name }: HygieneInput): Hygiene => {
    const group = findGroupByName(main, name);
    if (group === undefined) throw new KnownError('not-found', `group ${name}`);
    const now = clock.now();
    const from = now - AGGREGATE_DAYS * DAY_MS;
    const countedSince = answersCountedSince(queryLog);
    const counted = countUses(deps, { groupId: group.id, from, now });
    const rules = rulesInForce(main, now, group.id);
    const watched = rules.map(
      (rule): Watched => ({
        rule,
        // Refusals are in the database the rule is in, and are counted as long as it is there.
        watchedSince: Math.max(rule.createdAt, from, rule.action === 'deny' ? 0 : (countedSince ?? now)),
        counted: counted.get(rule.id),
      }),
    );
    return {
      group: name,
      ...(countedSince === undefined ? {} : { countedSince }),
      findings: findingsOf(watched, temporaryRulesSince(main, group.id, from), { now, group: name }),
      rules: watched.map((one) => useOf(one, now)),
    };
  };
}

function findingsOf(
  watched: readonly Watched[],
  temporary: readonly Rule[],
  { now, group }: { readonly now: number; readonly group: string },
): readonly HygieneFinding[] {
  const own = watched.filter(({ rule }) => rule.preset === undefined);
  const presets = Map.groupBy(
    watched.filter(({ rule }) => rule.preset !== undefined),
    ({ rule }) => rule.preset ?? '',
  );
  const known = (list: readonly (HygieneFinding | undefined)[]) => list.filter((one) => one !== undefined);
  return known([
    ...shadowed(watched.map(({ rule }) => rule)),
    ...own.map((one) => unused(one, now)),
    ...[...presets].map(([preset, rules]) => unusedPreset(preset, rules, now)),
    ...watched.map(neverResolved),
    ...own.map((one) => tooWide(one, now, group)),
    ...returning(
      temporary,
      watched.map(({ rule }) => rule),
      now,
    ).map((rules) => comesBack(rules, group)),
  ]);
}

/** Temporary rules that say the same, of what no lasting rule decides by now. */
function returning(
  temporary: readonly Rule[],
  inForce: readonly Rule[],
  now: number,
): readonly (readonly Rule[])[] {
  const lasting = inForce.filter(({ expiresAt }) => expiresAt === undefined);
  const patterns = new Set(lasting.map(({ action, pattern }) => `${action} ${pattern}`));
  const policy = compilePolicy(lasting.map(policyRule));
  const isSettled = ({ action, pattern, types }: Rule) => {
    if (patterns.has(`${action} ${pattern}`)) return true;
    const { kind, name } = parsePattern(pattern);
    const type = types.includes('AAAA') && !types.includes('A') ? TYPE.AAAA : TYPE.A;
    return action === 'allow' && kind === 'exact' && policy.decide(name, type, 'enforce', now).allowed;
  };
  return [
    ...Map.groupBy(
      temporary,
      ({ action, pattern, types }) => `${action} ${pattern} ${types.join()}`,
    ).values(),
  ].filter(([first]) => first !== undefined && !isSettled(first));
}

interface Span {
  readonly groupId: number;
  readonly from: number;
  readonly now: number;
}

/** By rule. */
function countUses(
  { main, queryLog }: Pick<ReportDeps, 'main' | 'queryLog'>,
  { groupId, from, now }: Span,
): ReadonlyMap<number, Counted> {
  const uses = new Map<number, Counted>();
  const answered = answeredInPeriod(queryLog, { groupId, since: from, until: now });
  for (const [ruleId, rows] of Map.groupBy(answered, (row) => row.ruleId)) {
    if (ruleId === undefined) continue;
    const total = (count: (row: (typeof rows)[number]) => number) =>
      rows.reduce((sum, row) => sum + count(row), 0);
    const names = new Set(rows.flatMap((row) => row.name ?? []));
    uses.set(ruleId, {
      uses: total(({ count }) => count),
      days: Math.max(...rows.map(({ days }) => days)),
      resolved: total(({ resolved }) => resolved),
      failed: total(({ failed }) => failed),
      names: [...names].map(formatDomainName),
      nameCount: names.size,
      moreNames: rows.some((row) => row.name === undefined),
      firstAt: Math.min(...rows.map(({ firstAt }) => firstAt)),
      lastAt: Math.max(...rows.map(({ lastAt }) => lastAt)),
    });
  }
  for (const { ruleId, count, days, names, firstDay, lastDay } of refusalsByRule(main, {
    groupId,
    since: dayOf(from),
  })) {
    const before = uses.get(ruleId);
    const [firstAt, lastAt] = [Date.parse(firstDay), Date.parse(lastDay)];
    // What a spent budget refused was asked under the rule all the same; it says nothing of whether the name resolves.
    uses.set(ruleId, {
      uses: count + (before?.uses ?? 0),
      days: Math.max(days, before?.days ?? 0),
      resolved: before?.resolved ?? 0,
      failed: count + (before?.failed ?? 0),
      names: before?.names ?? [],
      nameCount: Math.max(names, before?.nameCount ?? 0),
      moreNames: names > 0 || before?.moreNames === true,
      firstAt: Math.min(firstAt, before?.firstAt ?? firstAt),
      lastAt: Math.max(lastAt, before?.lastAt ?? lastAt),
    });
  }
  return uses;
}
