/** Feeds: the last good list of each, as intervals that stay as history, and what is known between two fetches. */
import type { Selectable } from 'kysely';
import type { IpAddress } from '../base/ip-address.ts';
import type { MainDb } from './open.ts';
import type { FeedEntriesTable, FeedsTable } from './schema.ts';
import { addressFromSql } from './values.ts';

export interface FeedState {
  readonly name: string;
  /** Its url or file. */
  readonly source: string;
  /** The last try, and the last one that found the list in order. */
  readonly checkedAt: number | undefined;
  readonly fetchedAt: number | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Entries of the list that are never opened. */
  readonly dropped: number;
  /** Why the last try changed nothing. */
  readonly problem: string | undefined;
  /** A much shorter list that waits for a person. */
  readonly held: readonly IpAddress[] | undefined;
}

/** One interval in which a feed had an address open for a group. */
export interface FeedEntry {
  readonly feed: string;
  readonly groupId: number;
  readonly address: IpAddress;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Why, as the owner of the configuration wrote it. */
  readonly note: string;
  /** When it ends by itself; undefined: as long as the list names it. */
  readonly until: number | undefined;
}

export function findFeed(db: MainDb, name: string): FeedState | undefined {
  const row = db.first(db.query.selectFrom('feeds').selectAll().where('name', '=', name));
  return row && stateFrom(row);
}

export function saveFeed(db: MainDb, state: FeedState): void {
  const set = {
    source: state.source,
    checked_at: state.checkedAt ?? null,
    fetched_at: state.fetchedAt ?? null,
    etag: state.etag ?? null,
    last_modified: state.lastModified ?? null,
    dropped: state.dropped,
    problem: state.problem ?? null,
    held: state.held === undefined ? null : JSON.stringify(state.held),
  };
  db.run(
    db.query
      .insertInto('feeds')
      .values({ name: state.name, ...set })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(set)),
  );
}

/** Forgets feeds that are configured no more; their entries end. Returns how many entries did. */
export function keepOnlyFeeds(db: MainDb, names: readonly string[], at: number): number {
  return db.transaction(() => {
    db.run(db.query.deleteFrom('feeds').where('name', 'not in', names));
    return db.run(
      db.query
        .updateTable('feed_entries')
        .set({ ended_at: at })
        .where('ended_at', 'is', null)
        .where('feed', 'not in', names),
    );
  });
}

/** Makes this the list of the feed for exactly these groups; what stays keeps its beginning. Returns how many rows were added, ended, and told another note or end. */
export function replaceFeedEntries(
  db: MainDb,
  {
    feed,
    groupIds,
    addresses,
    at,
    note = '',
    until,
  }: {
    readonly feed: string;
    readonly groupIds: readonly number[];
    readonly addresses: readonly IpAddress[];
    readonly at: number;
    readonly note?: string;
    readonly until?: number | undefined;
  },
): { readonly added: number; readonly ended: number; readonly changed: number } {
  return db.transaction(() => {
    const wanted = new Set(
      groupIds.flatMap((groupId) => addresses.map((address) => `${groupId} ${address}`)),
    );
    const end = db.prepare<{ id: number }>((value) =>
      db.query.updateTable('feed_entries').set({ ended_at: at }).where('id', '=', value('id')),
    );
    const add = db.prepare<{ groupId: number; address: string }>((value) =>
      db.query.insertInto('feed_entries').values({
        feed,
        group_id: value('groupId'),
        address: value('address'),
        started_at: at,
        note,
        until_at: until ?? null,
      }),
    );
    const live = db.all(
      db.query.selectFrom('feed_entries').selectAll().where('feed', '=', feed).where('ended_at', 'is', null),
    );
    const present = new Set<string>();
    let ended = 0;
    for (const { id, group_id, address } of live) {
      const key = `${group_id} ${address}`;
      if (wanted.has(key)) present.add(key);
      else ended += end.run({ id });
    }
    let added = 0;
    for (const groupId of groupIds) {
      for (const address of new Set(addresses)) {
        if (!present.has(`${groupId} ${address}`)) added += add.run({ groupId, address });
      }
    }
    const changed = db.run(
      db.query
        .updateTable('feed_entries')
        .set({ note, until_at: until ?? null })
        .where('feed', '=', feed)
        .where('ended_at', 'is', null)
        .where((e) => e.or([e('note', '<>', note), e('until_at', 'is not', until ?? null)])),
    );
    return { added, ended, changed };
  });
}

/** What the feeds have open now. */
export function liveFeedEntries(db: MainDb): readonly FeedEntry[] {
  return db
    .all(db.query.selectFrom('feed_entries').selectAll().where('ended_at', 'is', null).orderBy('id'))
    .map(entryFrom);
}

/** Every interval in which a feed had the address open, newest first. */
export function feedEntriesOfAddress(db: MainDb, address: IpAddress, limit: number): readonly FeedEntry[] {
  return db
    .all(
      db.query
        .selectFrom('feed_entries')
        .selectAll()
        .where('address', '=', address)
        .orderBy('started_at', 'desc')
        .limit(limit),
    )
    .map(entryFrom);
}

/** What the feeds had open at any time of a period. */
export function feedEntriesOpenIn(
  db: MainDb,
  { from, until }: { readonly from: number; readonly until: number },
): readonly FeedEntry[] {
  const begun = db.query.selectFrom('feed_entries').selectAll().where('started_at', '<=', until);
  const live = begun.where('ended_at', 'is', null);
  return [...db.all(live), ...db.all(begun.where('ended_at', '>', from))]
    .sort((a, b) => b.id - a.id)
    .map(entryFrom);
}

function stateFrom(row: Selectable<FeedsTable>): FeedState {
  return {
    name: row.name,
    source: row.source,
    checkedAt: row.checked_at ?? undefined,
    fetchedAt: row.fetched_at ?? undefined,
    etag: row.etag ?? undefined,
    lastModified: row.last_modified ?? undefined,
    dropped: row.dropped,
    problem: row.problem ?? undefined,
    held: row.held === null ? undefined : (JSON.parse(row.held) as string[]).map(addressFromSql),
  };
}

function entryFrom(row: Selectable<FeedEntriesTable>): FeedEntry {
  return {
    feed: row.feed,
    groupId: row.group_id,
    address: addressFromSql(row.address),
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    note: row.note,
    until: row.until_at ?? undefined,
  };
}
