/** Who changed what, when, and from where: append-only, each entry chained to the one before (audit-chain.ts). */
import type { ExpressionBuilder, Selectable } from 'kysely';
import { KnownError } from '../base/errors.ts';
import { type ChainedRow, type ChainVerdict, hashEntry, type Link, verifyChain } from './audit-chain.ts';
import type { MainDb } from './open.ts';
import type { AuditTable, MainSchema } from './schema.ts';
import type { Json } from './settings.ts';
import { LOWER_CASE } from './sqlite.ts';
import { type Page, pageOf } from './values.ts';

export interface AuditEntry {
  readonly id: number;
  readonly at: number;
  /** user:anna, token, cli, file, expiry, system */
  readonly actor: string;
  /** rule.allow, rule.end, group.mode, ... */
  readonly action: string;
  readonly subject: string;
  readonly before: Json | null;
  readonly after: Json | null;
  readonly note: string;
  /** Address of the client, or socket. */
  readonly origin: string;
  /** The entry that this one takes back. */
  readonly reverts: number | undefined;
}

export type NewAuditEntry = Pick<AuditEntry, 'at' | 'actor' | 'action' | 'subject'> &
  Partial<Pick<AuditEntry, 'before' | 'after' | 'note' | 'origin'>> & {
    readonly reverts?: number | undefined;
  };

/** Call it in the transaction of what it records, so that neither stands without the other. The number of the entry. */
export function appendAudit(db: MainDb, entry: NewAuditEntry): number {
  const { before = null, after = null, reverts } = entry;
  return db.transaction(() => {
    if (reverts !== undefined && revertsOf(db, [reverts]).has(reverts)) {
      throw new KnownError('not-revertible', `entry ${reverts} was taken back by somebody else just now`);
    }
    const last = lastLink(db);
    const row: ChainedRow = {
      id: last.id + 1,
      at: entry.at,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      before: before === null ? null : JSON.stringify(before),
      after: after === null ? null : JSON.stringify(after),
      note: entry.note ?? '',
      origin: entry.origin ?? '',
      reverts: reverts ?? null,
    };
    db.run(db.query.insertInto('audit').values({ ...row, hash: hashEntry(last.hash, row) }));
    return row.id;
  });
}

/** Gives entries from before the chain their place in it; done once, after the migration that began it. */
export function sealAudit(db: MainDb): void {
  db.transaction(() => {
    const open = db.all(db.query.selectFrom('audit').selectAll().where('hash', '=', '').orderBy('id'));
    if (open.length === 0) return;
    let { hash } = chainStart(db);
    for (const row of open) {
      hash = hashEntry(hash, row);
      db.run(db.query.updateTable('audit').set({ hash }).where('id', '=', row.id));
    }
  });
}

/** Reads the whole audit: for the query thread. */
export function verifyAudit(db: MainDb, noted?: Link): ChainVerdict {
  return db.snapshot(() =>
    verifyChain(chainStart(db), rowsByAge(db), { lastId: lastIdGiven(db), ...(noted ? { noted } : {}) }),
  );
}

