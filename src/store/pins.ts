/** Pins: addresses the owner opened by hand. */
import type { Selectable } from 'kysely';
import { KnownError } from '../base/errors.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../base/ip-address.ts';
import type { MainDb } from './open.ts';
import type { PinsTable } from './schema.ts';
import { splitList } from './values.ts';

export interface Pin {
  readonly id: number;
  readonly groupId: number;
  readonly prefix: Prefix;
  /** A note for people: aliases hold addresses only. */
  readonly ports: readonly number[];
  readonly note: string;
  readonly until: number | undefined;
  readonly origin: 'person' | 'file';
  readonly createdAt: number;
}

/** Pinning a prefix again replaces its note, ports and end. */
export function addPin(db: MainDb, pin: Omit<Pin, 'id'>): Pin {
  const set = {
    ports: pin.ports.join(','),
    note: pin.note,
    until_at: pin.until ?? null,
    origin: pin.origin,
    created_at: pin.createdAt,
  };
  const row = db.first(
    db.query
      .insertInto('pins')
      .values({ group_id: pin.groupId, prefix: formatPrefix(pin.prefix), ...set })
      .onConflict((conflict) => conflict.columns(['group_id', 'prefix']).doUpdateSet(set))
      .returningAll(),
  );
  if (row === undefined) throw new Error(`the pin of ${formatPrefix(pin.prefix)} was not written`);
  return fromRow(row);
}

/** Those whose end has passed are left out. */
export function pinsInForce(db: MainDb, now: number): readonly Pin[] {
  return db
    .all(
      db.query
        .selectFrom('pins')
        .selectAll()
        .where((e) => e.or([e('until_at', 'is', null), e('until_at', '>', now)]))
        .orderBy('id'),
    )
    .map(fromRow);
}

/** Returns what was removed, for the audit. Throws not-found. */
export function removePin(db: MainDb, id: number): Pin {
  const row = db.first(db.query.deleteFrom('pins').where('id', '=', id).returningAll());
  if (row === undefined) throw new KnownError('not-found', `pin ${id}`);
  return fromRow(row);
}

/** Removes the pins whose end has come and returns them. */
export function expireDuePins(db: MainDb, now: number): readonly Pin[] {
  return db.all(db.query.deleteFrom('pins').where('until_at', '<=', now).returningAll()).map(fromRow);
}

function fromRow(row: Selectable<PinsTable>): Pin {
  return {
    id: row.id,
    groupId: row.group_id,
    prefix: parsePrefix(row.prefix),
    ports: splitList(row.ports, ',').map(Number),
    note: row.note,
    until: row.until_at ?? undefined,
    origin: row.origin,
    createdAt: row.created_at,
  };
}
