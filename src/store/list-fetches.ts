/** What each firewall that fetches its list took last. */
import type { IpAddress } from '../base/ip-address.ts';
import type { Fetch } from '../firewall/driver.ts';
import type { MainDb } from './open.ts';
import { addressFromSql } from './values.ts';

export interface StoredFetch {
  readonly fetch: Fetch;
  readonly addresses: ReadonlySet<IpAddress>;
}

/** Takes the place of the one before; without addresses the same were taken again. */
export function saveListFetch(
  db: MainDb,
  firewallId: number,
  { at, source, agent }: Fetch,
  addresses: ReadonlySet<IpAddress> | undefined,
): void {
  const text = addresses === undefined ? undefined : JSON.stringify([...addresses]);
  if (text === undefined) {
    db.run(
      db.query.updateTable('list_fetches').set({ at, source, agent }).where('firewall_id', '=', firewallId),
    );
    return;
  }
  db.run(
    db.query
      .insertInto('list_fetches')
      .values({ firewall_id: firewallId, at, source, agent, addresses: text })
      .onConflict((conflict) =>
        conflict.column('firewall_id').doUpdateSet({ at, source, agent, addresses: text }),
      ),
  );
}

/** As when it begins to fetch another list under the same name. */
export function forgetListFetch(db: MainDb, firewallId: number): void {
  db.run(db.query.deleteFrom('list_fetches').where('firewall_id', '=', firewallId));
}

/** Undefined: it has fetched nothing yet. */
export function lastListFetch(db: MainDb, firewallId: number): StoredFetch | undefined {
  const row = db.first(db.query.selectFrom('list_fetches').selectAll().where('firewall_id', '=', firewallId));
  if (row === undefined) return undefined;
  const addresses = new Set((JSON.parse(row.addresses) as readonly string[]).map(addressFromSql));
  return { fetch: { at: row.at, source: addressFromSql(row.source), agent: row.agent }, addresses };
}
