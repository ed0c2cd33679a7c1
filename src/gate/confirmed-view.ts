import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';

export interface Held {
  readonly groupId: number;
  readonly name: DomainName;
  readonly address: IpAddress;
  /** undefined: withdrawn. */
  readonly heldUntil: number | undefined;
}

/** Until when each address of a name is held. */
export interface HeldAddresses {
  readonly size: number;
  get(address: IpAddress): number | undefined;
  entries(): IteratorObject<readonly [IpAddress, number], unknown, unknown>;
}

/**
 * What every required firewall was last read back as holding, for each name that leased it.
 * The control plane writes it, the data plane answers from it; it goes on serving when the control plane is gone.
 */
export class ConfirmedView {
  readonly #groups = new Map<number, Map<DomainName, HeldName>>();

  heldOf(groupId: number, name: DomainName): HeldAddresses {
    return this.#groups.get(groupId)?.get(name) ?? NONE;
  }

  /** Holds until an address of the name is withdrawn or its end comes nearer; undefined where nothing is held. */
  standingOf(groupId: number, name: DomainName): { readonly holds: boolean } | undefined {
    return this.#groups.get(groupId)?.get(name)?.standing;
  }

  /** `whole`: groups of which everything not named in the changes is forgotten. */
  update(changes: readonly Held[], whole: readonly number[]): void {
    for (const groupId of whole) {
      for (const held of this.#groups.get(groupId)?.values() ?? []) held.breakStanding();
      this.#groups.delete(groupId);
    }
    for (const change of changes) this.#apply(change);
  }

  #apply({ groupId, name, address, heldUntil }: Held): void {
    const names = this.#groups.get(groupId) ?? new Map<DomainName, HeldName>();
    const held = names.get(name) ?? new HeldName();
    const before = held.get(address);
    if (before !== undefined && (heldUntil === undefined || heldUntil < before)) held.breakStanding();
    if (heldUntil === undefined) held.delete(address);
    else held.set(address, heldUntil);
    if (held.size === 0) names.delete(name);
    else names.set(name, held);
    this.#groups.set(groupId, names);
  }
}

/** What is held for a name. Most names have one address, and there are thousands: a map of it would be 200 octets for each. */
class HeldName implements HeldAddresses {
  #first: IpAddress | undefined;
  #until = 0;
  #more: Map<IpAddress, number> | undefined;
  #standing: { holds: boolean } | undefined;

  get size(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#more?.size ?? 0);
  }

  /** A promise for what is told of it meanwhile. */
  get standing(): { readonly holds: boolean } {
    this.#standing ??= { holds: true };
    return this.#standing;
  }

  /** Something may be told no longer, or not as long as before: what was told until now is so no more. */
  breakStanding(): void {
    if (this.#standing !== undefined) this.#standing.holds = false;
    this.#standing = undefined;
  }

  get(address: IpAddress): number | undefined {
    return address === this.#first ? this.#until : this.#more?.get(address);
  }

  *entries(): Generator<readonly [IpAddress, number]> {
    if (this.#first !== undefined) yield [this.#first, this.#until];
    if (this.#more !== undefined) yield* this.#more;
  }

  set(address: IpAddress, until: number): void {
    if (this.#first === undefined || this.#first === address) {
      this.#first = address;
      this.#until = until;
      this.#more?.delete(address);
      return;
    }
    this.#more ??= new Map();
    this.#more.set(address, until);
  }

  delete(address: IpAddress): void {
    if (address !== this.#first) {
      this.#more?.delete(address);
      return;
    }
    this.#first = undefined;
  }
}

const NONE: HeldAddresses = new Map();
