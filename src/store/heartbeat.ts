/** The last sign of life of this or the previous run: how long we were away, and whether the clock can be trusted. */
import type { MainDb } from './open.ts';

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
  const row = { wall_ms: beat.wallMs, boot_id: beat.bootId, uptime_ms: beat.uptimeMs };
  db.run(
    db.query
      .insertInto('heartbeat')
      .values({ id: 1, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row)),
  );
}
