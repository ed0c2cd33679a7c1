/** The last sign of life of this or the previous run: how long we were away, and whether the clock can be trusted. */
import type { Build } from './db.ts';
import type { MainDb } from './open.ts';
import type { MainSchema } from './schema.ts';

export interface Heartbeat {
  readonly wallMs: number;
  readonly bootId: string;
  readonly uptimeMs: number;
}

export function readHeartbeat(db: MainDb): Heartbeat | undefined {
  const row = db.first(db.query.selectFrom('heartbeat').selectAll());
  return row && { wallMs: row.wall_ms, bootId: row.boot_id, uptimeMs: row.uptime_ms };
}

export function writeHeartbeat(db: MainDb, beat: Heartbeat): void {
  db.prepare(BEAT).run({ ...beat });
}

const BEAT: Build<MainSchema, BeatValues> = (value, query) => {
  const row = { wall_ms: value('wallMs'), boot_id: value('bootId'), uptime_ms: value('uptimeMs') };
  return query
    .insertInto('heartbeat')
    .values({ id: 1, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row));
};

type BeatValues = { wallMs: number; bootId: string; uptimeMs: number };
