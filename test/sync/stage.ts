import { onTestFinished } from 'vitest';
import { type IpAddress, parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Driver } from '../../src/firewall/driver.ts';
import { FirewallSync, type SyncSettings } from '../../src/sync/firewall-sync.ts';
import type { SyncPorts } from '../../src/sync/ports.ts';
import type { SyncRun } from '../../src/sync/sync-run.ts';
import { SENTINEL } from '../../src/sync/table-loss.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { type TableOptions, tableDriver } from './table-driver.ts';

export const ip = (n: number): IpAddress => parseIpAddress(`198.51.100.${n}`);
export const START = 1_000_000_000;
export const HOUR = 3_600_000;

export interface StageOptions extends Partial<SyncSettings> {
  /** False: the alias is new to us. */
  readonly known?: boolean;
  readonly random?: () => number;
  /** When an earlier run of ours wrote. */
  readonly lastWrites?: readonly number[];
  /** Another firewall than the table in memory, which is then not used. */
  readonly driver?: Driver;
  /** The time the driver goes by as well. */
  readonly clock?: ManualClock;
}

/** A sync over a table, and a ledger reduced to two maps. */
export function stage(
  capabilities: TableOptions = {},
  {
    known = true,
    mode = 'write',
    sentinel = false,
    driver: other,
    lastWrites = [],
    random,
    turns,
    clock = manualClock(START),
  }: StageOptions = {},
) {
  const driver = tableDriver(clock, capabilities);
  const desired = new Map<IpAddress, { until: number; cause: string }>();
  const optional = new Set<IpAddress>();
  const causes = new Map<IpAddress, { cause: string; urgent: boolean }>();
  const runs: SyncRun[] = [];
  const adopted: IpAddress[] = [];
  const warnings: unknown[] = [];
  const log = silentLog();
  log.warn = ((about: unknown) => void warnings.push(about)) as typeof log.warn;
  const world = {
    withdraw: async (_: readonly IpAddress[]): Promise<void> => undefined,
    changed: () => {},
    /** False: what nobody knows cannot be taken over, as when the disk is full. */
    adopts: true,
  };
  const ports: SyncPorts = {
    clock,
    log,
    lastWrites: () => lastWrites,
    ...(random === undefined ? {} : { random }),
    desired: () =>
      sentinel
        ? new Map([...desired, [SENTINEL, { until: Number.POSITIVE_INFINITY, cause: 'sentinel' }]])
        : new Map(desired),
    desiredAt: (address) => desired.get(address),
    clients: () => [parsePrefix('10.0.0.5')],
    isWaitedFor: (address) => !optional.has(address),
    removalCause: (address) => causes.get(address),
    withdraw: (addresses) => world.withdraw(addresses),
    isNewAlias: () => !known,
    foundAtStart: () => undefined,
    adopt(addresses) {
      if (!world.adopts) return false;
      known = true;
      adopted.push(...addresses);
      for (const address of addresses)
        desired.set(address, { until: clock.now() + 24 * HOUR, cause: 'adopted' });
      return true;
    },
    onChange: () => world.changed(),
    onRun: (run) => runs.push(run),
  };
  const sync = new FirewallSync(other ?? driver, ports, {
    mode,
    sentinel,
    ...(turns === undefined ? {} : { turns }),
  });
  onTestFinished(() => sync.close());
  return {
    clock,
    driver,
    sync,
    runs,
    adopted,
    warnings,
    world,
    want(...numbers: readonly number[]) {
      for (const n of numbers) {
        desired.set(ip(n), { until: clock.now() + HOUR, cause: 'answer' });
        causes.delete(ip(n));
      }
    },
    /** Wanted, and nobody waits for them. */
    wantSometime(...numbers: readonly number[]) {
      for (const n of numbers) {
        desired.set(ip(n), { until: clock.now() + HOUR, cause: 'answer' });
        optional.add(ip(n));
      }
    },
    wantUntil(n: number, until: number) {
      desired.set(ip(n), { until, cause: 'answer' });
    },
    learn(...numbers: readonly number[]) {
      for (const n of numbers) desired.set(ip(n), { until: clock.now() + HOUR, cause: 'learn' });
    },
    /** The lease of an address ended. */
    end(n: number, cause = 'expired', urgent = false) {
      desired.delete(ip(n));
      causes.set(ip(n), { cause, urgent });
    },
    /** The ledger knows nothing of these any more. */
    forget(...numbers: readonly number[]) {
      for (const n of numbers) desired.delete(ip(n));
    },
    desired: (): readonly IpAddress[] => [...desired.keys()],
    table: () => [...driver.table.keys()].filter((address) => address !== SENTINEL).sort(),
  };
}
