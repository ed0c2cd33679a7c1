import { TransientDriverError } from '../../src/base/errors.ts';
import type { IpAddress } from '../../src/base/ip-address.ts';
import type { Addition, AliasChanges, Capabilities, Driver, Entry } from '../../src/firewall/driver.ts';
import type { ManualClock } from '../support/manual-clock.ts';

export interface TableDriver extends Driver {
  /** The addresses of each call of open(), where the driver has it. */
  readonly opened: (readonly IpAddress[])[];
  /** Each address with the time it ends; Infinity where entries stay. */
  readonly table: Map<IpAddress, number>;
  /** What was applied, in order. */
  readonly applied: AliasChanges[];
  reads: number;
  /** Packets counted for an address. */
  readonly packets: Map<IpAddress, number>;
  /** Every call fails with this until it is taken away. */
  fail: Error | undefined;
  /** Writes say they went well, and change nothing. */
  loses: boolean;
  /** Runs in the middle of the next apply, before anything changes. */
  duringApply: (() => void | Promise<void>) | undefined;
  /** Runs before each of the calls that add one address, where an address is a call; told how many were made before. */
  beforeEach: ((made: number) => void | Promise<void>) | undefined;
}

export interface TableOptions extends Partial<Capabilities> {
  readonly opens?: boolean;
  /** Each address is a call of its own. */
  readonly addsEach?: boolean;
  readonly countsWrites?: boolean;
}

/** A firewall in memory whose entries may end by themselves and whose writes may be dear. Fails when called twice at once. */
export function tableDriver(
  clock: ManualClock,
  { opens = false, addsEach = false, countsWrites = false, ...capabilities }: TableOptions = {},
): TableDriver {
  const table = new Map<IpAddress, number>();
  const packets = new Map<IpAddress, number>();
  const expires = capabilities.expires ?? false;
  let busy = false;
  let writes = 0;
  const alone = async <T>(work: () => Promise<T> | T): Promise<T> => {
    if (busy) throw new Error('two calls at a time');
    busy = true;
    try {
      await Promise.resolve();
      if (driver.fail !== undefined) throw driver.fail;
      return await work();
    } finally {
      busy = false;
    }
  };
  const driver: TableDriver = {
    table,
    packets,
    applied: [],
    opened: [],
    reads: 0,
    fail: undefined,
    loses: false,
    duringApply: undefined,
    beforeEach: undefined,
    capabilities: {
      confirms: 'table',
      enforces: true,
      counters: false,
      typicalLatencyMs: 0,
      expires,
      ...capabilities,
    },
    read: () =>
      alone(() => {
        driver.reads++;
        for (const [address, endsAt] of table) if (endsAt <= clock.now()) table.delete(address);
        return new Map(
          [...table].map(([address, endsAt]): [IpAddress, Entry] => [
            address,
            {
              ...(expires ? { expiresInMs: endsAt - clock.now() } : {}),
              ...(packets.has(address) ? { packets: packets.get(address) ?? 0 } : {}),
            },
          ]),
        );
      }),
    apply: (changes) =>
      alone(async () => {
        driver.applied.push(changes);
        const during = driver.duringApply;
        driver.duringApply = undefined;
        await during?.();
        writes++;
        if (driver.loses) return;
        for (const { address, forMs } of [...changes.add, ...changes.renew])
          table.set(address, expires ? clock.now() + forMs : Number.POSITIVE_INFINITY);
        for (const address of changes.remove) table.delete(address);
      }),
    ...(countsWrites && { writes: () => writes }),
    ...(addsEach && {
      addEach: (additions) =>
        alone(async () => {
          const add: Addition[] = [];
          for (const addition of additions) {
            await driver.beforeEach?.(add.length);
            add.push(addition);
            if (!driver.loses) table.set(addition.address, Number.POSITIVE_INFINITY);
          }
          driver.applied.push({ add, renew: [], remove: [] });
        }),
    }),
    ...(opens && {
      open: (additions) =>
        alone(() => {
          driver.opened.push(additions.map(({ address }) => address));
          if (driver.loses) return new Map();
          for (const { address, forMs } of additions) table.set(address, clock.now() + forMs);
          return new Map(additions.map(({ address, forMs }) => [address, { expiresInMs: forMs }]));
        }),
    }),
    examine: () => alone(() => []),
    close: async () => undefined,
  };
  return driver;
}

export const down = (retryAfterMs?: number): Error =>
  new TransientDriverError('The firewall did not answer: 192.0.2.1:443 after 5000 ms', {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
