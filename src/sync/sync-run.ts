/** What is known of one run of the sync: kept as history, shown to people. */
import type { IpAddress } from '../base/ip-address.ts';

export type SyncTrigger = 'start' | 'schedule' | 'nudge' | 'lease-end' | 'person';

export interface SyncRun {
  readonly trigger: SyncTrigger;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: 'unchanged' | 'applied' | 'held' | 'drift' | 'failed';
  /** Whole sentence for people; empty when there is nothing to say. */
  readonly detail: string;
  readonly desired: number;
  readonly current: number;
  readonly changes: readonly SyncChange[];
}

export interface SyncChange {
  readonly address: IpAddress;
  readonly change: 'add' | 'renew' | 'remove';
  readonly cause: string;
  readonly confirmed: boolean;
}

export interface HeldPlan {
  readonly at: number;
  readonly why: string;
  readonly removals: readonly IpAddress[];
}

/** What a run found and did, and what it leaves to the next. */
export interface RunResult {
  readonly found: Omit<SyncRun, 'trigger' | 'startedAt' | 'finishedAt'>;
  /** Why the table is not as desired; undefined: it is. */
  readonly behind?: string;
  /** True when what is missing may be there if it is tried again soon. */
  readonly retry?: boolean;
  /** True when addresses were missing, and not one of them has come. */
  readonly stuck?: boolean;
  /** Desired, and left to a run right after this one: much to add goes in portions. */
  readonly rest?: readonly IpAddress[];
  /** Changes wait for the write budget; the next run is due after so long. */
  readonly nextInMs?: number;
}
