/** Client groups: who shares one policy, and how it is applied. */

import type { Selectable } from 'kysely';
import { KnownError } from '../base/errors.ts';
import { formatPrefix, type IpAddress, type Prefix, parsePrefix } from '../base/ip-address.ts';
import type { Build, NoValues } from './db.ts';
import type { MainDb } from './open.ts';
import type { GroupClientsTable, GroupsTable, MainSchema } from './schema.ts';
import { fromFlag, toFlag } from './values.ts';

export interface GroupSettings {
  readonly mode: 'learn' | 'enforce';
  /** Paused while this is in the future; ms since 1970. */
  readonly pausedUntil: number | undefined;
  readonly refuse: 'nxdomain' | 'nodata' | 'refused' | 'zero';
  readonly ipv6: boolean;
  readonly holdLimitMs: number;
  readonly onHoldLimit: 'answer' | 'servfail';
  readonly graceMs: number;
  readonly headroomMs: number;
  /** False: learn mode leaves the firewall alone. */
  readonly learnAlias: boolean;
  /** The owner wanted enforce although nothing enforces addresses. */
  readonly enforceOverride: boolean;
  readonly presets: readonly string[];
  readonly plexDirect: PlexDirect;
}

export interface PlexDirect {
  readonly hashes: readonly string[];
  readonly ownAddresses: readonly Prefix[];
  /** Servers of other people that are shared with the owner. */
  readonly shared: readonly SharedServer[];
}

export interface SharedServer {
  readonly hash: string;
  readonly addresses: readonly IpAddress[];
  readonly note: string;
}

export interface Group extends GroupSettings {
  readonly id: number;
  readonly name: string;
  readonly clients: readonly Prefix[];
  readonly origin: 'default' | 'person' | 'file';
  readonly createdAt: number;
  /** Where in which file it is written. */
  readonly place?: string | undefined;
}

export type NewGroup = Partial<GroupSettings> &
  Pick<Group, 'name' | 'clients' | 'origin' | 'createdAt' | 'place'>;

/** Throws name-taken or client-in-two-groups. What is not given starts as the schema says: in learn. */
export function addGroup(db: MainDb, group: NewGroup): Group {
  return db.transaction(() => {
    if (findGroupByName(db, group.name) !== undefined)
      throw new KnownError('name-taken', `group ${group.name}`);
    const row = db.first(
      db.query
        .insertInto('groups')
        .values({
          name: group.name,
          origin: group.origin,
          created_at: group.createdAt,
          place: group.place ?? null,
          ...settingsToSql(group),
        })
        .returning('id'),
    );
    if (row === undefined) throw new Error(`group ${group.name} was not written`);
    setClients(db, row.id, group.clients);
    return getGroup(db, row.id);
  });
}

export function listGroups(db: MainDb): readonly Group[] {
  const rows = db.prepare(GROUPS).all({});
  const clients = Map.groupBy(db.prepare(CLIENTS).all({}), (c) => c.group_id);
  return rows.map((row) => fromRow(row, clients.get(row.id) ?? []));
}

/** Throws not-found, also for a removed group. */
export function getGroup(db: MainDb, id: number): Group {
  const row = db.prepare(GROUP_BY_ID).first({ id });
  if (row === undefined) throw new KnownError('not-found', `group ${id}`);
  return fromRow(row, clientsOf(db, id));
}

export function findGroupByName(db: MainDb, name: string): Group | undefined {
  const row = db.prepare(GROUP_BY_NAME).first({ name });
  return row && fromRow(row, clientsOf(db, row.id));
}

/** The names of all groups, removed ones too: history names them. */
export function allGroupNames(db: MainDb): ReadonlyMap<number, string> {
  return new Map(
    db
      .prepare(GROUP_NAMES)
      .all({})
      .map((g) => [g.id, g.name]),
  );
}

