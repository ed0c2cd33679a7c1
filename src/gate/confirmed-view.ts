import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';

export interface Held {
  readonly groupId: number;
  readonly name: DomainName;
  readonly address: IpAddress;
  /** undefined: withdrawn. */
  readonly heldUntil: number | undefined;
}

type HeldNames = Map<DomainName, Map<IpAddress, number>>;

/**
 * What every required firewall was last read back as holding, for each name that leased it.
 * The control plane writes it, the data plane answers from it; it goes on serving when the control plane is gone.
 */
export class ConfirmedView {
  readonly #groups = new Map<number, HeldNames>();
  #epoch = 0;

  /** Changes when something may be told no longer, or not as long as before. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Until when each address of a name is held. */
  heldOf(groupId: number, name: DomainName): ReadonlyMap<IpAddress, number> {
    return this.#groups.get(groupId)?.get(name) ?? NONE;
  }

  /** `whole`: groups of which everything not named in the changes is forgotten. */
  update(changes: readonly Held[], whole: readonly number[]): void {
    for (const groupId of whole) if (this.#groups.delete(groupId)) this.#epoch++;
    for (const change of changes) this.#apply(change);
  }

  #apply({ groupId, name, address, heldUntil }: Held): void {
    const names: HeldNames = this.#groups.get(groupId) ?? new Map();
    const addresses = names.get(name) ?? new Map<IpAddress, number>();
    const before = addresses.get(address);
    if (before !== undefined && (heldUntil === undefined || heldUntil < before)) this.#epoch++;
    if (heldUntil === undefined) addresses.delete(address);
    else addresses.set(address, heldUntil);
    if (addresses.size === 0) names.delete(name);
    else names.set(name, addresses);
    this.#groups.set(groupId, names);
  }
}

const NONE: ReadonlyMap<IpAddress, number> = new Map();
