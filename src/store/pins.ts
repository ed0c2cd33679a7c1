/** Pins: addresses the owner opened by hand. Ended ones stay as history, as rules do. */
import type { Selectable } from 'kysely';
import { KnownError } from '../base/errors.ts';
import { formatPrefix, type IpAddress, type Prefix, parsePrefix } from '../base/ip-address.ts';
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
  readonly createdBy: string;
  readonly endedAt: number | undefined;
  readonly endedBy: string | undefined;
  /** Where in which file it is written. */
  readonly place?: string | undefined;
  /** The hash of the shared Plex server it is open for; absent: opened by itself. */
  readonly plexServer?: string | undefined;
}

export type NewPin = Omit<Pin, 'id' | 'endedAt' | 'endedBy'>;

/** Pinning an address that is pinned (for the same server, or by itself) replaces note, ports and end; it stays open since it was first. */
export function addPin(db: MainDb, pin: NewPin): Pin {
  const set = {
    ports: pin.ports.join(','),
    note: pin.note,
    until_at: pin.until ?? null,
    origin: pin.origin,
    place: pin.place ?? null,
  };
  const row = db.first(
    db.query
      .insertInto('pins')
      .values({
        group_id: pin.groupId,
        prefix: formatPrefix(pin.prefix),
        created_at: pin.createdAt,
        created_by: pin.createdBy,
        plex_server: pin.plexServer ?? '',
        ...set,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['group_id', 'prefix', 'plex_server'])
          .where('ended_at', 'is', null)
          .doUpdateSet(set),
      )
      .returningAll(),
  );
  if (row === undefined) throw new Error(`the pin of ${formatPrefix(pin.prefix)} was not written`);
  return fromRow(row);
}

/** Those whose end has passed are left out. */
export function pinsInForce(db: MainDb, now: number, groupId?: number): readonly Pin[] {
  let query = db.query
    .selectFrom('pins')
    .selectAll()
    .where('ended_at', 'is', null)
    .where((e) => e.or([e('until_at', 'is', null), e('until_at', '>', now)]))
    .orderBy('id');
  if (groupId !== undefined) query = query.where('group_id', '=', groupId);
  return db.all(query).map(fromRow);
}

/** Throws not-found for one that has ended, too. */
export function getPin(db: MainDb, id: number): Pin {
  const row = db.first(
    db.query.selectFrom('pins').selectAll().where('id', '=', id).where('ended_at', 'is', null),
  );
  if (row === undefined) throw notOpened(id);
  return fromRow(row);
}

export interface PinChange {
  readonly note?: string;
  readonly ports?: readonly number[];
  /** null: no end. */
  readonly until?: number | null;
  readonly origin?: Pin['origin'];
  readonly place?: string | null;
}

/** Throws not-found. */
export function changePin(db: MainDb, id: number, { note, ports, until, origin, place }: PinChange): Pin {
  const set = {
    ...(note === undefined ? {} : { note }),
    ...(ports === undefined ? {} : { ports: ports.join(',') }),
    ...(until === undefined ? {} : { until_at: until }),
    ...(origin === undefined ? {} : { origin }),
    ...(place === undefined ? {} : { place }),
  };
  if (Object.keys(set).length > 0)
    db.run(db.query.updateTable('pins').set(set).where('id', '=', id).where('ended_at', 'is', null));
  return getPin(db, id);
}

/** Returns what was ended, for the audit. Throws not-found, also when somebody was first. */
export function endPin(
  db: MainDb,
  id: number,
  { at, by }: { readonly at: number; readonly by: string },
): Pin {
  const row = db.first(
    db.query
      .updateTable('pins')
      .set({ ended_at: at, ended_by: by })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .returningAll(),
  );
  if (row === undefined) throw notOpened(id);
  return fromRow(row);
}

/** Ends the pins whose end has come, at that moment, and returns them. */
export function expireDuePins(db: MainDb, now: number): readonly Pin[] {
  return db
    .all(
      db.query
        .updateTable('pins')
        .set((e) => ({ ended_at: e.ref('until_at'), ended_by: 'expiry' }))
        .where('ended_at', 'is', null)
        .where('until_at', '<=', now)
        .returningAll(),
    )
    .map(fromRow);
}

/** When the next one ends by itself; undefined: none does. */
export function nextPinExpiry(db: MainDb): number | undefined {
  const row = db.first(
    db.query
      .selectFrom('pins')
      .select((e) => e.fn.min('until_at').as('at'))
      .where('ended_at', 'is', null),
  );
  return row?.at ?? undefined;
}

/** Every interval in which the address was opened by hand, newest first. */
export function pinsOfAddress(db: MainDb, address: IpAddress, limit: number): readonly Pin[] {
  return db
    .all(
      db.query
        .selectFrom('pins')
        .selectAll()
        .where('prefix', '=', address)
        .orderBy('created_at', 'desc')
        .limit(limit),
    )
    .map(fromRow);
}

/** Those that were open at any time of a period. */
export function pinsOpenIn(
  db: MainDb,
  { from, until }: { readonly from: number; readonly until: number },
): readonly Pin[] {
  const begun = db.query.selectFrom('pins').selectAll().where('created_at', '<=', until);
  const live = begun
    .where('ended_at', 'is', null)
    .where((e) => e.or([e('until_at', 'is', null), e('until_at', '>', from)]));
  return [...db.all(live), ...db.all(begun.where('ended_at', '>', from))]
    .sort((a, b) => b.id - a.id)
    .map(fromRow);
}

function notOpened(id: number): KnownError {
  return new KnownError('not-found', `address ${id} is not opened by hand`, {
    hint: '`sallyport addresses` lists those that are, with their numbers.',
  });
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
    createdBy: row.created_by,
    endedAt: row.ended_at ?? undefined,
    endedBy: row.ended_by ?? undefined,
    ...(row.place === null ? {} : { place: row.place }),
    ...(row.plex_server === '' ? {} : { plexServer: row.plex_server }),
  };
}
