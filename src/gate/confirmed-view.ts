import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';

export interface Held {
  readonly groupId: number;
  readonly name: DomainName;
  readonly address: IpAddress;
  /** undefined: withdrawn. */
  readonly heldUntil: number | undefined;
}

/** What is held for a name, and a promise for what is told of it meanwhile. */
interface HeldName {
  readonly addresses: Map<IpAddress, number>;
  /** Replaced, and the old one broken, when something may be told no longer, or not as long as before. */
  standing: { holds: boolean };
}

type HeldNames = Map<DomainName, HeldName>;

/**
 * What every required firewall was last read back as holding, for each name that leased it.
 * The control plane writes it, the data plane answers from it; it goes on serving when the control plane is gone.
 */
export class ConfirmedView {
  readonly #groups = new Map<number, HeldNames>();

  /** Until when each address of a name is held. */
  heldOf(groupId: number, name: DomainName): ReadonlyMap<IpAddress, number> {
    return this.#groups.get(groupId)?.get(name)?.addresses ?? NONE;
  }

  /** Holds until an address of the name is withdrawn or its end comes nearer; undefined where nothing is held. */
  standingOf(groupId: number, name: DomainName): { readonly holds: boolean } | undefined {
    return this.#groups.get(groupId)?.get(name)?.standing;
  }

  /** `whole`: groups of which everything not named in the changes is forgotten. */
  update(changes: readonly Held[], whole: readonly number[]): void {
    for (const groupId of whole) {
      for (const { standing } of this.#groups.get(groupId)?.values() ?? []) standing.holds = false;
      this.#groups.delete(groupId);
    }
    for (const change of changes) this.#apply(change);
  }

  #apply({ groupId, name, address, heldUntil }: Held): void {
    const names: HeldNames = this.#groups.get(groupId) ?? new Map();
    const held = names.get(name) ?? { addresses: new Map<IpAddress, number>(), standing: { holds: true } };
    const { addresses } = held;
    const before = addresses.get(address);
    if (before !== undefined && (heldUntil === undefined || heldUntil < before)) {
      held.standing.holds = false;
      held.standing = { holds: true };
    }
    if (heldUntil === undefined) addresses.delete(address);
    else addresses.set(address, heldUntil);
    if (addresses.size === 0) names.delete(name);
    else names.set(name, held);
    this.#groups.set(groupId, names);
  }
}

const NONE: ReadonlyMap<IpAddress, number> = new Map();
