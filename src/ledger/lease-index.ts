/** Leases as they are looked for: by key, by name, by address. What they mean is the ledger's. */
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { type EndedLease, type Lease, leaseKey } from './lease.ts';

export class LiveLeases {
  readonly #byKey = new Map<string, Lease>();
  readonly #byName = new Map<string, Map<IpAddress, Lease>>();
  readonly #byAddress = new Map<IpAddress, Map<string, Lease>>();

  get size(): number {
    return this.#byKey.size;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  get(key: string): Lease | undefined {
    return this.#byKey.get(key);
  }

  all(): Iterable<Lease> {
    return this.#byKey.values();
  }

  ofName(groupId: number, name: DomainName): readonly Lease[] {
    return [...(this.#byName.get(nameKey(groupId, name))?.values() ?? [])];
  }

  ofAddress(address: IpAddress): Iterable<Lease> {
    return this.#byAddress.get(address)?.values() ?? [];
  }

  /** In place of the one with its key. */
  set(lease: Lease): void {
    const { groupId, name, address } = lease;
    const key = leaseKey(lease);
    this.#byKey.set(key, lease);
    putIn(this.#byName, nameKey(groupId, name), address, lease);
    putIn(this.#byAddress, address, key, lease);
  }

  delete(lease: Lease): void {
    const { groupId, name, address } = lease;
    const key = leaseKey(lease);
    this.#byKey.delete(key);
    takeFrom(this.#byName, nameKey(groupId, name), address);
    takeFrom(this.#byAddress, address, key);
  }
}

/** The last end of each name by address, oldest first; the address that ended longest ago comes first. */
export class LastEnds {
  readonly #ends = new Map<IpAddress, readonly EndedLease[]>();

  add(ended: EndedLease): void {
    const { address } = ended;
    const others = this.of(address).filter((other) => leaseKey(other) !== leaseKey(ended));
    this.#ends.delete(address);
    this.#ends.set(address, [...others, ended]);
  }

  forgetBefore(time: number): void {
    for (const [address, ends] of this.#ends) {
      if (ends.some(({ endedAt }) => endedAt > time)) return;
      this.#ends.delete(address);
    }
  }

  of(address: IpAddress): readonly EndedLease[] {
    return this.#ends.get(address) ?? [];
  }

  *all(): Iterable<EndedLease> {
    for (const ends of this.#ends.values()) yield* ends;
  }
}

export function nameKey(groupId: number, name: DomainName): string {
  return `${groupId} ${name}`;
}

function putIn<Inner>(index: Map<string, Map<Inner, Lease>>, key: string, inner: Inner, lease: Lease): void {
  const found = index.get(key) ?? new Map<Inner, Lease>();
  found.set(inner, lease);
  index.set(key, found);
}

function takeFrom<Inner>(index: Map<string, Map<Inner, Lease>>, key: string, inner: Inner): void {
  const found = index.get(key);
  found?.delete(inner);
  if (found?.size === 0) index.delete(key);
}
