/** Who changed what, when, and from where. */
import type { Selectable } from 'kysely';
import type { MainDb } from './open.ts';
import type { AuditTable } from './schema.ts';
import type { Json } from './settings.ts';
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
}

export type NewAuditEntry = Pick<AuditEntry, 'at' | 'actor' | 'action' | 'subject'> &
  Partial<Pick<AuditEntry, 'before' | 'after' | 'note' | 'origin'>>;

/** Call it in the transaction of what it records, so that neither stands without the other. */
export function appendAudit(db: MainDb, entry: NewAuditEntry): void {
  const { before = null, after = null } = entry;
  db.run(
    db.query.insertInto('audit').values({
      at: entry.at,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      before: before === null ? null : JSON.stringify(before),
      after: after === null ? null : JSON.stringify(after),
      note: entry.note ?? '',
      origin: entry.origin ?? '',
    }),
  );
}

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly cursor?: number;
  readonly limit: number;
}

/** Newest first. */
export function listAudit(
  db: MainDb,
  { actor, action, subject, cursor, limit }: AuditFilter,
): Page<AuditEntry> {
  let query = db.query
    .selectFrom('audit')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (actor !== undefined) query = query.where('actor', '=', actor);
  if (action !== undefined) query = query.where('action', '=', action);
  if (subject !== undefined) query = query.where('subject', '=', subject);
  if (cursor !== undefined) query = query.where('id', '<', cursor);
  return pageOf(db.all(query).map(fromRow), limit);
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
  };
}
