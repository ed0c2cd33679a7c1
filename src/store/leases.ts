/** Leases: why one address is open for one group, as intervals that stay as history when they have ended. */
import type { Selectable } from 'kysely';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { EndedLease, Lease, LeaseEndCause, LeaseKey } from '../ledger/lease.ts';
import type { LeaseEnds } from '../ledger/lease-writer.ts';
import type { Build, NoValues } from './db.ts';
import type { MainDb } from './open.ts';
import type { LeasesTable, MainSchema } from './schema.ts';
import { addressFromSql, nameFromSql, nameToSql, type Page, pageOf } from './values.ts';

/** A lease as history keeps it: one interval. */
export interface StoredLease extends Lease {
  readonly id: number;
  readonly endedAt: number | undefined;
  readonly endCause: LeaseEndCause | undefined;
}

/**
 * Ends intervals, then begins leases or rewrites the live one of the same group, name and address; one transaction,
 * committed on return. What is taken over by another rule or cause ends, and begins anew.
 * Written as given: that ends only grow is the ledger's to see to, and a change of rule or mode may shorten them.
 */
export function saveLeases(db: MainDb, leases: readonly Lease[], ends: readonly LeaseEnds[] = []): void {
  db.transaction(() => {
    for (const { leases: keys, at, cause } of ends) endLeases(db, keys, { endedAt: at, endCause: cause });
    const extend = db.prepare(EXTEND);
    const upsert = db.prepare(BEGIN_OR_REWRITE);
    for (const { groupId, ruleId, name, address, cause, startedAt, toldUntil, until } of leases) {
      const row = {
        groupId,
        ruleId: ruleId ?? null,
        name: nameToSql(name),
        address,
        cause,
        startedAt,
        toldUntil,
        until,
      };
      if (extend.run(row) === 0) upsert.run(row);
    }
  });
}

/** Ends live leases in one transaction; one that has ended keeps its end. Returns how many this call ended. */
export function endLeases(
  db: MainDb,
  keys: readonly LeaseKey[],
  { endedAt, endCause }: { readonly endedAt: number; readonly endCause: LeaseEndCause },
): number {
  // Within the transaction of whoever calls, even one of nothing is two statements.
  if (keys.length === 0) return 0;
  return db.transaction(() => {
    const end = db.prepare(END);
    let ended = 0;
    for (const { groupId, name, address } of keys) {
      ended += end.run({ groupId, name: nameToSql(name), address, endedAt, endCause });
    }
    return ended;
  });
}

/** Everything that has not ended, in the order in which it began: what a start restores. */
export function liveLeases(db: MainDb): readonly Lease[] {
  const rows = db.all(
    db.query
      .selectFrom('leases')
      .select(['group_id', 'rule_id', 'name', 'address', 'cause', 'started_at', 'told_until', 'until_at'])
      .where('ended_at', 'is', null)
      .orderBy('id'),
  );
  // One text for all that have it: they stay, and each row comes with a copy of its own.
  const causes = new Map(rows.map(({ cause }) => [cause, cause]));
  const nameOf = lastRemembered(nameFromSql);
  return rows.map((row) => ({
    groupId: row.group_id,
    name: nameOf(row.name),
    address: addressFromSql(row.address),
    ruleId: row.rule_id ?? undefined,
    cause: causes.get(row.cause) ?? row.cause,
    toldUntil: row.told_until,
    until: row.until_at,
    startedAt: row.started_at,
  }));
}

/** Addresses of one answer stand one after the other. */
function lastRemembered<Value>(read: (text: string) => Value): (text: string) => Value {
  let last: { readonly text: string; readonly value: Value } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: read(text) };
    return last.value;
  };
}

/**
 * What ended after `since`, oldest first: what a start remembers of the run before. An address had come back when an end of
 * its own was not forgotten yet, as many milliseconds before it as `rememberedMs`.
 */
export function leasesEndedSince(
  db: MainDb,
  { since, rememberedMs }: { readonly since: number; readonly rememberedMs: number },
): readonly EndedLease[] {
  const rows = db.all(
    db.query
      .selectFrom('leases as l')
      .leftJoin('rules as r', 'r.id', 'l.rule_id')
      .selectAll('l')
      .select('r.expires_at')
      .select((e) =>
        e
          .exists(
            e
              .selectFrom('leases as b')
              .select('b.id')
              .whereRef('b.address', '=', 'l.address')
              .whereRef('b.name', '=', 'l.name')
              .whereRef('b.group_id', '=', 'l.group_id')
              .whereRef('b.id', '<', 'l.id')
              .where('b.end_cause', '!=', 'taken-over')
              .where('b.ended_at', '>', e('l.ended_at', '-', rememberedMs)),
          )
          .as('returned'),
      )
      .where('l.ended_at', '>', since)
      // The address went on being open under another rule or cause.
      .where('l.end_cause', '!=', 'taken-over')
      .orderBy('l.ended_at'),
  );
  return rows.map((row) => ({
    groupId: row.group_id,
    name: nameFromSql(row.name),
    address: addressFromSql(row.address),
    ruleId: row.rule_id ?? undefined,
    endedAt: row.ended_at ?? since,
    endCause: row.end_cause ?? 'expired',
    temporary: row.cause === 'pause' || row.expires_at !== null,
    ...(row.returned ? { returned: true } : {}),
  }));
}

