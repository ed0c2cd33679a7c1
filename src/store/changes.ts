import type { MainDb } from './open.ts';

/** Rows that this connection has changed since it was opened. */
export function changesSoFar(db: MainDb): number {
  return db.first(db.query.selectNoFrom((e) => e.fn<number>('total_changes', []).as('rows')))?.rows ?? 0;
}
