/**
 * What a group asked since it learns, what is known of it, which rules it speaks for, and what enforcing would have
 * refused in the last day. Nothing is changed.
 *
 *   counts by day (13 months) ─▶ names ─▶ suggestion ─┐
 *   the log of the last day ──────────────────────────┴▶ what would have been refused, as it is and with the suggestion
 */
import type {
  LearnReport,
  LearnReportInput,
  Placed,
  ReportedName,
  WouldRefuse,
} from '../actions/learn-report.ts';
import { type DomainName, formatDomainName, parseDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { registeredDomain } from '../base/public-suffix.ts';
import { explain } from '../catalog/explain.ts';
import { entriesOf } from '../catalog/recognise.ts';
import { type AskedName, type Standing, type SuggestedRule, suggest } from '../catalog/suggest.ts';
import { lastLearning } from '../control/learning.ts';
import { modeOf, policyRule } from '../control/policy-source.ts';
import { TYPE, typeNumber } from '../dns/wire/constants.ts';
import { compilePolicy, type Policy, type PolicyRule } from '../policy/policy.ts';
import { findGroupByName } from '../store/groups.ts';
import { type Asked, askedInPeriod } from '../store/querylog/asked.ts';
import { lastAskersOf } from '../store/querylog/last-askers.ts';
import { rulesInForce } from '../store/rules.ts';
import { namesAsked } from './names-asked.ts';
import { candidateRule, DECIDED_BEFORE_THE_POLICY } from './replay.ts';
import { ruleReference } from './rule-reference.ts';
import type { ReportDeps } from './scope.ts';

type LearnDeps = Pick<ReportDeps, 'main' | 'queryLog' | 'catalog' | 'clock'>;

export function learnReport({ main, queryLog, catalog, clock }: LearnDeps) {
  return (input: LearnReportInput): LearnReport => {
    const group = findGroupByName(main, input.group);
    if (group === undefined) throw new KnownError('not-found', `group ${input.group}`);
    const now = clock.now();
    const { until } = input;
    const since = input.since ?? Math.max(lastLearning(main, group.id, now).from, group.createdAt);
    const inForce = rulesInForce(main, now, group.id).map(policyRule);
    const policy = compilePolicy(inForce);

    const asked = namesAsked(queryLog, { groupId: group.id, since, until });
    const { presets, rules, leftOut } = suggest({
      catalog,
      asked,
      standing: (name, types) => standingOf(policy, name, types, now),
      hashes: [...group.plexDirect.hashes, ...group.plexDirect.shared.map(({ hash }) => hash)],
      since: Math.min(...asked.map(({ firstAt }) => firstAt), until),
      until,
    });

    const lastDay = askedInPeriod(queryLog, {
      groupId: group.id,
      since: until - DAY_MS,
      until,
      except: DECIDED_BEFORE_THE_POLICY,
    });
    const asItIs = wouldRefuse(lastDay, policy, now);
    const suggested = wouldRefuse(lastDay, withRules(inForce, rules), now);

    const askers = askersOf(lastDay);
    const told = asked.toSorted((a, b) => b.count - a.count).slice(0, NAMES_TOLD);
    const describe = (one: AskedName): ReportedName => {
      const known = explain(catalog, one.name);
      const verdict = policy.decide(one.name, mainTypeOf(one), 'enforce', now);
      return {
        name: formatDomainName(one.name),
        types: one.types,
        count: one.count,
        days: one.days,
        firstAt: one.firstAt,
        lastAt: one.lastAt,
        ...(askers.get(one.name) ?? lastAskersOf(queryLog, group.id, one.name)),
        verdict: verdict.allowed ? 'allowed' : 'refused',
        reason: verdict.reason,
        ...ruleReference(main, verdict.rule?.id),
        ...(known === undefined ? {} : { catalog: { title: known.title, need: known.need, why: known.why } }),
      };
    };
    const presetOf = (one: AskedName) => {
      const entries = entriesOf(catalog, one.name);
      return presets.find(({ id, isRecognised }) => isRecognised && entries.some((e) => e.presetId === id))
        ?.id;
    };
    const lastAtOf = new Map(asked.map(({ name, lastAt }) => [formatDomainName(name), lastAt]));
    const place = (names: readonly string[], { preset, pattern }: Partial<SuggestedRule>): Placed => {
      const lastAt = Math.max(...names.map((name) => lastAtOf.get(name) ?? 0));
      const named = pattern === undefined ? names[0] : pattern.replace(/^\*?\./, '');
      return {
        of:
          preset === undefined
            ? domainOf(parseDomainName(named ?? '.'))
            : (catalog.presets.get(preset)?.title ?? preset),
        ...(names.length === 0 ? {} : { lastAt }),
      };
    };
    const byPreset = Map.groupBy(told, presetOf);
    const byDomain = Map.groupBy(byPreset.get(undefined) ?? [], ({ name }) => domainOf(name));
    return {
      group: group.name,
      mode: modeOf(group, now),
      since,
      until,
      queries: asked.reduce((sum, { count }) => sum + count, 0),
      names: asked.length,
      presets: presets.map((one) => ({ ...one, names: (byPreset.get(one.id) ?? []).map(describe) })),
      domains: [...byDomain].map(([domain, list]) => ({
        domain,
        count: list.reduce((sum, { count }) => sum + count, 0),
        names: list.map(describe),
      })),
      lastDay: { since: until - DAY_MS, asItIs, suggested, sentence: tell(asItIs, suggested) },
      suggestion: {
        rules: rules.map((rule) => ({ ...rule, ...place(rule.names, rule) })),
        leftOut: leftOut.slice(0, NAMES_TOLD).map((one) => ({ ...one, ...place([one.name], {}) })),
        leftOutNames: leftOut.length,
      },
    };
  };
}

/** Names that are told one by one, those asked most first; the counts are of all. */
const NAMES_TOLD = 500;
const DAY_MS = 86_400_000;

/** What the rules in force say of everything it was answered for. */
function standingOf(policy: Policy, name: DomainName, types: readonly string[], now: number): Standing {
  const addresses = types.filter((type) => type === 'A' || type === 'AAAA');
  const judged = addresses.length > 0 ? addresses : types.length > 0 ? types : ['A'];
  const verdicts = judged.map((type) => policy.decide(name, typeNumber(type), 'enforce', now));
  if (verdicts.some(({ reason }) => reason === 'deny-rule')) return 'deny';
  return verdicts.every(({ allowed }) => allowed) ? 'allow' : 'none';
}

function mainTypeOf({ types }: AskedName): number {
  const [first] = types;
  return first === undefined || types.includes('A') ? TYPE.A : typeNumber(first);
}

function withRules(inForce: readonly PolicyRule[], rules: readonly SuggestedRule[]): Policy {
  const added = rules
    .filter(({ selected }) => selected)
    .map((rule, i) => candidateRule({ action: 'allow', ...rule }, i));
  return compilePolicy([...inForce, ...added]);
}

function wouldRefuse(asked: readonly Asked[], policy: Policy, now: number): WouldRefuse {
  const refused = asked.filter(({ name, qtype }) => !policy.decide(name, qtype, 'enforce', now).allowed);
  const counts = new Map<string, number>();
  for (const { name, count } of refused) {
    const text = formatDomainName(name);
    counts.set(text, (counts.get(text) ?? 0) + count);
  }
  return {
    names: counts.size,
    queries: refused.reduce((sum, { count }) => sum + count, 0),
    most: [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, REFUSED_TOLD)
      .map(([name, count]) => ({ name, count })),
  };
}

const REFUSED_TOLD = 50;

function askersOf(asked: readonly Asked[]): ReadonlyMap<DomainName, Pick<Asked, 'clients' | 'answers'>> {
  return new Map(
    [...Map.groupBy(asked, ({ name }) => name)].map(([name, types]) => [
      name,
      {
        clients: [...new Set(types.flatMap(({ clients }) => clients))].sort(),
        answers: [...new Set(types.flatMap(({ answers }) => answers))].sort(),
      },
    ]),
  );
}

function domainOf(name: DomainName): string {
  return registeredDomain(formatDomainName(name));
}

function tell(asItIs: WouldRefuse, suggested: WouldRefuse): string {
  const of = ({ names, queries }: WouldRefuse) =>
    `${names} ${names === 1 ? 'name' : 'names'} (${queries} ${queries === 1 ? 'question' : 'questions'})`;
  return asItIs.names === 0
    ? 'Enforcing the rules as they are would have refused nothing in the last 24 hours.'
    : `Enforcing the rules as they are would have refused ${of(asItIs)} in the last 24 hours; with what is suggested, ${of(suggested)}.`;
}
