import type { IpAddress } from '../base/ip-address.ts';
import type { RunResult, SyncChange } from './sync-run.ts';

/** What a run left undone, each for its own reason. */
export interface Shortfall {
  /** Additions left to the portion after this. */
  readonly rest: readonly IpAddress[];
  /** Removals that wait for a worker to say that it tells their addresses no more. */
  readonly unacknowledged: number;
  /** Additions and renewals that wait for the write budget, and until when. */
  readonly waiting?: number;
  readonly nextInMs?: number;
  /** Why removals wait for a person. */
  readonly held?: string;
  /** True when the firewall lost its table while it was written. */
  readonly lost?: boolean;
  /** What waits for the firewall to fetch the list; absent where it is written to. */
  readonly unfetched?: { readonly opening: number; readonly closing: number };
}

/** What a run amounts to: its outcome, whether the table is as desired, and what comes next. Pure. */
export function judgeRun(
  made: { readonly changes: readonly SyncChange[]; readonly desired: number; readonly current: number },
  { rest, unacknowledged, waiting = 0, nextInMs, held, lost = false, unfetched }: Shortfall,
): RunResult {
  // A list of our own takes every change; what the firewall has not fetched is counted apart.
  const missed = unfetched === undefined ? made.changes.filter((change) => !change.confirmed) : [];
  const [first] = missed;
  const isDrift = first !== undefined || lost;
  const reasons = [
    ...(first === undefined
      ? []
      : [
          `the firewall said yes, but its table does not show ${missed.length} of ${made.changes.length} changes (first: ${first.change} ${first.address})`,
        ]),
    ...(lost ? ['the firewall lost its table while it was written'] : []),
    ...(unacknowledged > 0
      ? [`a DNS worker did not acknowledge in time, so ${unacknowledged} removals are not made yet`]
      : []),
    ...(waiting > 0 ? [`${waiting} addresses wait for the next write this firewall may be asked for`] : []),
    ...(unfetched === undefined ? [] : waitsForFetch(unfetched)),
    ...(rest.length > 0 ? [`${rest.length} more addresses are opened right after this`] : []),
  ];
  const behind = reasons.length === 0 ? undefined : reasons.join('; ');
  const idle = made.changes.length === 0 ? 'unchanged' : 'applied';
  return {
    found: {
      ...made,
      outcome: isDrift ? 'drift' : held === undefined ? idle : 'held',
      detail: !isDrift && held !== undefined ? held : (behind ?? ''),
    },
    ...(behind === undefined ? {} : { behind }),
    retry: isDrift || unacknowledged > 0,
    stuck: isStuck(made.changes),
    rest,
    ...(nextInMs === undefined ? {} : { nextInMs }),
  };
}

function* waitsForFetch({ opening, closing }: NonNullable<Shortfall['unfetched']>): Generator<string> {
  if (opening > 0) yield `${count(opening)} in the list, and not open before the firewall fetches it`;
  if (closing > 0) yield `${count(closing)} taken from the list, and open until the firewall fetches it`;
}

function count(addresses: number): string {
  return addresses === 1 ? '1 address is' : `${addresses} addresses are`;
}

/** Addresses were to be opened, and not one of them is. */
function isStuck(changes: readonly SyncChange[]): boolean {
  const opened = changes.filter(({ change }) => change === 'add');
  return opened.length > 0 && opened.every(({ confirmed }) => !confirmed);
}
