/** What tests of drivers share. */
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import type { AliasChanges } from '../../src/firewall/driver.ts';

export function signal(): AbortSignal {
  return new AbortController().signal;
}

export function addresses(...texts: string[]): IpAddress[] {
  return texts.map(parseIpAddress);
}

export function adding(...texts: string[]) {
  return addresses(...texts).map((address) => ({ address, forMs: 600_000 }));
}

export function changes(given: Partial<AliasChanges>): AliasChanges {
  return { add: [], renew: [], remove: [], ...given };
}

/** What a promise was rejected with; fails when it was not. */
export async function rejection<T extends Error = Error>(promise: Promise<unknown>): Promise<T> {
  try {
    await promise;
  } catch (error) {
    return error as T;
  }
  throw new Error('it was expected to be rejected');
}
