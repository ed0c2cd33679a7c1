/** Where people are signed in. */
import type { Build } from './db.ts';
import type { MainDb } from './open.ts';
import type { MainSchema } from './schema.ts';
import { type User, userFromRow } from './users.ts';

export interface Session {
  /** SHA-256 of the cookie, hex: a stolen database signs nobody in. */
  readonly tokenHash: string;
  readonly user: User;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly fromAddress: string;
  /** What the browser called itself when it signed in; hostile text. */
  readonly userAgent: string;
}

export interface NewSession {
  readonly tokenHash: string;
  readonly userId: number;
  readonly at: number;
  readonly fromAddress: string;
  readonly userAgent: string;
}

export function addSession(db: MainDb, session: NewSession): void {
  db.run(
    db.query.insertInto('sessions').values({
      token_hash: session.tokenHash,
      user_id: session.userId,
      created_at: session.at,
      last_seen_at: session.at,
      from_address: session.fromAddress,
      user_agent: session.userAgent,
    }),
  );
}

export function findSession(db: MainDb, tokenHash: string): Session | undefined {
  const row = db.prepare(SESSION_BY_HASH).first({ tokenHash });
  return row && fromRow(row);
}

const SESSION_BY_HASH: Build<MainSchema, { tokenHash: string }, Row> = (value, query) =>
  selectSessions(query).where('s.token_hash', '=', value('tokenHash'));

/** Newest use first; of one user, or of everybody. */
export function listSessions(db: MainDb, userId?: number): readonly Session[] {
  const all = selectSessions(db.query).orderBy('s.last_seen_at', 'desc');
  return db.all(userId === undefined ? all : all.where('u.id', '=', userId)).map(fromRow);
}

/** Whether this user has a session that was opened from there, alive or not. */
export function wasSignedInFrom(db: MainDb, userId: number, fromAddress: string): boolean {
  const row = db.first(
    db.query
      .selectFrom('sessions')
      .select('user_id')
      .where('user_id', '=', userId)
      .where('from_address', '=', fromAddress)
      .limit(1),
  );
  return row !== undefined;
}

export function touchSession(db: MainDb, tokenHash: string, at: number): void {
  db.run(db.query.updateTable('sessions').set({ last_seen_at: at }).where('token_hash', '=', tokenHash));
}

export function endSession(db: MainDb, tokenHash: string): void {
  db.run(db.query.deleteFrom('sessions').where('token_hash', '=', tokenHash));
}

/** Ends what was begun before; returns how many. */
export function endOldSessions(db: MainDb, createdBefore: number): number {
  return db.run(db.query.deleteFrom('sessions').where('created_at', '<', createdBefore));
}

function selectSessions(query: MainDb['query']) {
  return query
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .select(['s.token_hash', 's.created_at as signed_in_at', 's.last_seen_at', 's.from_address'])
    .select(['s.user_agent', 'u.id', 'u.name', 'u.password_hash', 'u.role', 'u.created_at'])
    .select(['u.issuer', 'u.subject', 'u.disabled_at']);
}

type Row = NonNullable<Awaited<ReturnType<ReturnType<typeof selectSessions>['executeTakeFirst']>>>;

function fromRow(row: Row): Session {
  return {
    tokenHash: row.token_hash,
    user: userFromRow(row),
    createdAt: row.signed_in_at,
    lastSeenAt: row.last_seen_at,
    fromAddress: row.from_address,
    userAgent: row.user_agent,
  };
}
