import type { Clock } from '../base/clock.ts';
import type { IpAddress, Prefix } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import type { Desired, DesiredEntry } from './desired.ts';
import type { SyncRun } from './sync-run.ts';

/** What the sync of a firewall needs from the rest of the house. */
export interface SyncPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1. Absent: waits are not spread. */
  readonly random?: () => number;
  /** Hosts that the alias opens addresses for. */
  clients(): readonly Prefix[];
  /** When earlier runs wrote to it in the last day, oldest first: a restart gives no new budget. Absent: that is not known. */
  readonly lastWrites?: () => readonly number[];
  desired(): Desired;
  /** The same of one address. */
  desiredAt(address: IpAddress): DesiredEntry | undefined;
  /** True when a client waits for it: none of these, which the firewall holds, will do for it. */
  isWaitedFor(address: IpAddress, held: ReadonlyMap<IpAddress, number>): boolean;
  /** Why an address that is no longer desired may go; undefined: nobody knows it. */
  removalCause(address: IpAddress): RemovalCause | undefined;
  /** Resolves when no worker tells these addresses any more. */
  withdraw(addresses: readonly IpAddress[]): Promise<void>;
  /** True until the alias was read for the first time: what it holds then is not foreign, it is taken over. */
  isNewAlias(): boolean;
  /** What the alias held at the first read of this run: of it, what was taken over in an earlier run is kept here. */
  foundAtStart(addresses: Iterable<IpAddress>): void;
  /**
   * Takes over what nobody knows. Called with an empty list too: the alias is known from then on.
   * False when they could not be taken over: then they must stay as they are.
   */
  adopt(addresses: readonly IpAddress[]): boolean;
  /** What the firewall is seen to hold of these has changed; of none: its state may have. */
  onChange(addresses: readonly IpAddress[]): void;
  onRun(run: SyncRun): void;
}

export interface RemovalCause {
  readonly cause: string;
  /** Somebody waits for it: not put off to save a write. */
  readonly urgent: boolean;
}
