/** Leases as they are looked for: by name, by address, by group. What they mean is the ledger's. No texts are made for it: there are thousands. */
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { MultiMap } from '../base/multi-map.ts';
import type { EndedLease, Lease, LeaseKey } from './lease.ts';

export class LiveLeases {
  readonly #byName = new Map<number, MultiMap<DomainName, IpAddress, Lease>>();
  readonly #byAddress = new MultiMap<IpAddress, string, Lease>(nameKeyOf);
  #size = 0;
  #revision = 0;

  get size(): number {
    return this.#size;
  }

  /** Another one after each change. */
  get revision(): number {
    return this.#revision;
  }

  get({ groupId, name, address }: LeaseKey): Lease | undefined {
    return this.#byName.get(groupId)?.get(name, address);
  }

  /** One after the other by group and name. A list and no generator: it is looked through at every run, all of it. */
  all(): readonly Lease[] {
    const all: Lease[] = [];
    for (const names of this.#byName.values()) names.addTo(all);
    return all;
  }

  addresses(): Iterable<IpAddress> {
    return this.#byAddress.outerKeys();
  }

  ofGroup(groupId: number): Iterable<Lease> {
    return this.#byName.get(groupId)?.values() ?? [];
  }

  ofName(groupId: number, name: DomainName): readonly Lease[] {
    return this.#byName.get(groupId)?.of(name) ?? [];
  }

  ofAddress(address: IpAddress): readonly Lease[] {
    return this.#byAddress.of(address);
  }

  /** In place of the one with its key, which is returned. */
  set(lease: Lease): Lease | undefined {
    this.#revision++;
    const { groupId, name, address } = lease;
    const names = this.#byName.get(groupId) ?? new MultiMap<DomainName, IpAddress, Lease>(addressOf);
    const before = names.get(name, address);
    if (before === undefined) this.#size++;
    this.#byName.set(groupId, names);
    names.set(name, lease);
    this.#byAddress.set(address, lease);
    return before;
  }

  delete(key: LeaseKey): void {
    const { groupId, name, address } = key;
    if (this.get(key) === undefined) return;
    this.#size--;
    this.#revision++;
    this.#byName.get(groupId)?.delete(name, address);
    this.#byAddress.delete(address, nameKeyOf(key));
  }
}

/** The last end of each group, name and address; what ended longest ago comes first. */
export class LastEnds {
  readonly #inOrder = new Set<EndedLease>();
  readonly #byAddress = new MultiMap<IpAddress, string, EndedLease>(nameKeyOf);

  add(lease: EndedLease): void {
    const before = this.#byAddress.get(lease.address, nameKeyOf(lease));
    const ended = before === undefined ? lease : { ...lease, returned: true };
    if (before !== undefined) this.#delete(before);
    this.#inOrder.add(ended);
    this.#byAddress.set(ended.address, ended);
  }

  forgetBefore(time: number): void {
    for (const ended of this.#inOrder) {
      if (ended.endedAt > time) return;
      this.#delete(ended);
    }
  }

  of(address: IpAddress): readonly EndedLease[] {
    return this.#byAddress.of(address);
  }

  all(): Iterable<EndedLease> {
    return this.#inOrder;
  }

  #delete(ended: EndedLease): void {
    this.#inOrder.delete(ended);
    this.#byAddress.delete(ended.address, nameKeyOf(ended));
  }
}

export function nameKey(groupId: number, name: DomainName): string {
  return `${groupId} ${name}`;
}

function nameKeyOf({ groupId, name }: LeaseKey): string {
  return nameKey(groupId, name);
}

function addressOf({ address }: LeaseKey): IpAddress {
  return address;
}
