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

/** What a run found and did, before anybody has said when. */
export interface RunResult {
  readonly found: Omit<SyncRun, 'trigger' | 'startedAt' | 'finishedAt'>;
  /** Desired, and left to a run right after this one: much to add goes in portions. */
  readonly rest: readonly IpAddress[];
  /** Changes wait for the write budget; the next run is due after so long. */
  readonly nextInMs: number | undefined;
}
