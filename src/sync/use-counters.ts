import type { IpAddress } from '../base/ip-address.ts';
import type { Entries } from '../firewall/driver.ts';

interface Use {
  readonly packets: number;
  /** When it was first read with a counter. */
  readonly firstAt: number;
  /** The read that last showed more packets than the one before; undefined: none did. */
  readonly grewAt: number | undefined;
}

/** Whether packets still go to an address, as far as its counter on the firewall tells. */
export class UseCounters {
  readonly #uses = new Map<IpAddress, Use>();
  /** When they were all last read. */
  #readAt = 0;

  /** Takes up a read of the whole table. */
  see(entries: Entries, at: number): void {
    this.#readAt = at;
    let counted = 0;
    for (const [address, { packets }] of entries) {
      if (packets === undefined) continue;
      counted++;
      const before = this.#uses.get(address);
      // Most addresses of a large table stand still between two reads.
      if (before?.packets === packets) continue;
      this.#uses.set(address, {
        packets,
        firstAt: before?.firstAt ?? at,
        grewAt: before !== undefined && hasGrown(before.packets, packets) ? at : before?.grewAt,
      });
    }
    if (this.#uses.size === counted) return;
    for (const address of this.#uses.keys())
      if (entries.get(address)?.packets === undefined) this.#uses.delete(address);
  }

  /**
   * True when a read after `time`, or the last one where that is older, shows more packets than the one before it: in doubt
   * it was used. False when it was read before and after and shows none; undefined when that cannot be told.
   */
  usedSince(address: IpAddress, time: number): boolean | undefined {
    const use = this.#uses.get(address);
    if (use === undefined) return undefined;
    // The owner may have the table read seldom.
    if (use.grewAt !== undefined && (use.grewAt > time || use.grewAt === this.#readAt)) return true;
    return use.firstAt <= time && this.#readAt > time ? false : undefined;
  }
}

/** A counter that went back began anew, and what it shows came since. */
function hasGrown(before: number, after: number): boolean {
  return after > before || (after < before && after > 0);
}
