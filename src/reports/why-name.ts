/** Why a name is or was answered or refused: from the rules of that moment, and from what is written down. */

import type { Period } from '../actions/period.ts';
import type { LeaseInterval, QueryRecord, WhyName, WhyNameInput } from '../actions/query-port.ts';
import { type DomainName, formatDomainName, parseDomainName } from '../base/domain-name.ts';
import { explain } from '../catalog/explain.ts';
import { modeOf, policyRule } from '../control/policy-source.ts';
import { TYPE, typeName } from '../dns/wire/constants.ts';
import { compilePolicy, type Verdict } from '../policy/policy.ts';
import { dayOf, refusalsOf } from '../store/denial-days.ts';
import { type Group, listGroups } from '../store/groups.ts';
import { listLeases } from '../store/leases.ts';
import type { MainDb } from '../store/open.ts';
import { getRule, type Rule, rulesInForce, rulesInForceAt } from '../store/rules.ts';
import { readIntervals } from './intervals.ts';
import { modeAt } from './mode-at.ts';
import { nearestRules } from './nearest-rules.ts';
import { searchQueries } from './queries.ts';
import { ruleReference } from './rule-reference.ts';
import { groupInScope, type ReportDeps } from './scope.ts';
import { whyPlexDirect } from './why-plex-direct.ts';

const LAST_QUERIES = 5;
const LEASES_SHOWN = 100;
/** Intervals that are told in full. */
const INTERVALS_TOLD = 20;
/** Days of refusals that are shown, the last one included. */
const DAYS_SHOWN = 31;

export function whyName(deps: ReportDeps) {
  const { main, catalog, clock } = deps;
  return ({ name: text, period, ...scope }: WhyNameInput): readonly WhyName[] => {
    const name = parseDomainName(text);
    const only = groupInScope(main, scope);
    const groups = only === undefined && scope.group === undefined ? listGroups(main) : only ? [only] : [];
    const entry = explain(catalog, name);
    return groups.map((group) => {
      const { verdict, types, rules } = verdictFor(main, group, name, period, clock.now());
      const direct = whyPlexDirect(group, name);
      const queries = lastQueries(deps, group, text, { ...scope, ...(period && { period }) });
      const leases = leasesOf(deps, group, name, period);
      const live = listLeases(main, { groupId: group.id, name, live: true, limit: LEASES_SHOWN }).items;
      return {
        group: group.name,
        name: text,
        ...(direct ?? {
          verdict: verdict.allowed ? ('allowed' as const) : ('denied' as const),
          reason: verdict.reason,
          types,
          ...ruleReference(main, verdict.rule?.id),
          sentence:
            explainVerdict(main, { group, name: text, verdict, types, past: period !== undefined }) +
            budgetNote(verdict, queries),
        }),
        nearest: direct === undefined && verdict.rule === undefined ? nearestRules(rules, text) : [],
        ...(entry === undefined ? {} : { catalog: entry }),
        addresses:
          period === undefined
            ? live.map((lease) => lease.address)
            : [...new Set(leases.map(({ address }) => address))],
        refusals: refusalsOf(main, { groupId: group.id, name, days: daysUntil(period, clock.now()) }),
        leases,
        lastQueries: queries,
      };
    });
  };
}

/** A verdict is for one type: of all that rules speak of, it is the first that is allowed, and else that of addresses. */
function verdictFor(
  main: MainDb,
  group: Group,
  name: DomainName,
  period: Period | undefined,
  now: number,
): { readonly verdict: Verdict; readonly types: readonly string[]; readonly rules: readonly Rule[] } {
  const at = period?.until ?? now;
  const rules = period === undefined ? rulesInForce(main, now, group.id) : rulesInForceAt(main, at, group.id);
  const mode = period === undefined ? modeOf(group, now) : modeAt(main, group, at);
  const compiled = rules.filter(concerns(formatDomainName(name))).map(policyRule);
  const policy = compilePolicy(compiled);
  const decide = (type: number) => policy.decide(name, type, mode, at);
  const listed = compiled.flatMap(({ types }) => (types === 'any' ? [] : types));
  const allowed = [...new Set([TYPE.A, TYPE.AAAA, ...listed])].filter(
    (type) => decide(type).reason === 'rule',
  );
  const verdict = decide(allowed[0] ?? TYPE.A);
  const isForAny = verdict.reason === 'rule' && verdict.rule.types === 'any';
  return { verdict, types: isForAny ? ['ANY'] : allowed.map(typeName), rules };
}

