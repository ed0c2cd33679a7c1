/** What is open without an answer that asked for it: addresses opened by hand, and entries of feeds. */
import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { isHostPrefix } from '../base/ip-address.ts';
import { ENDED_REMEMBERED_MS } from '../ledger/lease.ts';
import { feedEntriesOpenIn, liveFeedEntries } from '../store/feeds.ts';
import { listGroups } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { pinsInForce, pinsOpenIn } from '../store/pins.ts';

export interface Opening {
  readonly address: IpAddress;
  readonly groupId: number;
  /** undefined: until a person, or the feed, takes it back. */
  readonly until: number | undefined;
  readonly cause: 'pin' | 'feed';
  /** Why, as its owner wrote it. */
  readonly note: string;
  /** The feed that has it open. */
  readonly feed?: string;
  readonly startedAt: number;
}

export interface Openings {
  /** Read once until `changed` is called, as all of this: the sync asks at every run. One whose end has passed may still be in it. */
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
  let ends: Ends | undefined;
  return {
    current() {
      read ??= readOpenings(db, clock.now());
      return read;
    },
    removalCause(address, groupIds) {
      const now = clock.now();
      ends ??= readEnds(db, now);
      const mayGo = ends
        .get(address)
        ?.filter(({ at }) => at <= now && at > now - ENDED_REMEMBERED_MS)
        // A group that is gone is in no firewall's list any more; what it had open may go all the same.
        .filter(({ groupId, groupGone }) => groupGone || groupIds.has(groupId));
      if (mayGo === undefined || mayGo.length === 0) return undefined;
      // A list may change every hour: where each write is dear, nobody waits for what it no longer names.
      return mayGo.some(({ cause }) => cause === 'pin-ended')
        ? { cause: 'pin-ended', urgent: true }
        : { cause: 'feed-ended', urgent: false };
    },
    changed() {
      read = undefined;
      ends = undefined;
    },
  };
}

export function readOpenings(db: MainDb, now: number): readonly Opening[] {
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
    ({ address, groupId, feed, note, startedAt, until }): Opening => ({
      address,
      groupId,
      until,
      cause: 'feed',
      note,
      feed,
      startedAt,
    }),
  );
  return [...pins, ...entries];
}

interface End {
  readonly groupId: number;
  readonly groupGone: boolean;
  readonly at: number;
  readonly cause: 'pin-ended' | 'feed-ended';
}

type Ends = ReadonlyMap<IpAddress, readonly End[]>;

/** What ended lately, and what will by itself. */
function readEnds(db: MainDb, now: number): Ends {
  // A clock that was set back has beginnings ahead of it, and ends: what has ended has ended.
  const lately = { from: now - ENDED_REMEMBERED_MS, until: Number.MAX_SAFE_INTEGER };
  const ends = new Map<IpAddress, End[]>();
  const groups = new Set(listGroups(db).map(({ id }) => id));
  const add = (address: IpAddress, groupId: number, at: number | undefined, cause: End['cause']) => {
    if (at === undefined) return;
    const end = { groupId, groupGone: !groups.has(groupId), at, cause };
    const known = ends.get(address);
    if (known === undefined) ends.set(address, [end]);
    else known.push(end);
  };
  const hasEnded = (at: number | undefined) => (at === undefined ? undefined : Math.min(at, now));
  for (const { prefix, groupId, endedAt, until } of pinsOpenIn(db, lately))
    if (isHostPrefix(prefix)) add(prefix.address, groupId, hasEnded(endedAt) ?? until, 'pin-ended');
  for (const { address, groupId, endedAt, until } of feedEntriesOpenIn(db, lately))
    add(address, groupId, hasEnded(endedAt) ?? until, 'feed-ended');
  return ends;
}