/** When the oldest lease that is still known began. */
export function oldestLeaseStart(db: MainDb): number | undefined {
  return db.prepare(OLDEST_START).first({})?.started_at;
}

const OLDEST_START: Build<MainSchema, NoValues, { readonly started_at: number }> = (_, query) =>
  query.selectFrom('leases').select('started_at').orderBy('id').limit(1);

export interface LeaseFilter {
  readonly groupId?: number;
  readonly name?: DomainName;
  readonly address?: IpAddress;
  /** Only leases that were open at any time of it. */
  readonly period?: { readonly from: number; readonly until: number };
  /** True: only those that have not ended. */
  readonly live?: boolean;
  readonly cursor?: number;
  readonly limit: number;
}

/** Newest first: "why was 104.18.26.211 open on 3 March". */
export function listLeases(db: MainDb, filter: LeaseFilter): Page<StoredLease> {
  const { groupId, name, address, period, live, cursor, limit } = filter;
  let query = db.query
    .selectFrom('leases')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (groupId !== undefined) query = query.where('group_id', '=', groupId);
  if (name !== undefined) query = query.where('name', '=', nameToSql(name));
  if (address !== undefined) query = query.where('address', '=', address);
  if (live === true) query = query.where('ended_at', 'is', null);
  if (period !== undefined) {
    query = query
      .where('started_at', '<=', period.until)
      .where((e) => e.or([e('ended_at', 'is', null), e('ended_at', '>', period.from)]));
  }
  if (cursor !== undefined) query = query.where('id', '<', cursor);
  return pageOf(db.all(query).map(fromRow), limit);
}

const BEGIN_OR_REWRITE: Build<MainSchema, LeaseValues> = (value, query) =>
  query
    .insertInto('leases')
    .values({
      group_id: value('groupId'),
      rule_id: value('ruleId'),
      name: value('name'),
      address: value('address'),
      cause: value('cause'),
      started_at: value('startedAt'),
      told_until: value('toldUntil'),
      until_at: value('until'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['group_id', 'name', 'address'])
        .where('ended_at', 'is', null)
        .doUpdateSet((e) => ({
          rule_id: e.ref('excluded.rule_id'),
          cause: e.ref('excluded.cause'),
          // After the clock was set back an interval begins when it would have by the clock as it is now.
          started_at: e.ref('excluded.started_at'),
          told_until: e.ref('excluded.told_until'),
          until_at: e.ref('excluded.until_at'),
        })),
    );

/** Most leases are written because they last longer: what no index knows of. */
const EXTEND: Build<MainSchema, LeaseValues> = (value, query) =>
  query
    .updateTable('leases')
    .set({ told_until: value('toldUntil'), until_at: value('until') })
    .where('group_id', '=', value('groupId'))
    .where('name', '=', value('name'))
    .where('address', '=', value('address'))
    .where('ended_at', 'is', null)
    .where('rule_id', 'is', value('ruleId'))
    .where('cause', '=', value('cause'))
    .where('started_at', '=', value('startedAt'));

const END: Build<MainSchema, EndValues> = (value, query) =>
  query
    .updateTable('leases')
    .set({ ended_at: value('endedAt'), end_cause: value('endCause') })
    .where('group_id', '=', value('groupId'))
    .where('name', '=', value('name'))
    .where('address', '=', value('address'))
    .where('ended_at', 'is', null);

type LeaseValues = {
  groupId: number;
  ruleId: number | null;
  name: string;
  address: string;
  cause: LeasesTable['cause'];
  startedAt: number;
  toldUntil: number;
  until: number;
};

type EndValues = {
  groupId: number;
  name: string;
  address: string;
  endedAt: number;
  endCause: LeaseEndCause;
};

/** A row as the rest of the house knows it. */
export function fromRow(row: Selectable<LeasesTable>): StoredLease {
  return {
    id: row.id,
    groupId: row.group_id,
    ruleId: row.rule_id ?? undefined,
    name: nameFromSql(row.name),
    address: addressFromSql(row.address),
    cause: row.cause,
    startedAt: row.started_at,
    toldUntil: row.told_until,
    until: row.until_at,
    endedAt: row.ended_at ?? undefined,
    endCause: row.end_cause ?? undefined,
  };
}