/** Changes what is given, leaves the rest; pausedUntil: undefined ends a pause. Throws not-found, name-taken. */
export function updateGroup(
  db: MainDb,
  id: number,
  change: Partial<GroupSettings> & Partial<Pick<Group, 'name' | 'origin' | 'place'>>,
): Group {
  return db.transaction(() => {
    getGroup(db, id);
    const { name, origin } = change;
    if (name !== undefined && (findGroupByName(db, name)?.id ?? id) !== id) {
      throw new KnownError('name-taken', `group ${name}`);
    }
    const set = {
      ...settingsToSql(change),
      ...(name === undefined ? {} : { name }),
      ...(origin === undefined ? {} : { origin }),
      ...('place' in change ? { place: change.place ?? null } : {}),
    };
    if (Object.keys(set).length > 0) db.run(db.query.updateTable('groups').set(set).where('id', '=', id));
    return getGroup(db, id);
  });
}

/** Replaces the clients of a group. Throws client-in-two-groups naming the prefix and both groups. */
export function setClients(db: MainDb, groupId: number, clients: readonly Prefix[]): void {
  db.transaction(() => {
    db.run(db.query.deleteFrom('group_clients').where('group_id', '=', groupId));
    for (const prefix of clients) addClient(db, groupId, prefix);
  });
}

/** Adding a client that the group has already changes nothing. Throws client-in-two-groups, not-found. */
export function addClient(db: MainDb, groupId: number, client: Prefix): void {
  const prefix = formatPrefix(client);
  db.transaction(() => {
    const group = getGroup(db, groupId);
    const holder = db.first(
      db.query
        .selectFrom('group_clients as c')
        .innerJoin('groups as g', 'g.id', 'c.group_id')
        .select(['g.id', 'g.name'])
        .where('c.prefix', '=', prefix),
    );
    if (holder?.id === groupId) return;
    if (holder !== undefined) {
      throw new KnownError('client-in-two-groups', `${prefix} is in group ${holder.name} already`, {
        hint: `Take it out of ${holder.name} before it goes into ${group.name}; of two prefixes that overlap, the longer one wins.`,
      });
    }
    db.run(db.query.insertInto('group_clients').values({ prefix, group_id: groupId }));
  });
}

export function removeClient(db: MainDb, groupId: number, client: Prefix): boolean {
  return (
    db.run(
      db.query
        .deleteFrom('group_clients')
        .where('group_id', '=', groupId)
        .where('prefix', '=', formatPrefix(client)),
    ) === 1
  );
}

/** Ends the group's rules and frees its clients, pins and name; its history stays. Throws not-found. */
export function removeGroup(
  db: MainDb,
  id: number,
  { at, by }: { readonly at: number; readonly by: string },
): void {
  db.transaction(() => {
    getGroup(db, id);
    db.run(
      db.query
        .updateTable('rules')
        .set({ ended_at: at, ended_by: by })
        .where('group_id', '=', id)
        .where('ended_at', 'is', null),
    );
    db.run(db.query.deleteFrom('group_clients').where('group_id', '=', id));
    db.run(
      db.query
        .updateTable('preset_takings')
        .set({ ended_at: at, ended_by: by })
        .where('group_id', '=', id)
        .where('ended_at', 'is', null),
    );
    db.run(
      db.query
        .updateTable('pins')
        .set({ ended_at: at, ended_by: by })
        .where('group_id', '=', id)
        .where('ended_at', 'is', null),
    );
    db.run(
      db.query
        .updateTable('feed_entries')
        .set({ ended_at: at })
        .where('group_id', '=', id)
        .where('ended_at', 'is', null),
    );
    db.run(db.query.deleteFrom('denials').where('group_id', '=', id));
    db.run(db.query.deleteFrom('reproductions').where('group_id', '=', id));
    db.run(db.query.updateTable('groups').set({ removed_at: at }).where('id', '=', id));
  });
}

function clientsOf(db: MainDb, groupId: number) {
  return db.prepare(CLIENTS_OF_GROUP).all({ groupId });
}

type GroupRow = Selectable<GroupsTable>;
type ClientRow = Selectable<GroupClientsTable>;

