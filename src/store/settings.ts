/** What was set on the page instead of in a file: one JSON value per key. */
import type { MainDb } from './open.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export function readSetting(db: MainDb, key: string): Json | undefined {
  const row = db.first(db.query.selectFrom('settings').select('value').where('key', '=', key));
  return row === undefined ? undefined : (JSON.parse(row.value) as Json);
}

export function allSettings(db: MainDb): Readonly<Record<string, Json>> {
  const rows = db.all(db.query.selectFrom('settings').selectAll().orderBy('key'));
  return Object.fromEntries(rows.map((row) => [row.key, JSON.parse(row.value) as Json]));
}

export function writeSetting(db: MainDb, key: string, value: Json): void {
  const text = JSON.stringify(value);
  db.run(
    db.query
      .insertInto('settings')
      .values({ key, value: text })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: text })),
  );
}

export function deleteSetting(db: MainDb, key: string): void {
  db.run(db.query.deleteFrom('settings').where('key', '=', key));
}
