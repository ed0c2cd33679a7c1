/** Refusals as they come in: each makes or changes the row a person decides about, and counts for the day it was made on. */
import { sql } from 'kysely';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { typeName } from '../dns/wire/constants.ts';
import type { Build } from './db.ts';
import { countDenialDays } from './denial-days.ts';
import type { DenialState } from './denials.ts';
import type { MainDb } from './open.ts';
import type { MainSchema } from './schema.ts';
import { nameToSql, toFlag } from './values.ts';

/** Equal refusals of one client, counted by the data plane. */
export interface Refusals {
  readonly groupId: number;
  readonly name: DomainName;
  readonly qtype: number;
  readonly client: IpAddress;
  readonly reason: string;
  /** The rule that decided: a deny, or an allow that does not list the type. */
  readonly ruleId: number | undefined;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The catalog refuses it on purpose: nobody is asked. */
  readonly onPurpose?: boolean;
}

/**
 * Counts refusals, all in one transaction.
 *
 *   refused by a deny rule           -> decided: a person or a preset has said so
 *   refused on purpose by the catalog -> muted, unless a person brought it back
 *   anything else                    -> waiting, unless muted
 *   decided before, refused again    -> waiting again (the approval has ended), but not within a minute of the
 *                                       decision: those refusals were on their way when it was made
 */
export function recordDenials(db: MainDb, refusals: readonly Refusals[]): void {
  db.transaction(() => {
    const countMore = db.prepare(COUNT_MORE);
    const countFirst = db.prepare(COUNT_FIRST);
    const grown = new Set<number>();
    for (const r of refusals) {
      const name = nameToSql(r.name);
      const { groupId, reason, client, count, firstAt, lastAt } = r;
      const onPurpose = toFlag(r.onPurpose ?? false);
      const qtype = typeName(r.qtype);
      const row = {
        groupId,
        name,
        qtype,
        reason,
        ruleId: r.ruleId ?? null,
        client,
        count,
        firstAt,
        lastAt,
        onPurpose,
      };
      if (countMore.run(row) > 0) continue;
      countFirst.run(row);
      grown.add(groupId);
    }
    countDenialDays(db, refusals);
    for (const groupId of grown) dropLeastAsked(db, groupId);
  });
}

/** Of a name that was refused before: most are. */
const COUNT_MORE: Build<MainSchema, CountValues> = (value, query) =>
  query
    .updateTable('denials')
    .set({
      state: sql<DenialState>`CASE
          WHEN state = 'muted' THEN 'muted'
          WHEN ${value('reason')} = ${sql.lit(DENY_RULE)} THEN 'decided'
          WHEN state = 'decided' AND ${value('lastAt')} < coalesce(decided_at, 0) + ${sql.lit(ON_ITS_WAY_MS)} THEN 'decided'
          WHEN state = 'decided' AND decided_by IS NULL AND ${value('onPurpose')} = 1 THEN 'muted'
          ELSE 'waiting' END`,
      reason: value('reason'),
      rule_id: value('ruleId'),
      qtypes: sql<string>`CASE
          WHEN instr(',' || qtypes || ',', ',' || ${value('qtype')} || ',') > 0 THEN qtypes
          WHEN length(qtypes) > ${sql.lit(MAX_QTYPES_LENGTH)} THEN qtypes
          ELSE qtypes || ',' || ${value('qtype')} END`,
      last_client: value('client'),
      count: sql<number>`count + ${value('count')}`,
      last_at: sql<number>`max(last_at, ${value('lastAt')})`,
    })
    .where('group_id', '=', value('groupId'))
    .where('name', '=', value('name'));

const COUNT_FIRST: Build<MainSchema, CountValues> = (value, query) =>
  query.insertInto('denials').values({
    group_id: value('groupId'),
    name: value('name'),
    state: sql<DenialState>`CASE
        WHEN ${value('reason')} = ${sql.lit(DENY_RULE)} THEN 'decided'
        WHEN ${value('onPurpose')} = 1 THEN 'muted'
        ELSE 'waiting' END`,
    reason: value('reason'),
    rule_id: value('ruleId'),
    qtypes: value('qtype'),
    last_client: value('client'),
    count: value('count'),
    first_at: value('firstAt'),
    last_at: value('lastAt'),
  });

type CountValues = {
  groupId: number;
  name: string;
  qtype: string;
  reason: string;
  ruleId: number | null;
  client: string;
  count: number;
  firstAt: number;
  lastAt: number;
  onPurpose: 0 | 1;
};

/** The reason policy gives when a deny rule decided. */
const DENY_RULE = 'deny-rule';
/** Ms within which refusals still arrive that were made before the data plane knew of a decision. */
const ON_ITS_WAY_MS = 60_000;
/** Characters; a client that asks one name with every type there is fills no disk. */
const MAX_QTYPES_LENGTH = 120;
/** Names per group a person could still look through; above it, those asked least and longest ago make room. */
export const MAX_DENIALS_PER_GROUP = 10_000;

const COUNT_OF_GROUP: Build<MainSchema, { groupId: number }, { readonly count: number }> = (value, query) =>
  query
    .selectFrom('denials')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('group_id', '=', value('groupId'));

function dropLeastAsked(db: MainDb, groupId: number): void {
  const total = db.prepare(COUNT_OF_GROUP).first({ groupId });
  const tooMany = (total?.count ?? 0) - MAX_DENIALS_PER_GROUP;
  if (tooMany <= 0) return;
  db.run(
    db.query
      .deleteFrom('denials')
      .where('id', 'in', (e) =>
        e
          .selectFrom('denials')
          .select('id')
          .where('group_id', '=', groupId)
          .where('state', '=', 'waiting')
          .orderBy('count')
          .orderBy('last_at')
          .limit(tooMany),
      ),
  );
}
