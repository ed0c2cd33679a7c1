/**
 * How far an open address reaches beyond the names it is open for: a number from 0 to 100, and a sentence. Pure.
 * Both are a lower bound: only names that were ever resolved here are known, and most names of a shared address are not.
 *
 *   who is there       | other owners' names seen | network new for the rule | score
 *   alone, as known    | none                     | no                       |   5
 *   unknown            | none                     | no                       |  15
 *   rented             | none                     | no                       |  30
 *   rented             | none                     | yes                      |  40
 *   unknown or rented  | 1                        | no                       |  60   it is shared: that was seen
 *   unknown or rented  | 2 to 3                   | no                       |  70
 *   everybody          | none                     | no                       |  70
 *   everybody          | 1                        | no                       |  80
 *   everybody          | 7 or more                | no                       | 100
 */
import type { AddressRisk, HostingOfAddress, NetworkOfAddress } from '../../actions/reports/risk.ts';

export interface RiskFacts {
  readonly hosting: HostingOfAddress;
  readonly network: NetworkOfAddress | undefined;
  /** Names of other owners than those it is open for that were seen at it. */
  readonly others: readonly string[];
  /** As many owners they are of. */
  readonly owners: number;
  /** The rule had no address in this network a month ago. */
  readonly isNewNetwork: boolean;
}

export function scoreOf({
  hosting,
  others,
  isNewNetwork,
}: Pick<RiskFacts, 'hosting' | 'others' | 'isNewNetwork'>): number {
  const base = Math.max(BASE[hosting.kind], others.length > 0 ? SEEN_SHARED : 0);
  const seen = Math.min(MOST_FOR_SEEN, FOR_EACH_DOUBLING * Math.ceil(Math.log2(1 + others.length)));
  return Math.min(100, base + seen + (isNewNetwork ? FOR_NEW_NETWORK : 0));
}

export function sentenceOf({ hosting, network, others, owners, isNewNetwork }: RiskFacts): string {
  const shown = others.slice(0, NAMES_SHOWN).join(', ');
  const more = others.length > NAMES_SHOWN ? ', …' : '';
  const seen =
    others.length === 0
      ? 'No name of anybody else was seen here, which says little: what is not allowed is never resolved'
      : `At least ${others.length} other ${others.length === 1 ? 'name' : 'names'} of ${owners} ${owners === 1 ? 'owner' : 'owners'} ${others.length === 1 ? 'was' : 'were'} seen here (${shown}${more})`;
  const news = isNewNetwork ? ', and new for the rule since last month' : '';
  return `${seen}; ${placeOf(hosting, network)}${news}.`;
}

/** Those asked about most are those that weigh most. */
export function worstFirst(
  a: Pick<AddressRisk, 'score' | 'address'>,
  b: Pick<AddressRisk, 'score' | 'address'>,
): number {
  return b.score - a.score || (a.address < b.address ? -1 : 1);
}

export function networkWords({ asn, name, country }: NetworkOfAddress): string {
  return `AS${asn} ${name}${country === undefined ? '' : `, ${country}`}`;
}

function placeOf({ kind, what }: HostingOfAddress, network: NetworkOfAddress | undefined): string {
  const of = network === undefined ? '' : ` (${networkWords(network)})`;
  switch (kind) {
    case 'everybody':
      return `this is ${what}${of}`;
    case 'rented':
      return `this is ${what}${of}, where an address has another tenant tomorrow`;
    case 'alone':
      return `nobody else is known to be there${of}`;
    case 'unknown':
      return network === undefined
        ? 'whose network it is in is not known'
        : `it is in ${networkWords(network)}`;
  }
}

const BASE: Readonly<Record<HostingOfAddress['kind'], number>> = {
  alone: 5,
  unknown: 15,
  rented: 30,
  everybody: 70,
};
const SEEN_SHARED = 50;
const FOR_EACH_DOUBLING = 10;
const MOST_FOR_SEEN = 30;
const FOR_NEW_NETWORK = 10;
/** Enough to see what else is there. */
const NAMES_SHOWN = 5;
