/** Leases as they are looked for: by key, by name, by address. What they mean is the ledger's. */
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { MultiMap } from '../base/multi-map.ts';
import { type EndedLease, type Lease, leaseKey } from './lease.ts';

export class LiveLeases {
  readonly #byKey = new Map<string, Lease>();
  /** By group first: a text of both would be one more for each lease. */
  readonly #byName = new Map<number, MultiMap<DomainName, IpAddress, Lease>>();
  readonly #byAddress = new MultiMap<IpAddress, string, Lease>();

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
    return this.#byName.get(groupId)?.of(name) ?? [];
  }

  ofAddress(address: IpAddress): Iterable<Lease> {
    return this.#byAddress.of(address);
  }

  /** In place of the one with its key. */
  set(key: string, lease: Lease): void {
    const { groupId, name, address } = lease;
    const names = this.#byName.get(groupId) ?? new MultiMap<DomainName, IpAddress, Lease>();
    this.#byName.set(groupId, names);
    this.#byKey.set(key, lease);
    names.set(name, address, lease);
    this.#byAddress.set(address, key, lease);
  }

  delete(key: string, { groupId, name, address }: Lease): void {
    this.#byKey.delete(key);
    this.#byName.get(groupId)?.delete(name, address);
    this.#byAddress.delete(address, key);
  }
}

/** The last end of each group, name and address; what ended longest ago comes first. */
export class LastEnds {
  readonly #byKey = new Map<string, EndedLease>();
  readonly #byAddress = new MultiMap<IpAddress, string, EndedLease>();

  add(lease: EndedLease): void {
    const key = leaseKey(lease);
    const ended = this.#byKey.has(key) ? { ...lease, returned: true } : lease;
    this.#delete(key, ended.address);
    this.#byKey.set(key, ended);
    this.#byAddress.set(ended.address, key, ended);
  }

  forgetBefore(time: number): void {
    for (const [key, { address, endedAt }] of this.#byKey) {
      if (endedAt > time) return;
      this.#delete(key, address);
    }
  }

  of(address: IpAddress): readonly EndedLease[] {
    return this.#byAddress.of(address);
  }

  all(): Iterable<EndedLease> {
    return this.#byKey.values();
  }

  #delete(key: string, address: IpAddress): void {
    this.#byKey.delete(key);
    this.#byAddress.delete(address, key);
  }
}

export function nameKey(groupId: number, name: DomainName): string {
  return `${groupId} ${name}`;
}
