/** Whose network an address is in, and where that is registered: from files that come along, read only when asked. */
import { createRequire } from 'node:module';
import { LRUCache } from 'lru-cache';
import type { NetworkOfAddress } from '../../actions/reports/risk.ts';
import { addressToOctets, familyOf, type IpAddress } from '../../base/ip-address.ts';
import { openRangesFile, type RangesFile } from './ranges-file.ts';

export interface Networks {
  /** undefined: in none that is known. */
  of(address: IpAddress): NetworkOfAddress | undefined;
  close(): void;
}

/** The path of a file; undefined where it was not installed. */
export type FindFile = (kind: 'asn' | 'asn-country', family: 4 | 6) => string | undefined;

export function createNetworks(find: FindFile = installedFile): Networks {
  const files = new Map<string, RangesFile | undefined>();
  const open = (kind: 'asn' | 'asn-country', family: 4 | 6) => {
    const key = `${kind} ${family}`;
    if (!files.has(key)) {
      const path = find(kind, family);
      files.set(key, path === undefined ? undefined : openRangesFile(path));
    }
    return files.get(key);
  };
  const lookUp = (address: IpAddress): NetworkOfAddress | undefined => {
    const family = familyOf(address);
    const number = BigInt(`0x${Buffer.from(addressToOctets(address)).toString('hex')}`);
    const [asn, name] = open('asn', family)?.find(number) ?? [];
    if (asn === undefined || name === undefined) return undefined;
    const [country] = open('asn-country', family)?.find(number) ?? [];
    return { asn: Number(asn), name, ...(country === undefined ? {} : { country }) };
  };
  // A null is remembered as well: LRUCache takes no undefined.
  const known = new LRUCache<IpAddress, { readonly network: NetworkOfAddress | undefined }>({
    max: REMEMBERED,
  });
  return {
    of(address) {
      const found = known.get(address) ?? { network: lookUp(address) };
      known.set(address, found);
      return found.network;
    },
    close() {
      for (const file of files.values()) file?.close();
      files.clear();
    },
  };
}

/** What the licences of the data (CC BY 4.0) want to be said wherever it is shown. */
export const NETWORK_SOURCES =
  'Networks: Route Views (routeviews.org) and IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0; countries: NRO (nro.net), CC BY 4.0, and CC0; through @ip-location-db.';

/** Addresses; some hundred are open at a time. */
const REMEMBERED = 2000;

function installedFile(kind: 'asn' | 'asn-country', family: 4 | 6): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@ip-location-db/${kind}/${kind}-ipv${family}-num.csv`);
  } catch (error) {
    // They are optional packages of some 80 MB: without them, networks are unknown.
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
