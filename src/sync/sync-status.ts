import type { IpAddress } from '../base/ip-address.ts';
import type { HeldPlan, SyncRun } from './sync-run.ts';
import type { TableLoss } from './table-watch.ts';

/** up: as desired. behind: reachable, but something desired was not seen in the table. down: the last run failed. */
export type FirewallState = 'starting' | 'up' | 'behind' | 'down';

export interface SyncStatus {
  readonly state: FirewallState;
  readonly since: number;
  readonly lastRun: SyncRun | undefined;
  readonly lastSuccessAt: number | undefined;
  readonly lastError: string | undefined;
  readonly retryAt: number | undefined;
  readonly entries: number;
  readonly heldPlan: HeldPlan | undefined;
  /** Addresses removed since the start for no reason that is known here. */
  readonly unexplainedRemovals: number;
  /** Of the last 24 hours, of the whole box. */
  readonly writesToday: number;
  /** When the firewall last lost all it held. */
  readonly loss: TableLoss | undefined;
  /** Why open connections to closed addresses were not cut; undefined: they were, or that is not wanted. */
  readonly stateProblem?: string | undefined;
  /** Addresses that somebody else keeps putting into the alias. */
  readonly otherWriters: readonly IpAddress[];
}
