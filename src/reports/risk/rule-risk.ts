/** What the addresses of each rule reach beyond its names, and what is new since last month. */
import type {
  AddressRisk,
  NetworkOfAddress,
  RuleRisk,
  RuleRisks,
  RuleRisksInput,
} from '../../actions/reports/risk.ts';
import { KnownError } from '../../base/errors.ts';
import { type AddressOfRule, addressesOfRules } from '../../store/address-names.ts';
import { allGroupNames, findGroupByName } from '../../store/groups.ts';
import { getRule } from '../../store/rules.ts';
import { ruleReference } from '../rule-reference.ts';
import { addressRisk, type RiskDeps } from './address-risk.ts';
import { NETWORK_SOURCES } from './networks.ts';
import { networkWords, worstFirst } from './score.ts';

export function ruleRisks(deps: RiskDeps) {
  const { main, clock } = deps;
  return ({ group, rule }: RuleRisksInput): RuleRisks => {
    const groupId = group === undefined ? undefined : findGroupByName(main, group)?.id;
    if (group !== undefined && groupId === undefined) throw new KnownError('not-found', `group ${group}`);
    if (rule !== undefined) getRule(main, rule);
    const had = addressesOfRules(main, {
      now: clock.now(),
      ...(groupId === undefined ? {} : { groupId }),
      ...(rule === undefined ? {} : { ruleId: rule }),
    });
    const byRule = [...Map.groupBy(had, ({ groupId: of, ruleId }) => `${of} ${ruleId}`).values()].filter(
      (list) => list.some(({ open }) => open),
    );
    const each = Math.min(
      MOST_OF_A_RULE,
      Math.max(LEAST_OF_A_RULE, Math.floor(LOOKED_AT / Math.max(1, byRule.length))),
    );
    const names = allGroupNames(main);
    const items = byRule
      .slice(0, LOOKED_AT / LEAST_OF_A_RULE)
      .map((list) => riskOfRule(deps, { list, each, names }));
    return { items: items.sort((a, b) => b.score - a.score), sources: NETWORK_SOURCES };
  };
}

interface OfOneRule {
  /** The newest first. */
  readonly list: readonly AddressOfRule[];
  /** So many are looked at. */
  readonly each: number;
  readonly names: ReadonlyMap<number, string>;
}

function riskOfRule(deps: RiskDeps, { list, each, names }: OfOneRule): RuleRisk {
  const [first] = list;
  if (first === undefined) throw new Error('a rule without an address');
  const since = deps.clock.now() - MONTH_MS;
  const before = list.filter(({ firstAt }) => firstAt < since);
  const fresh = list.filter(({ firstAt }) => firstAt >= since);
  const networksOf = (some: readonly AddressOfRule[]) =>
    new Map(some.slice(0, each).flatMap(({ address }) => asEntry(deps.networks.of(address))));
  const known = networksOf(before);
  const isNew = ({ asn }: NetworkOfAddress) => before.length > 0 && !known.has(asn);

  const open = list.filter((one) => one.open);
  const risks = open
    .slice(0, each)
    .map(({ address }) => addressRisk(deps, address, isNew))
    .sort(worstFirst);
  const [worst] = risks;
  if (worst === undefined) throw new Error('a rule without an open address');
  const networks = countNetworks(risks);
  const newNetworks = [...networksOf(fresh).values()].filter(isNew);
  return {
    group: names.get(first.groupId) ?? String(first.groupId),
    ...ruleReference(deps.main, first.ruleId),
    score: worst.score,
    sentence: sentenceOf(worst, { open: open.length, networks, newNetworks }),
    addresses: open.length,
    worst: risks.slice(0, WORST_TOLD),
    networks,
    ...(before.length === 0 ? {} : { change: { since, newAddresses: fresh.length, newNetworks } }),
  };
}

function sentenceOf(
  { address, sentence }: AddressRisk,
  {
    open,
    networks,
    newNetworks,
  }: { readonly open: number; readonly newNetworks: readonly NetworkOfAddress[] } & Pick<
    RuleRisk,
    'networks'
  >,
): string {
  const where =
    networks.length === 0 ? '' : ` in ${networks.length} ${networks.length === 1 ? 'network' : 'networks'}`;
  const news =
    newNetworks.length === 0 ? '' : ` New since last month: ${newNetworks.map(networkWords).join('; ')}.`;
  const rest = open === 1 ? `${address}: ` : `${open} addresses${where}; of the riskiest, ${address}: `;
  return `${rest}${sentence}${news}`;
}

function countNetworks(risks: readonly AddressRisk[]): RuleRisk['networks'] {
  const found = Map.groupBy(
    risks.flatMap(({ network }) => network ?? []),
    ({ asn }) => asn,
  );
  return [...found.values()]
    .flatMap(([network, ...more]) =>
      network === undefined ? [] : { ...network, addresses: 1 + more.length },
    )
    .sort((a, b) => b.addresses - a.addresses || a.asn - b.asn);
}

function asEntry(network: NetworkOfAddress | undefined): readonly (readonly [number, NetworkOfAddress])[] {
  return network === undefined ? [] : [[network.asn, network]];
}

/** Days of a month, in ms: what is newer is told as new. */
const MONTH_MS = 30 * 86_400_000;
/** Addresses of one report, shared out between the rules: each is a few reads of the database and of the files. */
const LOOKED_AT = 2000;
const MOST_OF_A_RULE = 200;
const LEAST_OF_A_RULE = 5;
const WORST_TOLD = 10;
