/** Sightings: each address an upstream gave for a name, with its TTL. */
import type { Selectable } from 'kysely';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Build } from './db.ts';
import type { MainDb } from './open.ts';
import type { MainSchema, SightingsTable } from './schema.ts';
import { addressFromSql, nameFromSql, nameToSql, type Page, pageOf, splitList } from './values.ts';

export interface Sighting {
  readonly id: number;
  readonly at: number;
  readonly groupId: number;
  /** Absent in learn mode and while paused. */
  readonly ruleId: number | undefined;
  readonly name: DomainName;
  readonly address: IpAddress;
  /** Seconds, as the upstream gave it. */
  readonly ttlS: number;
  /** CNAMEs from the name to the address, in order. */
  readonly chain: readonly DomainName[];
  readonly upstream: string;
}

/** What one answer said: a sighting for each of its records. */
export interface SightedAnswer extends Omit<Sighting, 'id' | 'address' | 'ttlS'> {
  readonly records: readonly Pick<Sighting, 'address' | 'ttlS'>[];
}

export function addSightings(db: MainDb, answers: readonly SightedAnswer[]): void {
  db.transaction(() => {
    const insert = db.prepare(INSERT);
    for (const { at, groupId, ruleId, name, chain, upstream, records } of answers) {
      const common = {
        at,
        groupId,
        ruleId: ruleId ?? null,
        name: nameToSql(name),
        chain: chain.map(nameToSql).join(' '),
        upstream,
      };
      for (const { address, ttlS } of records) insert.run({ ...common, address, ttl: ttlS });
    }
  });
}

export interface SightingFilter {
  readonly name?: DomainName;
  readonly address?: IpAddress;
  readonly groupId?: number;
  readonly since?: number;
  readonly cursor?: number;
  readonly limit: number;
}

/** Newest first. */
export function listSightings(db: MainDb, filter: SightingFilter): Page<Sighting> {
  const { name, address, groupId, since, cursor, limit } = filter;
  let query = db.query
    .selectFrom('sightings')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (name !== undefined) query = query.where('name', '=', nameToSql(name));
  if (address !== undefined) query = query.where('address', '=', address);
  if (groupId !== undefined) query = query.where('group_id', '=', groupId);
  if (since !== undefined) query = query.where('at', '>=', since);
  if (cursor !== undefined) query = query.where('id', '<', cursor);
  return pageOf(db.all(query).map(fromRow), limit);
}

/** Each address that the group's answers gave and whose ttl has not run out, once for each name; those of the longest term first. */
export function sightedInForce(
  db: MainDb,
  {
    groupId,
    now,
    limit,
    from = 0,
    until = now,
    without = [],
  }: {
    readonly groupId: number;
    readonly now: number;
    readonly limit: number;
    /** Of answers between these. */
    readonly from?: number;
    readonly until?: number;
    /** But none that no rule allowed between these. */
    readonly without?: readonly { readonly from: number; readonly until: number }[];
  },
): readonly { readonly name: DomainName; readonly address: IpAddress; readonly goodUntil: number }[] {
  const query = db.query
    .selectFrom('sightings')
    .select(['name', 'address'])
    .select((e) => e.fn.max<number>(e('at', '+', e('ttl', '*', 1000))).as('good_until'))
    .where('group_id', '=', groupId)
    .where('at', '>', Math.max(now - LONGEST_TTL_MS, from - CLOCKS_APART_MS))
    .where('at', '<=', until)
    .where((e) => e(e('at', '+', e('ttl', '*', 1000)), '>', now))
    .where((e) =>
      e.and(
        // The workers hear of it a little later, and what they told until then is none of it.
        without.map((span) =>
          e.or([
            e('rule_id', 'is not', null),
            e('at', '<=', span.from + CLOCKS_APART_MS),
            e('at', '>', span.until),
          ]),
        ),
      ),
    )
    .groupBy(['name', 'address'])
    .orderBy('good_until', 'desc')
    .limit(limit);
  return db.all(query).map((row) => ({
    name: nameFromSql(row.name),
    address: addressFromSql(row.address),
    goodUntil: Math.min(row.good_until, now + LONGEST_TTL_MS),
  }));
}

/** Nothing is told for longer than a day. */
const LONGEST_TTL_MS = 24 * 3_600_000;

/** The answer that a lease which began at `at` came from; undefined: it is older than what is kept. */
export function answerBefore(
  db: MainDb,
  { groupId, name, address, at }: Pick<Sighting, 'groupId' | 'name' | 'address' | 'at'>,
): Sighting | undefined {
  const row = db.first(
    db.query
      .selectFrom('sightings')
      .selectAll()
      .where('address', '=', address)
      .where('at', '>', at - LEASE_FOLLOWS_MS)
      .where('at', '<=', at + CLOCKS_APART_MS)
      .where('name', '=', nameToSql(name))
      .where('group_id', '=', groupId)
      .orderBy('at', 'desc')
      .limit(1),
  );
  return row && fromRow(row);
}

/** Milliseconds: a lease is written when its answer came, or when one from the cache needed it. */
const LEASE_FOLLOWS_MS = 3_600_000;
/** Milliseconds by which two threads may write down the same moment differently. */
const CLOCKS_APART_MS = 1000;

const INSERT: Build<MainSchema, SightingValues> = (value, query) =>
  query.insertInto('sightings').values({
    at: value('at'),
    group_id: value('groupId'),
    rule_id: value('ruleId'),
    name: value('name'),
    address: value('address'),
    ttl: value('ttl'),
    chain: value('chain'),
    upstream: value('upstream'),
  });

type SightingValues = {
  at: number;
  groupId: number;
  ruleId: number | null;
  name: string;
  address: string;
  ttl: number;
  chain: string;
  upstream: string;
};

function fromRow(row: Selectable<SightingsTable>): Sighting {
  return {
    id: row.id,
    at: row.at,
    groupId: row.group_id,
    ruleId: row.rule_id ?? undefined,
    name: nameFromSql(row.name),
    address: addressFromSql(row.address),
    ttlS: row.ttl,
    chain: splitList(row.chain, ' ').map(nameFromSql),
    upstream: row.upstream,
  };
}
