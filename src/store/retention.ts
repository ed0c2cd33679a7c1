/**
 * How long things are kept: raw sightings 35 days; what explains the past (ended leases, pins and
 * feed entries, denials, runs, audit) 13 months.
 * Rules stay as long as a lease names them, and then some: they are few.
 */

import { pruneAudit } from './audit.ts';
import { AGGREGATE_DAYS, RAW_DAYS } from './days-kept.ts';
import { dayOf } from './denial-days.ts';
import type { MainDb } from './open.ts';
import { endOldSessions } from './sessions.ts';

export interface Pruned {
  readonly rows: number;
  /** True: call again, there is more to remove. */
  readonly more: boolean;
}

/** Removes at most `limit` rows of each table, so that no other work of the thread waits long. */
export function pruneMain(db: MainDb, now: number, limit = PRUNE_AT_ONCE): Pruned {
  const raw = now - RAW_DAYS * DAY_MS;
  const aggregate = now - AGGREGATE_DAYS * DAY_MS;
  const counts = db.transaction(() => [
    db.run(
      db.query
        .deleteFrom('sightings')
        .where('id', 'in', (e) => e.selectFrom('sightings').select('id').where('at', '<', raw).limit(limit)),
    ),
    db.run(
      db.query
        .deleteFrom('leases')
        .where('id', 'in', (e) =>
          e.selectFrom('leases').select('id').where('ended_at', '<', aggregate).limit(limit),
        ),
    ),
    db.run(
      db.query
        .deleteFrom('denials')
        .where('id', 'in', (e) =>
          e.selectFrom('denials').select('id').where('last_at', '<', aggregate).limit(limit),
        ),
    ),
    db.run(
      db.query
        .deleteFrom('sync_runs')
        .where('id', 'in', (e) =>
          e
            .selectFrom('sync_runs')
            .select('id')
            .where('finished_at', '<', aggregate)
            .orderBy('id')
            .limit(limit),
        ),
    ),
    pruneAudit(db, aggregate, limit),
    db.run(
      db.query
        .deleteFrom('pins')
        .where('id', 'in', (e) =>
          e.selectFrom('pins').select('id').where('ended_at', '<', aggregate).limit(limit),
        ),
    ),
    db.run(
      db.query
        .deleteFrom('feed_entries')
        .where('id', 'in', (e) =>
          e.selectFrom('feed_entries').select('id').where('ended_at', '<', aggregate).limit(limit),
        ),
    ),
    endOldSessions(db, raw),
    pruneDenialDays(db, dayOf(aggregate), limit),
    db.run(db.query.deleteFrom('unknown_clients').where('last_at', '<', raw)),
  ]);
  return {
    rows: counts.reduce((sum, count) => sum + count, 0),
    more: counts.some((count) => count >= limit),
  };
}

/** Whole days of one group at a time: the table has no row ids, and its key begins with them. */
function pruneDenialDays(db: MainDb, before: string, limit: number): number {
  let removed = 0;
  while (removed < limit) {
    const oldest = db.first(
      db.query
        .selectFrom('denial_days')
        .select(['day', 'group_id'])
        .where('day', '<', before)
        .orderBy('day')
        .orderBy('group_id')
        .limit(1),
    );
    if (oldest === undefined) break;
    removed += db.run(
      db.query
        .deleteFrom('denial_days')
        .where('day', '=', oldest.day)
        .where('group_id', '=', oldest.group_id),
    );
  }
  return removed;
}

const DAY_MS = 86_400_000;
const PRUNE_AT_ONCE = 2000;
