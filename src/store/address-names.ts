/** What was seen at an address, and what each rule had open: read for the risk of sharing an address. */
import { sql } from 'kysely';
import type { IpAddress } from '../base/ip-address.ts';
import type { MainDb } from './open.ts';
import { addressFromSql, splitList } from './values.ts';

export interface SeenAtAddress {
  /** Every name that led to it, as text; of its newest thousand answers and leases. */
  readonly names: readonly string[];
  /** CNAMEs of its newest answer. */
  readonly chain: readonly string[];
  /** Names it is open for; where it is not open, the one it was open for last. */
  readonly own: readonly string[];
}

export function seenAtAddress(db: MainDb, address: IpAddress, now: number): SeenAtAddress {
  const answers = db.all(
    db.query
      .selectFrom('sightings')
      .select(['name', 'chain'])
      .where('address', '=', address)
      .orderBy('at', 'desc')
      .limit(LOOKED_AT),
  );
  const leases = db.all(
    db.query
      .selectFrom('leases')
      .select(['name', 'ended_at', 'until_at'])
      .where('address', '=', address)
      // What an alias held before us is open for no name.
      .where('cause', '<>', 'adopted')
      .orderBy('started_at', 'desc')
      .limit(LOOKED_AT),
  );
  const open = leases.filter((lease) => lease.ended_at === null && lease.until_at > now);
  return {
    names: [...new Set([...answers, ...leases].map(({ name }) => name))],
    chain: splitList(answers[0]?.chain ?? '', ' '),
    own: [...new Set((open.length > 0 ? open : leases.slice(0, 1)).map(({ name }) => name))],
  };
}

export interface AddressOfRule {
  readonly groupId: number;
  /** Absent: learning or a pause opened it. */
  readonly ruleId: number | undefined;
  readonly address: IpAddress;
  /** ms since 1970: when the rule had it open first, of 13 months. */
  readonly firstAt: number;
  readonly open: boolean;
}

/** Each address a rule had open, the newest first. */
export function addressesOfRules(
  db: MainDb,
  { now, groupId, ruleId }: { readonly now: number; readonly groupId?: number; readonly ruleId?: number },
): readonly AddressOfRule[] {
  let query = db.query
    .selectFrom('leases')
    .select(['group_id', 'rule_id', 'address'])
    .select((e) => [
      e.fn.min('started_at').as('first_at'),
      sql<number>`max(ended_at IS NULL AND until_at > ${now})`.as('open'),
    ])
    .where('cause', '<>', 'adopted')
    .groupBy(['group_id', 'rule_id', 'address'])
    .orderBy('first_at', 'desc');
  if (groupId !== undefined) query = query.where('group_id', '=', groupId);
  if (ruleId !== undefined) query = query.where('rule_id', '=', ruleId);
  return db.all(query).map((row) => ({
    groupId: row.group_id,
    ruleId: row.rule_id ?? undefined,
    address: addressFromSql(row.address),
    firstAt: row.first_at,
    open: row.open === 1,
  }));
}

/** Rows; an address that is asked for every minute has a thousand in a day, and the same names in each. */
const LOOKED_AT = 1000;
