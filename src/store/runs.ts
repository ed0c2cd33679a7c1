/** Sync runs that changed, held or failed something, with each address they touched. */
import { type Selectable, sql } from 'kysely';
import { KnownError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Build } from './db.ts';
import type { MainDb } from './open.ts';
import type { MainSchema, SyncRunsTable } from './schema.ts';
import { addressFromSql, fromFlag, type Page, pageOf, toFlag } from './values.ts';

export interface SyncRun {
  readonly id: number;
  readonly firewallId: number;
  readonly trigger: SyncRunsTable['trigger'];
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: SyncRunsTable['outcome'];
  readonly detail: string;
  /** How many addresses were wanted, and how many were there before. */
  readonly desired: number;
  readonly current: number;
}

export interface SyncChange {
  readonly address: IpAddress;
  readonly change: 'add' | 'renew' | 'remove';
  readonly cause: string;
  /** Seen in the read-back. */
  readonly confirmed: boolean;
}

export interface ChangeOfRun extends SyncChange {
  readonly run: SyncRun;
}

/** When runs of a firewall ended that wrote something, after `since`, oldest first. */
export function runsThatWrote(db: MainDb, firewallId: number, since: number): readonly number[] {
  const query = db.query
    .selectFrom('sync_runs')
    .select('finished_at')
    .where('firewall_id', '=', firewallId)
    .where('finished_at', '>', since)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('sync_changes').select('run_id').whereRef('run_id', '=', 'sync_runs.id')),
    )
    .orderBy('finished_at');
  return db.all(query).map((row) => row.finished_at);
}

/** The run and its changes, or nothing. */
export function recordRun(db: MainDb, run: Omit<SyncRun, 'id'>, changes: readonly SyncChange[]): SyncRun {
  return db.transaction(() => {
    const { firewallId, trigger, startedAt, finishedAt, outcome, detail, desired, current } = run;
    const id = db
      .prepare(INSERT_RUN)
      .insert({ firewallId, trigger, startedAt, finishedAt, outcome, detail, desired, current });
    const insert = db.prepare(INSERT_CHANGE);
    for (const { address, change, cause, confirmed } of changes) {
      insert.run({ runId: id, address, change, cause, confirmed: toFlag(confirmed) });
    }
    return { id, ...run };
  });
}

/** Newest first. */
export function listRuns(
  db: MainDb,
  {
    firewallId,
    cursor,
    limit,
  }: { readonly firewallId?: number; readonly cursor?: number; readonly limit: number },
): Page<SyncRun> {
  let query = db.query
    .selectFrom('sync_runs')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (firewallId !== undefined) query = query.where('firewall_id', '=', firewallId);
  if (cursor !== undefined) query = query.where('id', '<', cursor);
  return pageOf(db.all(query).map(fromRow), limit);
}

/** Throws not-found. */
export function getRun(
  db: MainDb,
  id: number,
): { readonly run: SyncRun; readonly changes: readonly SyncChange[] } {
  const row = db.first(db.query.selectFrom('sync_runs').selectAll().where('id', '=', id));
  if (row === undefined) throw new KnownError('not-found', `sync run ${id}`);
  return { run: fromRow(row), changes: changesOfRun(db, id) };
}

export interface RunSum {
  readonly added: number;
  readonly renewed: number;
  readonly removed: number;
  /** The first of them, by address. */
  readonly changes: SyncChange[];
}

/** What some runs did, each with the first `most` of its changes. */
export function sumUpRuns(db: MainDb, ids: readonly number[], most: number): ReadonlyMap<number, RunSum> {
  const asked = JSON.stringify(ids);
  const counts = db.all(
    db.query
      .selectFrom('sync_changes')
      .select(['run_id', 'change'])
      .select((e) => e.fn.countAll<number>().as('n'))
      .where('run_id', 'in', sql<number>`(SELECT value FROM json_each(${asked}))`)
      .groupBy(['run_id', 'change']),
  );
  const byRun = Map.groupBy(counts, (row) => row.run_id);
  return new Map(
    [...byRun].map(([id, rows]) => {
      const of = (change: SyncChange['change']) => rows.find((row) => row.change === change)?.n ?? 0;
      const changes = changesOfRun(db, id, most);
      return [id, { added: of('add'), renewed: of('renew'), removed: of('remove'), changes }];
    }),
  );
}

function changesOfRun(db: MainDb, id: number, most?: number): SyncChange[] {
  let query = db.query.selectFrom('sync_changes').selectAll().where('run_id', '=', id).orderBy('address');
  if (most !== undefined) query = query.limit(most);
  return db.all(query).map((c) => ({
    address: addressFromSql(c.address),
    change: c.change,
    cause: c.cause,
    confirmed: fromFlag(c.confirmed),
  }));
}

/** The first run that had finished at a moment or after it; undefined: none has. */
export function firstRunSince(db: MainDb, at: number): number | undefined {
  return db.first(
    db.query
      .selectFrom('sync_runs')
      .select('id')
      .where('finished_at', '>=', at)
      .orderBy('finished_at')
      .limit(1),
  )?.id;
}

export interface ChangeSearch {
  readonly address: IpAddress;
  /** Left out: of every firewall. */
  readonly firewallIds?: readonly number[] | undefined;
  /** Run ids: from, and up to but not including. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly newestFirst: boolean;
  readonly limit: number;
}

/** What some runs did to one address. */
export function changesOf(db: MainDb, search: ChangeSearch): readonly ChangeOfRun[] {
  const { address, firewallIds, from, to, newestFirst, limit } = search;
  let query = db.query
    .selectFrom('sync_changes as c')
    .innerJoin('sync_runs as r', 'r.id', 'c.run_id')
    .selectAll('r')
    .select(['c.change', 'c.cause', 'c.confirmed'])
    .where('c.address', '=', address)
    .orderBy('c.run_id', newestFirst ? 'desc' : 'asc')
    .limit(limit);
  if (firewallIds !== undefined) query = query.where('r.firewall_id', 'in', firewallIds);
  if (from !== undefined) query = query.where('c.run_id', '>=', from);
  if (to !== undefined) query = query.where('c.run_id', '<', to);
  return db.all(query).map((row) => ({
    address,
    change: row.change,
    cause: row.cause,
    confirmed: fromFlag(row.confirmed),
    run: fromRow(row),
  }));
}

const INSERT_RUN: Build<MainSchema, RunValues> = (value, query) =>
  query.insertInto('sync_runs').values({
    firewall_id: value('firewallId'),
    trigger: value('trigger'),
    started_at: value('startedAt'),
    finished_at: value('finishedAt'),
    outcome: value('outcome'),
    detail: value('detail'),
    desired: value('desired'),
    current: value('current'),
  });

type RunValues = {
  firewallId: number;
  trigger: SyncRun['trigger'];
  startedAt: number;
  finishedAt: number;
  outcome: SyncRun['outcome'];
  detail: string;
  desired: number;
  current: number;
};

const INSERT_CHANGE: Build<MainSchema, ChangeValues> = (value, query) =>
  query.insertInto('sync_changes').values({
    run_id: value('runId'),
    address: value('address'),
    change: value('change'),
    cause: value('cause'),
    confirmed: value('confirmed'),
  });

type ChangeValues = {
  runId: number;
  address: string;
  change: SyncChange['change'];
  cause: string;
  confirmed: 0 | 1;
};

function fromRow(row: Selectable<SyncRunsTable>): SyncRun {
  return {
    id: row.id,
    firewallId: row.firewall_id,
    trigger: row.trigger,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcome: row.outcome,
    detail: row.detail,
    desired: row.desired,
    current: row.current,
  };
}
