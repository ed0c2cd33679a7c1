import { networkInterfaces } from 'node:os';
import { type IpAddress, parseIpAddress } from './ip-address.ts';

/** Addresses of this machine, or of its container; those that are good on one link only are left out. */
export function ownAddresses(): readonly IpAddress[] {
  return Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter(({ address }) => !address.includes('%'))
    .map(({ address }) => parseIpAddress(address));
}
