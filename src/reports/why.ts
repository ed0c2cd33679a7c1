/** Why a name is answered or refused, and why an address is or was open: from what is written down, and the rules in force. */
import type { LeaseInterval, QueryRecord, WhyAddress, WhyName } from '../actions/query-port.ts';
import type { Clock } from '../base/clock.ts';
import { type DomainName, formatDomainName, parseDomainName } from '../base/domain-name.ts';
import { type IpAddress, prefixContains } from '../base/ip-address.ts';
import { explain } from '../catalog/explain.ts';
import type { Catalog } from '../catalog/load.ts';
import { modeOf, policyRule } from '../control/policy-source.ts';
import { TYPE } from '../dns/wire/constants.ts';
import { compilePolicy, type Verdict } from '../policy/policy.ts';
import { allGroupNames, findGroupByName, type Group, listGroups } from '../store/groups.ts';
import { listLeases, type StoredLease } from '../store/leases.ts';
import type { MainDb, QueryLogDb } from '../store/open.ts';
import { pinsInForce } from '../store/pins.ts';
import { getRule, rulesInForce } from '../store/rules.ts';
import { searchQueries } from './queries.ts';
import { ruleReference } from './rule-reference.ts';

export interface ReportDeps {
  readonly main: MainDb;
  readonly queryLog: QueryLogDb;
  readonly catalog: Catalog;
  readonly clock: Clock;
}

const LAST_QUERIES = 5;
const LEASES_SHOWN = 100;

export function whyName(deps: ReportDeps) {
  const { main, catalog, clock } = deps;
  return (input: { readonly name: string; readonly group?: string }): readonly WhyName[] => {
    const name = parseDomainName(input.name);
    const groups = listGroups(main).filter(
      (group) => input.group === undefined || group.name === input.group,
    );
    const entry = explain(catalog, name);
    return groups.map((group) => {
      const verdict = verdictFor(main, group, name, clock.now());
      const leases = listLeases(main, { groupId: group.id, name, live: true, limit: LEASES_SHOWN }).items;
      const queries = lastQueries(deps, group, input.name);
      return {
        group: group.name,
        name: input.name,
        verdict: verdict.allowed ? 'allowed' : 'denied',
        reason: verdict.reason,
        ...ruleReference(main, verdict.rule?.id),
        sentence: explainVerdict(main, group, input.name, verdict) + budgetNote(verdict, queries),
        ...(entry === undefined ? {} : { catalog: { title: entry.preset.title, why: entry.why } }),
        addresses: leases.map((lease) => lease.address),
        lastQueries: queries,
      };
    });
  };
}

export function whyAddress({ main, clock }: ReportDeps) {
  return (input: { readonly address: IpAddress; readonly group?: string }): WhyAddress => {
    const { address } = input;
    const names = allGroupNames(main);
    const group = input.group === undefined ? undefined : findGroupByName(main, input.group);
    const ofGroup = group === undefined ? {} : { groupId: group.id };
    const leases = listLeases(main, { address, ...ofGroup, limit: LEASES_SHOWN }).items;
    const live = leases.filter((lease) => lease.endedAt === undefined && lease.until > clock.now());
    const pins = pinsInForce(main, clock.now()).filter(
      (pin) => prefixContains(pin.prefix, address) && (group === undefined || group.id === pin.groupId),
    );
    const reasons = new Set([...live.map(reasonOf), ...pins.map(({ note }) => `a pin (${note})`)]);
    return {
      address,
      open: reasons.size > 0,
      sentence: explainAddress(address, [...reasons], leases[0]),
      leases: leases.map((lease) => intervalOf(main, names, lease)),
    };
  };
}

function verdictFor(main: MainDb, group: Group, name: DomainName, now: number): Verdict {
  const policy = compilePolicy(rulesInForce(main, now, group.id).map(policyRule));
  return policy.decide(name, TYPE.A, modeOf(group, now), now);
}

function explainVerdict(main: MainDb, group: Group, name: string, verdict: Verdict): string {
  if (verdict.rule !== undefined) {
    const rule = getRule(main, verdict.rule.id);
    const end = rule.expiresAt === undefined ? '' : `, until ${new Date(rule.expiresAt).toISOString()}`;
    const by = `rule ${rule.id} (${rule.action} ${rule.pattern}, by ${rule.createdBy}${rule.note === '' ? '' : `: ${rule.note}`}${end})`;
    return `${name} is ${verdict.allowed ? 'allowed' : 'refused'} in ${group.name} by ${by}.`;
  }
  if (verdict.allowed) {
    const while_ = verdict.reason === 'learn' ? `${group.name} is learning` : `${group.name} is paused`;
    return `No rule allows ${name}; it is answered because ${while_}, and would be refused otherwise.`;
  }
  if (verdict.reason === 'above-allowed')
    return `Only names below ${name} are allowed in ${group.name}; ${name} itself is refused.`;
  return `No rule of ${group.name} allows ${name}.`;
}

/** The rules alone do not say it: a wildcard that let too many new names out refuses the next ones. */
function budgetNote(verdict: Verdict, [last]: readonly QueryRecord[]): string {
  if (!verdict.allowed || last?.reason !== 'budget') return '';
  return ' It was refused all the same when last asked: the rule had spent its budget of new names. Allow the name by itself to have it answered always.';
}

function lastQueries(deps: ReportDeps, group: Group, name: string): readonly QueryRecord[] {
  return searchQueries(deps)({ name, group: group.name, limit: LAST_QUERIES }).items;
}

function explainAddress(
  address: IpAddress,
  reasons: readonly string[],
  last: StoredLease | undefined,
): string {
  if (reasons.length > 0) return `${address} is open because of ${reasons.join(', ')}.`;
  if (last === undefined) return `${address} was never opened, as far back as this ledger goes.`;
  const ended =
    last.endedAt === undefined
      ? 'is about to end'
      : `ended at ${new Date(last.endedAt).toISOString()} (${last.endCause})`;
  return `${address} is closed; its last lease, for ${reasonOf(last)}, ${ended}.`;
}

function reasonOf({ cause, name }: StoredLease): string {
  return cause === 'adopted' ? 'what the alias held when it was first read' : formatDomainName(name);
}

function intervalOf(main: MainDb, names: ReadonlyMap<number, string>, lease: StoredLease): LeaseInterval {
  const rule = lease.ruleId === undefined ? undefined : getRule(main, lease.ruleId);
  return {
    group: names.get(lease.groupId) ?? String(lease.groupId),
    name: formatDomainName(lease.name),
    cause: lease.cause,
    ...ruleReference(main, lease.ruleId),
    ...(rule === undefined ? {} : { approvedBy: rule.createdBy }),
    startedAt: lease.startedAt,
    ...(lease.endedAt === undefined ? {} : { endedAt: lease.endedAt }),
    ...(lease.endCause === undefined ? {} : { endCause: lease.endCause }),
  };
}
