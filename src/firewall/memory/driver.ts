import { setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress } from '../../base/ip-address.ts';
import type { Driver, Entry } from '../driver.ts';

/** A firewall that stops nobody: for trying out, for tests, and as the shortest reading of what a driver promises. */
export function createMemoryDriver({ latencyMs = 0 }: { readonly latencyMs?: number } = {}): MemoryDriver {
  const table = new Set<IpAddress>();
  const packets = new Map<IpAddress, number>();
  let failure: Error | undefined;
  let losing = false;
  const answer = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    if (latencyMs > 0) await sleep(latencyMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    if (failure === undefined) return;
    const error = failure;
    failure = undefined;
    throw error;
  };
  return {
    capabilities: {
      confirms: 'table',
      enforces: false,
      expires: false,
      counters: true,
      typicalLatencyMs: latencyMs,
    },
    async read(signal) {
      await answer(signal);
      return new Map(
        [...table].map((address): [IpAddress, Entry] => [address, counted(packets.get(address))]),
      );
    },
    async apply({ add, remove }, signal) {
      await answer(signal);
      if (losing) return;
      for (const { address } of add) table.add(address);
      for (const address of remove) table.delete(address);
    },
    async examine(signal) {
      await answer(signal);
      return [
        {
          check: 'rule-uses-alias',
          result: 'failed',
          detail: 'This stand-in keeps addresses in memory and stops no packet',
          remedy: 'Connect a firewall: opnsense, pfsense or nftables.',
        },
      ];
    },
    close: async () => undefined,
    failNext: (error) => {
      failure = error;
    },
    loseWrites: (lose) => {
      losing = lose;
    },
    table,
    packets,
  };
}

function counted(packets: number | undefined): Entry {
  return packets === undefined ? {} : { packets };
}

export interface MemoryDriver extends Driver {
  /** What it holds; a test may change it, as a person at the firewall could. */
  readonly table: Set<IpAddress>;
  /** What it counts for an address; a test sets it, since no packet ever comes by. */
  readonly packets: Map<IpAddress, number>;
  /** The next call throws this. */
  failNext(error: Error): void;
  /** While true every write says it went well and changes nothing. */
  loseWrites(lose: boolean): void;
}
