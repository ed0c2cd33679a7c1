/** What groups took of presets, and when. Rows stay: what was taken before is what a person may go back to. */
import type { Selectable } from 'kysely';
import type { TakenRule } from '../catalog/changes.ts';
import type { MainDb } from './open.ts';
import type { PresetTakingsTable } from './schema.ts';

export interface Taking {
  readonly id: number;
  readonly groupId: number;
  readonly preset: string;
  /** Of the preset; '' where presets had none yet. */
  readonly version: string;
  /** As the catalog had them then. */
  readonly rules: readonly TakenRule[];
  readonly takenAt: number;
  readonly takenBy: string;
  readonly endedAt: number | undefined;
}

/** What each group has taken now, or one group. */
export function takings(db: MainDb, groupId?: number): readonly Taking[] {
  let query = db.query.selectFrom('preset_takings').selectAll().where('ended_at', 'is', null).orderBy('id');
  if (groupId !== undefined) query = query.where('group_id', '=', groupId);
  return db.all(query).map(fromRow);
}

export function findTaking(
  db: MainDb,
  by: { readonly id: number } | { readonly groupId: number; readonly preset: string },
): Taking | undefined {
  const all = db.query.selectFrom('preset_takings').selectAll();
  const row = db.first(
    'id' in by
      ? all.where('id', '=', by.id)
      : all.where('group_id', '=', by.groupId).where('preset', '=', by.preset).where('ended_at', 'is', null),
  );
  return row && fromRow(row);
}

/** Ends what was taken before. */
export function beginTaking(db: MainDb, taking: Omit<Taking, 'id' | 'endedAt'>): Taking {
  return db.transaction(() => {
    const { groupId, preset, version, rules, takenAt, takenBy } = taking;
    endTaking(db, { groupId, preset, at: takenAt, by: takenBy });
    const row = db.first(
      db.query
        .insertInto('preset_takings')
        .values({
          group_id: groupId,
          preset,
          version,
          rules: JSON.stringify(
            rules.map(({ action, pattern, types, note }) => ({ action, pattern, types, note })),
          ),
          taken_at: takenAt,
          taken_by: takenBy,
        })
        .returningAll(),
    );
    if (row === undefined) throw new Error(`the taking of ${preset} was not written`);
    return fromRow(row);
  });
}

export function endTaking(
  db: MainDb,
  {
    groupId,
    preset,
    at,
    by,
  }: { readonly groupId: number; readonly preset: string; readonly at: number; readonly by: string },
): void {
  db.run(
    db.query
      .updateTable('preset_takings')
      .set({ ended_at: at, ended_by: by })
      .where('group_id', '=', groupId)
      .where('preset', '=', preset)
      .where('ended_at', 'is', null),
  );
}

function fromRow(row: Selectable<PresetTakingsTable>): Taking {
  return {
    id: row.id,
    groupId: row.group_id,
    preset: row.preset,
    version: row.version,
    rules: JSON.parse(row.rules) as TakenRule[],
    takenAt: row.taken_at,
    takenBy: row.taken_by,
    endedAt: row.ended_at ?? undefined,
  };
}