/**
 * Whether a rule is for the name, for what is above it or for what is below it, by the text: of ten thousand rules a handful is
 * compiled. Too many harm nothing, because the compiled policy decides; a label with a dot in it may be taken for two.
 */
function concerns(name: string): (rule: Rule) => boolean {
  return ({ pattern }) => {
    const base = pattern.replace(/^\*?\./, '');
    return (
      name === '.' || base === '' || base === name || name.endsWith(`.${base}`) || base.endsWith(`.${name}`)
    );
  };
}

/** What was opened for the name: lately, or around the moment. */
function leasesOf(
  { main, serves }: ReportDeps,
  group: Group,
  name: DomainName,
  period: Period | undefined,
): readonly LeaseInterval[] {
  const found = listLeases(main, {
    groupId: group.id,
    name,
    limit: LEASES_SHOWN,
    ...(period && { period }),
  }).items;
  const intervals = readIntervals({ main, serves });
  return found.slice(0, INTERVALS_TOLD).map((lease) => intervals.ofLease(lease));
}

interface Explained {
  readonly group: Group;
  readonly name: string;
  readonly verdict: Verdict;
  readonly types: readonly string[];
  readonly past: boolean;
}

function explainVerdict(main: MainDb, { group, name: text, verdict, types, past }: Explained): string {
  // In a sentence no star is taken for a pattern.
  const name = text.replaceAll('\\*', '*');
  const is = past ? 'was' : 'is';
  if (verdict.rule !== undefined) {
    const rule = getRule(main, verdict.rule.id);
    const end = rule.expiresAt === undefined ? '' : `, until ${new Date(rule.expiresAt).toISOString()}`;
    const by = `rule ${rule.id} (${rule.action} ${rule.pattern}, by ${rule.createdBy}${rule.note === '' ? '' : `: ${rule.note}`}${end})`;
    return `${name} ${is} ${verdict.allowed ? 'allowed' : 'refused'} in ${group.name}${forTypes(types)} by ${by}.`;
  }
  if (verdict.allowed) {
    const while_ = `${group.name} ${is} ${verdict.reason === 'learn' ? 'learning' : 'paused'}`;
    return past
      ? `No rule allowed ${name}; it was answered because ${while_}.`
      : `No rule allows ${name}; it is answered because ${while_}, and would be refused otherwise.`;
  }
  if (verdict.reason === 'above-allowed')
    return `Only names below ${name} ${past ? 'were' : 'are'} allowed in ${group.name}; ${name} itself ${is} refused.`;
  return `No rule of ${group.name} ${past ? 'allowed' : 'allows'} ${name}.`;
}

/** What a rule is for when it says nothing of types needs no word. */
function forTypes(types: readonly string[]): string {
  if (types.join() === 'ANY') return ' for every type';
  return types.length === 0 || types.join() === 'A,AAAA' ? '' : ` for ${types.join(', ')}`;
}

/** The rules alone do not say it: a wildcard that let too many new names out refuses the next ones. */
function budgetNote(verdict: Verdict, [last]: readonly QueryRecord[]): string {
  if (!verdict.allowed || last?.reason !== 'budget') return '';
  return ' It was refused all the same when last asked: the rule had spent its budget of new names. Allow the name by itself to have it answered always.';
}

function lastQueries(
  deps: ReportDeps,
  group: Group,
  name: string,
  { period, client }: Pick<WhyNameInput, 'period' | 'client'>,
): readonly QueryRecord[] {
  // The ones that led to a moment are those before it; of a day, all of that day.
  const within =
    period === undefined
      ? {}
      : { until: period.until + 1, ...(period.from === period.until ? {} : { since: period.from }) };
  return searchQueries(deps)({
    name,
    group: group.name,
    limit: LAST_QUERIES,
    ...within,
    ...(client === undefined ? {} : { client }),
  }).items;
}

function daysUntil(period: Period | undefined, now: number): readonly string[] {
  const last = period?.until ?? now;
  const first = Math.max(period?.from ?? 0, last - (DAYS_SHOWN - 1) * DAY_MS);
  const days = new Set<string>();
  for (let at = last; at >= first; at -= DAY_MS) days.add(dayOf(at));
  return [...days.add(dayOf(first))];
}

const DAY_MS = 86_400_000;
