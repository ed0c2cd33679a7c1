import type { IpAddress } from '../base/ip-address.ts';

/** The addresses that nudges were for, since the last run over the whole table began. */
export class NudgedAddresses {
  /** Undefined: a nudge was for whatever there may be. */
  #open: Set<IpAddress> | undefined = new Set();
  #since = new Set<IpAddress>();

  /** Without addresses: anything may have changed. */
  add(addresses: Iterable<IpAddress> | undefined): void {
    if (addresses === undefined) this.#open = undefined;
    else
      for (const address of addresses) {
        this.#open?.add(address);
        this.#since.add(address);
      }
  }

  /** All that is to be looked at; undefined when only a run over the whole table will do, or nothing is asked for. */
  get alone(): ReadonlySet<IpAddress> | undefined {
    return this.#open === undefined || this.#open.size === 0 ? undefined : this.#open;
  }

  /** How many are still to be looked at. */
  get left(): number {
    return this.#open?.size ?? 0;
  }

  /** Up to so many of them, which are asked for no longer. */
  take(most: number): readonly IpAddress[] {
    const taken = [...(this.#open ?? [])].slice(0, most);
    for (const address of taken) this.#open?.delete(address);
    return taken;
  }

  /** A run over the whole table begins: what is asked from here on may come too late for it. Tells what was asked for. */
  beginAnew(): ReadonlySet<IpAddress> {
    const before = this.#since;
    this.#open = new Set();
    this.#since = new Set();
    return before;
  }
}
