/** What is known of one address: who else was seen there, whose network it is, what stands behind it. */

import type {
  AddressRisk,
  AddressRisks,
  AddressRisksInput,
  NetworkOfAddress,
} from '../../actions/reports/risk.ts';
import { parseDomainName } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import { ownerDomain } from '../../base/public-suffix.ts';
import { entriesAbout } from '../../catalog/explain.ts';
import type { Catalog } from '../../catalog/load.ts';
import { seenAtAddress } from '../../store/address-names.ts';
import type { ReportDeps } from '../scope.ts';
import { type HostingInCatalog, hostingOf } from './hosting.ts';
import { NETWORK_SOURCES, type Networks } from './networks.ts';
import { scoreOf, sentenceOf } from './score.ts';

export type RiskDeps = Pick<ReportDeps, 'main' | 'catalog' | 'clock'> & { readonly networks: Networks };

export function addressRisks(deps: RiskDeps) {
  return ({ addresses }: AddressRisksInput): AddressRisks => ({
    items: addresses.map((address) => addressRisk(deps, address)),
    sources: NETWORK_SOURCES,
  });
}

/** `isNew`: whether a rule reaches this network only lately. */
export function addressRisk(
  { main, catalog, clock, networks }: RiskDeps,
  address: IpAddress,
  isNew: (network: NetworkOfAddress) => boolean = () => false,
): AddressRisk {
  const { names, chain, own } = seenAtAddress(main, address, clock.now());
  const owners = new Set(own.map(ownerDomain));
  const others = names.filter((name) => !owners.has(ownerDomain(name))).sort();
  const network = networks.of(address);
  const hosting = hostingOf({
    chain,
    network,
    catalog: own.flatMap((name) => hostingInCatalog(catalog, name)),
  });
  const facts = {
    hosting,
    network,
    others,
    owners: new Set(others.map(ownerDomain)).size,
    isNewNetwork: network !== undefined && isNew(network),
  };
  return {
    address,
    score: scoreOf(facts),
    sentence: sentenceOf(facts),
    others: others.length,
    names: others.slice(0, NAMES_TOLD),
    hosting,
    ...(network === undefined ? {} : { network }),
  };
}

function hostingInCatalog(catalog: Catalog, name: string): readonly HostingInCatalog[] {
  const [best] = entriesAbout(catalog, parseDomainName(name));
  return best === undefined ? [] : [{ hosting: best.shared_hosting, verified: best.hosting_verified }];
}

const NAMES_TOLD = 20;
