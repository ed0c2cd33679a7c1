/** What is open without an answer that asked for it: addresses opened by hand, and entries of feeds. */
import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { isHostPrefix } from '../base/ip-address.ts';
import { ENDED_REMEMBERED_MS } from '../ledger/lease.ts';
import { feedEntriesOfAddress, liveFeedEntries } from '../store/feeds.ts';
import type { MainDb } from '../store/open.ts';
import { pinsInForce, pinsOfAddress } from '../store/pins.ts';

export interface Opening {
  readonly address: IpAddress;
  readonly groupId: number;
  /** undefined: until a person, or the feed, takes it back. */
  readonly until: number | undefined;
  readonly cause: 'pin' | 'feed';
  /** Why, as its owner wrote it; of a feed its name. */
  readonly note: string;
  readonly startedAt: number;
}

export interface Openings {
  /** Read once until `changed` is called: the sync asks at every run. One whose end has passed may still be in it. */
  current(): readonly Opening[];
  /** Why an address that was open by one of these may go; undefined: none of them had it open lately. */
  removalCause(
    address: IpAddress,
    groupIds: ReadonlySet<number>,
  ): { readonly cause: 'pin-ended' | 'feed-ended'; readonly urgent: boolean } | undefined;
  /** A pin or a list was written: what was read before counts no more. */
  changed(): void;
}

export function createOpenings({ db, clock }: { readonly db: MainDb; readonly clock: Clock }): Openings {
  let read: readonly Opening[] | undefined;
  return {
    current() {
      read ??= readOpenings(db, clock.now());
      return read;
    },
    removalCause(address, groupIds) {
      const now = clock.now();
      const ended = ({ groupId, end }: { readonly groupId: number; readonly end: number | undefined }) =>
        groupIds.has(groupId) && end !== undefined && end <= now && end > now - ENDED_REMEMBERED_MS;
      const pins = pinsOfAddress(db, address, LOOK_BACK);
      if (pins.some(({ groupId, endedAt, until }) => ended({ groupId, end: endedAt ?? until })))
        return { cause: 'pin-ended', urgent: true };
      const entries = feedEntriesOfAddress(db, address, LOOK_BACK);
      // A list may change every hour: where each write is dear, nobody waits for what it no longer names.
      if (entries.some(({ groupId, endedAt }) => ended({ groupId, end: endedAt })))
        return { cause: 'feed-ended', urgent: false };
      return undefined;
    },
    changed() {
      read = undefined;
    },
  };
}

function readOpenings(db: MainDb, now: number): readonly Opening[] {
  const pins = pinsInForce(db, now)
    // Of an older version; an alias holds addresses only.
    .filter(({ prefix }) => isHostPrefix(prefix))
    .map(
      ({ prefix, groupId, until, note, createdAt }): Opening => ({
        address: prefix.address,
        groupId,
        until,
        cause: 'pin',
        note,
        startedAt: createdAt,
      }),
    );
  const entries = liveFeedEntries(db).map(
    ({ address, groupId, feed, startedAt }): Opening => ({
      address,
      groupId,
      until: undefined,
      cause: 'feed',
      note: feed,
      startedAt,
    }),
  );
  return [...pins, ...entries];
}

/** Intervals of one address that are looked at: those of all groups and feeds, the newest first. */
const LOOK_BACK = 50;
