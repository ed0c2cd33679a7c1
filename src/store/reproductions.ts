/** Who reproduces what in which group: on the server, so that another tab, another person and the next start know it too. */
import type { Selectable } from 'kysely';
import type { MainDb } from './open.ts';
import type { ReproductionsTable } from './schema.ts';

export interface Reproduction {
  readonly groupId: number;
  readonly startedAt: number;
  readonly startedBy: string;
  /** What is shown was refused since. */
  readonly markAt: number;
  /** The temporary rules it made. */
  readonly rules: readonly number[];
}

/** False when one is running in the group. The database decides the race. */
export function startReproduction(
  db: MainDb,
  { groupId, at, by }: { readonly groupId: number; readonly at: number; readonly by: string },
): boolean {
  return (
    db.run(
      db.query
        .insertInto('reproductions')
        .values({ group_id: groupId, started_at: at, started_by: by, mark_at: at })
        .onConflict((conflict) => conflict.doNothing()),
    ) === 1
  );
}

export function findReproduction(db: MainDb, groupId: number): Reproduction | undefined {
  const row = db.first(db.query.selectFrom('reproductions').selectAll().where('group_id', '=', groupId));
  return row && fromRow(row);
}

export function updateReproduction(
  db: MainDb,
  groupId: number,
  { markAt, rules }: Partial<Pick<Reproduction, 'markAt' | 'rules'>>,
): void {
  db.run(
    db.query
      .updateTable('reproductions')
      .set({
        ...(markAt === undefined ? {} : { mark_at: markAt }),
        ...(rules === undefined ? {} : { rules: JSON.stringify(rules) }),
      })
      .where('group_id', '=', groupId),
  );
}

/** True when there was one. */
export function endReproduction(db: MainDb, groupId: number): boolean {
  return db.run(db.query.deleteFrom('reproductions').where('group_id', '=', groupId)) === 1;
}

function fromRow(row: Selectable<ReproductionsTable>): Reproduction {
  return {
    groupId: row.group_id,
    startedAt: row.started_at,
    startedBy: row.started_by,
    markAt: row.mark_at,
    rules: JSON.parse(row.rules),
  };
}
