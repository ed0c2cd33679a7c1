import type { IpAddress } from '../base/ip-address.ts';
import type { Driver, Entries } from '../firewall/driver.ts';
import type { HeldTable } from './held-table.ts';
import type { SyncPorts } from './ports.ts';
import { isTableLost } from './table-loss.ts';
import type { UseCounters } from './use-counters.ts';

export interface TableRead {
  readonly entries: Entries;
  /** When it was asked for: nothing in it is older than it says. */
  readonly at: number;
  /** True when everything that was held is gone. */
  readonly lost: boolean;
}

export interface TableLoss {
  readonly at: number;
  /** How many it had held. */
  readonly entries: number;
}

/** Reads the alias, and sees what became of what it held. */
export class TableWatch {
  readonly #driver: Driver;
  readonly #ports: SyncPorts;
  readonly #table: HeldTable;
  readonly #uses: UseCounters;
  readonly #sentinel: boolean;
  #loss: TableLoss | undefined;

  constructor(parts: {
    readonly driver: Driver;
    readonly ports: SyncPorts;
    readonly table: HeldTable;
    readonly uses: UseCounters;
    readonly sentinel: boolean;
  }) {
    this.#driver = parts.driver;
    this.#ports = parts.ports;
    this.#table = parts.table;
    this.#uses = parts.uses;
    this.#sentinel = parts.sentinel;
  }

  /** When the firewall last lost all it held. */
  get loss(): TableLoss | undefined {
    return this.#loss;
  }

  /** `isNew`: what was written just before says nothing of the rest. */
  async read(signal: AbortSignal, isNew?: (address: IpAddress) => boolean): Promise<TableRead> {
    const { clock, log } = this.#ports;
    const at = clock.now();
    const entries = await this.#driver.read(signal);
    const before = this.#table.held;
    const lost = isTableLost(before, entries, {
      sentinel: this.#sentinel,
      now: clock.now(),
      ...(isNew && { isNew }),
    });
    if (lost) {
      this.#loss = { at: clock.now(), entries: before.size };
      log.warn({ entries: before.size }, 'the firewall lost its table; it is filled again');
    }
    this.#table.see(entries, at);
    this.#uses.see(entries, at);
    return { entries, at, lost };
  }

  /** Nobody is told any longer what was just seen to be gone. */
  publish(): void {
    const seen = this.#table.takeChanges();
    if (seen.length > 0) this.#ports.onChange(seen);
  }
}
