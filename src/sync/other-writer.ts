import type { IpAddress } from '../base/ip-address.ts';

/** An address that was removed this often and is back has another writer: it is reported, not fought. */
const REMOVALS = 3;

export interface OtherWriter {
  /** Addresses nobody here knows, seen gone after we removed them. */
  removed(addresses: readonly IpAddress[]): void;
  /** True when the address came back after the last removal we are willing to make. */
  keeps(address: IpAddress): boolean;
}

/** Knows which addresses of an alias somebody else keeps putting back; `onFound` is called once for each. */
export function watchForOtherWriter(onFound: (address: IpAddress) => void): OtherWriter {
  const removals = new Map<IpAddress, number>();
  const found = new Set<IpAddress>();
  return {
    removed(addresses) {
      for (const address of addresses) removals.set(address, (removals.get(address) ?? 0) + 1);
    },
    keeps(address) {
      if ((removals.get(address) ?? 0) < REMOVALS) return false;
      if (!found.has(address)) onFound(address);
      found.add(address);
      return true;
    },
  };
}