const GROUPS: Build<MainSchema, NoValues, GroupRow> = (_, query) =>
  query.selectFrom('groups').selectAll().where('removed_at', 'is', null).orderBy('id');

const GROUP_BY_ID: Build<MainSchema, { id: number }, GroupRow> = (value, query) =>
  query.selectFrom('groups').selectAll().where('id', '=', value('id')).where('removed_at', 'is', null);

const GROUP_BY_NAME: Build<MainSchema, { name: string }, GroupRow> = (value, query) =>
  query.selectFrom('groups').selectAll().where('name', '=', value('name')).where('removed_at', 'is', null);

const GROUP_NAMES: Build<MainSchema, NoValues, Pick<GroupRow, 'id' | 'name'>> = (_, query) =>
  query.selectFrom('groups').select(['id', 'name']);

const CLIENTS: Build<MainSchema, NoValues, ClientRow> = (_, query) =>
  query.selectFrom('group_clients').selectAll();

const CLIENTS_OF_GROUP: Build<MainSchema, { groupId: number }, ClientRow> = (value, query) =>
  query.selectFrom('group_clients').selectAll().where('group_id', '=', value('groupId'));

function fromRow(row: GroupRow, clients: readonly { readonly prefix: string }[]): Group {
  return {
    id: row.id,
    name: row.name,
    clients: clients.map((c) => parsePrefix(c.prefix)),
    mode: row.mode,
    pausedUntil: row.paused_until ?? undefined,
    refuse: row.refuse,
    ipv6: fromFlag(row.ipv6),
    holdLimitMs: row.hold_limit_ms,
    onHoldLimit: row.on_hold_limit,
    graceMs: row.grace_ms,
    headroomMs: row.headroom_ms,
    learnAlias: fromFlag(row.learn_alias),
    enforceOverride: fromFlag(row.enforce_override),
    presets: JSON.parse(row.presets) as string[],
    plexDirect: plexDirectFromSql(row.plex_direct),
    origin: row.origin,
    createdAt: row.created_at,
    ...(row.place === null ? {} : { place: row.place }),
  };
}

function settingsToSql(s: Partial<GroupSettings>): Partial<Selectable<GroupsTable>> {
  return {
    ...(s.mode === undefined ? {} : { mode: s.mode }),
    ...('pausedUntil' in s ? { paused_until: s.pausedUntil ?? null } : {}),
    ...(s.refuse === undefined ? {} : { refuse: s.refuse }),
    ...(s.ipv6 === undefined ? {} : { ipv6: toFlag(s.ipv6) }),
    ...(s.holdLimitMs === undefined ? {} : { hold_limit_ms: s.holdLimitMs }),
    ...(s.onHoldLimit === undefined ? {} : { on_hold_limit: s.onHoldLimit }),
    ...(s.graceMs === undefined ? {} : { grace_ms: s.graceMs }),
    ...(s.headroomMs === undefined ? {} : { headroom_ms: s.headroomMs }),
    ...(s.learnAlias === undefined ? {} : { learn_alias: toFlag(s.learnAlias) }),
    ...(s.enforceOverride === undefined ? {} : { enforce_override: toFlag(s.enforceOverride) }),
    ...(s.presets === undefined ? {} : { presets: JSON.stringify(s.presets) }),
    ...(s.plexDirect === undefined ? {} : { plex_direct: plexDirectToSql(s.plexDirect) }),
  };
}

/** Of an older version it says nothing of shared servers. */
function plexDirectFromSql(text: string): PlexDirect {
  const { hashes, ownAddresses, shared } = JSON.parse(text) as {
    readonly hashes: readonly string[];
    readonly ownAddresses: readonly string[];
    readonly shared?: readonly SharedServer[];
  };
  return { hashes, ownAddresses: ownAddresses.map(parsePrefix), shared: shared ?? [] };
}

function plexDirectToSql({ hashes, ownAddresses, shared }: PlexDirect): string {
  return JSON.stringify({ hashes, ownAddresses: ownAddresses.map(formatPrefix), shared });
}
