/** Leases as intervals of the past: what was open at a moment, or at any time of a period. */
import { sql } from 'kysely';
import { fromRow, type StoredLease } from './leases.ts';
import type { MainDb } from './open.ts';
import { type Page, pageOf } from './values.ts';

export interface IntervalSearch {
  /** Milliseconds since 1970; open at any time from the first to the last of these. */
  readonly from: number;
  readonly until: number;
  readonly groupId?: number;
  readonly cursor?: number;
  readonly limit: number;
}

/** Newest first. */
export function leasesOpenIn(
  db: MainDb,
  { from, until, groupId, cursor, limit }: IntervalSearch,
): Page<StoredLease> {
  let begun = db.query
    .selectFrom('leases')
    .selectAll()
    .where('started_at', '<=', until)
    // The + keeps SQLite from walking back through the whole table for the sake of its order.
    .orderBy(sql`+id`, 'desc')
    .limit(limit + 1);
  if (groupId !== undefined) begun = begun.where('group_id', '=', groupId);
  if (cursor !== undefined) begun = begun.where(sql<number>`+id`, '<', cursor);
  // Two halves, because no index serves an OR of them.
  const rows = [
    ...db.all(begun.where('ended_at', 'is', null)),
    ...db.all(begun.where('ended_at', '>', from)),
  ].sort((a, b) => b.id - a.id);
  return pageOf(rows.map(fromRow), limit);
}