/** Removes the oldest entries, at most `limit`, that were written before `before`; the chain begins behind them. */
export function pruneAudit(db: MainDb, before: number, limit: number): number {
  const keep = db.first(
    db.query
      .selectFrom('audit')
      .select((e) => e.fn.min('id').as('id'))
      .where('at', '>=', before),
  );
  const oldest = db.all(
    db.query
      .selectFrom('audit')
      .select(['id', 'hash'])
      // A clock that was wrong may have dated a later entry earlier: the chain is cut only at its beginning.
      .where('id', '<', keep?.id ?? Number.MAX_SAFE_INTEGER)
      .orderBy('id')
      .limit(limit),
  );
  const last = oldest.at(-1);
  if (last === undefined) return 0;
  return db.transaction(() => {
    db.run(db.query.updateTable('audit_start').set({ entry_id: last.id, hash: last.hash }));
    return db.run(db.query.deleteFrom('audit').where('id', '<=', last.id));
  });
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  /** rule.allow, or `rule` for all that begins with `rule.`. */
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  /** Anywhere in the subject or in the note, in letters of either size. */
  readonly text?: string | undefined;
  /** ms since 1970, both included. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly cursor?: number | undefined;
  readonly limit: number;
}

/** Newest first. */
export function listAudit(
  db: MainDb,
  { actor, action, subject, text, since, until, cursor, limit }: AuditFilter,
): Page<AuditEntry> {
  let query = db.query
    .selectFrom('audit')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (actor !== undefined) query = query.where('actor', '=', actor);
  if (action !== undefined)
    query = query.where((e) => e.or([e('action', '=', action), beginsWith(e, `${action}.`)]));
  if (subject !== undefined) query = query.where('subject', '=', subject);
  if (text !== undefined)
    query = query.where((e) => e.or([contains(e, 'subject', text), contains(e, 'note', text)]));
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<=', until);
  if (cursor !== undefined) query = query.where('id', '<', cursor);
  return pageOf(db.all(query).map(fromRow), limit);
}

/** Who acted and what was done, each once. */
export function auditWords(db: MainDb): { readonly actors: string[]; readonly actions: string[] } {
  const rows = db.all(db.query.selectFrom('audit').select(['actor', 'action']).distinct());
  const sorted = (words: readonly string[]) => [...new Set(words)].sort();
  return {
    actors: sorted(rows.map(({ actor }) => actor)),
    actions: sorted(rows.map(({ action }) => action)),
  };
}

/** Throws not-found. */
export function getAuditEntry(db: MainDb, id: number): AuditEntry {
  const row = db.first(db.query.selectFrom('audit').selectAll().where('id', '=', id));
  if (row === undefined) throw new KnownError('not-found', `audit entry ${id}`);
  return fromRow(row);
}

/** By which entries these were taken back. */
export function revertsOf(db: MainDb, ids: readonly number[]): ReadonlyMap<number, number> {
  const rows = db.all(db.query.selectFrom('audit').select(['id', 'reverts']).where('reverts', 'in', ids));
  return new Map(rows.flatMap(({ id, reverts }) => (reverts === null ? [] : [[reverts, id] as const])));
}

/** What was done to one subject by these actions, oldest first. */
export function auditOf(db: MainDb, subject: string, actions: readonly string[]): readonly AuditEntry[] {
  return db
    .all(
      db.query
        .selectFrom('audit')
        .selectAll()
        .where('subject', '=', subject)
        .where('action', 'in', actions)
        .orderBy('id'),
    )
    .map(fromRow);
}

/** Not LIKE: its wildcards stand in names too. */
function contains(e: ExpressionBuilder<MainSchema, 'audit'>, column: 'subject' | 'note', text: string) {
  return e(e.fn<number>('instr', [e.fn(LOWER_CASE, [column]), e.val(text.toLowerCase())]), '>', 0);
}

function beginsWith(e: ExpressionBuilder<MainSchema, 'audit'>, text: string) {
  return e(e.fn<number>('instr', ['action', e.val(text)]), '=', 1);
}

function lastLink(db: MainDb): Link {
  const last = db.first(db.query.selectFrom('audit').select(['id', 'hash']).orderBy('id', 'desc').limit(1));
  return last ?? chainStart(db);
}

function chainStart(db: MainDb): Link {
  const start = db.first(db.query.selectFrom('audit_start').select(['entry_id', 'hash']));
  if (start === undefined) throw new Error('The audit has lost its start');
  return { id: start.entry_id, hash: start.hash };
}

/** The highest number an entry was ever given, as SQLite keeps it for AUTOINCREMENT. */
function lastIdGiven(db: MainDb): number {
  const row = db.first(db.query.selectFrom('sqlite_sequence').select('seq').where('name', '=', 'audit'));
  return row?.seq ?? chainStart(db).id;
}

function* rowsByAge(db: MainDb): Generator<Selectable<AuditTable>> {
  for (let after = 0; ; ) {
    const rows = db.all(
      db.query.selectFrom('audit').selectAll().where('id', '>', after).orderBy('id').limit(READ_AT_ONCE),
    );
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

const READ_AT_ONCE = 1000;

function fromRow(row: Selectable<AuditTable>): AuditEntry {
  return {
    id: row.id,
    at: row.at,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    before: row.before === null ? null : (JSON.parse(row.before) as Json),
    after: row.after === null ? null : (JSON.parse(row.after) as Json),
    note: row.note,
    origin: row.origin,
    reverts: row.reverts ?? undefined,
  };
}
