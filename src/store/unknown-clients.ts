/** Hosts that asked although no group has them: shown as "new host 192.168.20.5 asked 14 names". */
import { sql } from 'kysely';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Build, NoValues } from './db.ts';
import type { MainDb } from './open.ts';
import type { MainSchema } from './schema.ts';
import { addressFromSql, nameFromSql, nameToSql } from './values.ts';

/** What one host asked since the last batch. */
export interface AskedByUnknown {
  readonly client: IpAddress;
  readonly names: readonly DomainName[];
  readonly count: number;
  readonly lastAt: number;
}

export interface UnknownClient {
  readonly address: IpAddress;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly queries: number;
  /** Different names; stops counting at MAX_NAMES_PER_CLIENT. */
  readonly names: number;
}

/** Senders of UDP can be forged, so both lists end: newcomers above them are not written down. */
export const MAX_UNKNOWN_CLIENTS = 1000;
export const MAX_NAMES_PER_CLIENT = 200;

export function recordUnknownClients(db: MainDb, batch: readonly AskedByUnknown[]): void {
  db.transaction(() => {
    for (const asked of batch) recordOne(db, asked);
  });
}

/** Those that asked last come first. */
export function listUnknownClients(db: MainDb): readonly UnknownClient[] {
  const rows = db.all(
    db.query
      .selectFrom('unknown_clients as c')
      .selectAll('c')
      .select((e) =>
        e
          .selectFrom('unknown_client_names as n')
          .select((n) => n.fn.countAll<number>().as('names'))
          .whereRef('n.address', '=', 'c.address')
          .as('names'),
      )
      .orderBy('c.last_at', 'desc'),
  );
  return rows.map((row) => ({
    address: addressFromSql(row.address),
    firstAt: row.first_at,
    lastAt: row.last_at,
    queries: row.queries,
    names: row.names ?? 0,
  }));
}

export function countUnknownClients(db: MainDb): number {
  return db.prepare(COUNT_UNKNOWN).first({})?.count ?? 0;
}

const COUNT_UNKNOWN: Build<MainSchema, NoValues, { readonly count: number }> = (_, query) =>
  query.selectFrom('unknown_clients').select((e) => e.fn.countAll<number>().as('count'));

export function namesOfUnknownClient(db: MainDb, address: IpAddress): readonly DomainName[] {
  return db
    .all(
      db.query
        .selectFrom('unknown_client_names')
        .select('name')
        .where('address', '=', address)
        .orderBy('name'),
    )
    .map((row) => nameFromSql(row.name));
}

/** Done when the host got a group, or when a person dismisses it. */
export function forgetUnknownClient(db: MainDb, address: IpAddress): boolean {
  return db.run(db.query.deleteFrom('unknown_clients').where('address', '=', address)) === 1;
}

function recordOne(db: MainDb, { client: address, names, count, lastAt }: AskedByUnknown): void {
  const known = db.run(
    db.query
      .updateTable('unknown_clients')
      .set({ last_at: sql<number>`max(last_at, ${lastAt})`, queries: sql<number>`queries + ${count}` })
      .where('address', '=', address),
  );
  if (known === 0) {
    if (countAll(db, 'unknown_clients') >= MAX_UNKNOWN_CLIENTS) return;
    db.run(
      db.query
        .insertInto('unknown_clients')
        .values({ address, first_at: lastAt, last_at: lastAt, queries: count }),
    );
  }
  let room = MAX_NAMES_PER_CLIENT - countAll(db, 'unknown_client_names', address);
  for (const name of new Set(names)) {
    if (room <= 0) return;
    room -= db.run(
      db.query
        .insertInto('unknown_client_names')
        .values({ address, name: nameToSql(name) })
        .onConflict((conflict) => conflict.doNothing()),
    );
  }
}

function countAll(
  db: MainDb,
  table: 'unknown_clients' | 'unknown_client_names',
  address?: IpAddress,
): number {
  let query = db.query.selectFrom(table).select((e) => e.fn.countAll<number>().as('count'));
  if (address !== undefined) query = query.where('address', '=', address);
  return db.first(query)?.count ?? 0;
}
