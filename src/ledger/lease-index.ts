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

/** The last end of each group, name and address; what ended longest ago comes first. */
export class LastEnds {
  readonly #byKey = new Map<string, EndedLease>();
  readonly #byAddress = new Map<IpAddress, Map<string, EndedLease>>();

  add(lease: EndedLease): void {
    const key = leaseKey(lease);
    const ended = this.#byKey.has(key) ? { ...lease, returned: true } : lease;
    this.#delete(key, ended.address);
    this.#byKey.set(key, ended);
    putIn(this.#byAddress, ended.address, key, ended);
  }

  forgetBefore(time: number): void {
    for (const [key, { address, endedAt }] of this.#byKey) {
      if (endedAt > time) return;
      this.#delete(key, address);
    }
  }

  of(address: IpAddress): readonly EndedLease[] {
    return [...(this.#byAddress.get(address)?.values() ?? [])];
  }

  all(): Iterable<EndedLease> {
    return this.#byKey.values();
  }

  #delete(key: string, address: IpAddress): void {
    this.#byKey.delete(key);
    takeFrom(this.#byAddress, address, key);
  }
}

export function nameKey(groupId: number, name: DomainName): string {
  return `${groupId} ${name}`;
}

function putIn<Inner, Value>(
  index: Map<string, Map<Inner, Value>>,
  key: string,
  inner: Inner,
  value: Value,
): void {
  const found = index.get(key) ?? new Map<Inner, Value>();
  found.set(inner, value);
  index.set(key, found);
}

function takeFrom<Inner, Value>(index: Map<string, Map<Inner, Value>>, key: string, inner: Inner): void {
  const found = index.get(key);
  found?.delete(inner);
  if (found?.size === 0) index.delete(key);
}
