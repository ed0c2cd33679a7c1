/** The identity of each firewall; its address, key and alias are configuration. */
import type { Selectable } from 'kysely';
import { forgetListFetch } from './list-fetches.ts';
import type { MainDb } from './open.ts';
import type { FirewallsTable } from './schema.ts';

export interface FirewallIdentity {
  readonly id: number;
  readonly name: string;
  readonly driver: string;
  readonly alias: string;
  /** Absent until the alias was read once: before that nothing in it counts as foreign. */
  readonly firstReadAt: number | undefined;
}

/**
 * Finds or makes the row of a configured firewall. Another driver or alias under the same name is another table:
 * what we know of the old one is forgotten, so that entries of the new one are adopted and not removed as foreign.
 */
export function ensureFirewall(
  db: MainDb,
  { name, driver, alias }: Pick<FirewallIdentity, 'name' | 'driver' | 'alias'>,
): FirewallIdentity {
  return db.transaction(() => {
    const row = db.first(db.query.selectFrom('firewalls').selectAll().where('name', '=', name));
    if (row?.driver === driver && row.alias === alias) return fromRow(row);
    const written = db.first(
      db.query
        .insertInto('firewalls')
        .values({ name, driver, alias, first_read_at: null })

        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ driver, alias, first_read_at: null, list_token: null }),
        )
        .returningAll(),
    );
    if (written === undefined) throw new Error(`firewall ${name} was not written`);
    forgetListFetch(db, written.id);
    return fromRow(written);
  });
}

/** The secret part of the address its list is fetched under: made at the first call, and the same ever after. */
export function ensureListToken(db: MainDb, id: number, make: () => string): string {
  return db.transaction(() => {
    const row = db.first(db.query.selectFrom('firewalls').select('list_token').where('id', '=', id));
    if (row?.list_token != null) return row.list_token;
    const token = make();
    db.run(db.query.updateTable('firewalls').set({ list_token: token }).where('id', '=', id));
    return token;
  });
}

/** All that were ever configured: runs name them. */
export function listFirewalls(db: MainDb): readonly FirewallIdentity[] {
  return db.all(db.query.selectFrom('firewalls').selectAll().orderBy('id')).map(fromRow);
}

/** Keeps the first moment when called again. */
export function markFirstRead(db: MainDb, id: number, at: number): void {
  db.run(
    db.query
      .updateTable('firewalls')
      .set({ first_read_at: at })
      .where('id', '=', id)
      .where('first_read_at', 'is', null),
  );
}

function fromRow(row: Selectable<FirewallsTable>): FirewallIdentity {
  return {
    id: row.id,
    name: row.name,
    driver: row.driver,
    alias: row.alias,
    firstReadAt: row.first_read_at ?? undefined,
  };
}
