/** People who may sign in, and where they are signed in. */
import { KnownError } from '../base/errors.ts';
import type { MainDb } from './open.ts';

export type Role = 'viewer' | 'approver' | 'admin';

export interface User {
  readonly id: number;
  readonly name: string;
  /** argon2id, as a PHC string. */
  readonly passwordHash: string;
  readonly role: Role;
  readonly createdAt: number;
}

export interface Session {
  /** SHA-256 of the cookie, hex: a stolen database signs nobody in. */
  readonly tokenHash: string;
  readonly user: User;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly fromAddress: string;
}

export type NewUser = Omit<User, 'id'>;

/** Throws name-taken. */
export function addUser(db: MainDb, user: NewUser): User {
  return db.transaction(() => {
    if (findUser(db, user.name) !== undefined) throw new KnownError('name-taken', `user ${user.name}`);
    const row = db.first(
      db.query
        .insertInto('users')
        .values({
          name: user.name,
          password_hash: user.passwordHash,
          role: user.role,
          created_at: user.createdAt,
        })
        .returning('id'),
    );
    if (row === undefined) throw new Error(`user ${user.name} was not written`);
    return { id: row.id, ...user };
  });
}

export function findUser(db: MainDb, name: string): User | undefined {
  const row = db.first(db.query.selectFrom('users').selectAll().where('name', '=', name));
  return (
    row && {
      id: row.id,
      name: row.name,
      passwordHash: row.password_hash,
      role: row.role,
      createdAt: row.created_at,
    }
  );
}

export function countUsers(db: MainDb): number {
  return (
    db.first(db.query.selectFrom('users').select((e) => e.fn.countAll<number>().as('count')))?.count ?? 0
  );
}

/** Also signs the user out everywhere: who changes a password often does so because another one knows it. */
export function setPassword(db: MainDb, userId: number, passwordHash: string): void {
  db.transaction(() => {
    db.run(db.query.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', userId));
    db.run(db.query.deleteFrom('sessions').where('user_id', '=', userId));
  });
}

export interface NewSession {
  readonly tokenHash: string;
  readonly userId: number;
  readonly at: number;
  readonly fromAddress: string;
}

export function addSession(db: MainDb, session: NewSession): void {
  db.run(
    db.query.insertInto('sessions').values({
      token_hash: session.tokenHash,
      user_id: session.userId,
      created_at: session.at,
      last_seen_at: session.at,
      from_address: session.fromAddress,
    }),
  );
}

export function findSession(db: MainDb, tokenHash: string): Session | undefined {
  const row = db.first(
    db.query
      .selectFrom('sessions as s')
      .innerJoin('users as u', 'u.id', 's.user_id')
      .select(['s.token_hash', 's.created_at as signed_in_at', 's.last_seen_at', 's.from_address'])
      .select(['u.id', 'u.name', 'u.password_hash', 'u.role', 'u.created_at'])
      .where('s.token_hash', '=', tokenHash),
  );
  return (
    row && {
      tokenHash: row.token_hash,
      user: {
        id: row.id,
        name: row.name,
        passwordHash: row.password_hash,
        role: row.role,
        createdAt: row.created_at,
      },
      createdAt: row.signed_in_at,
      lastSeenAt: row.last_seen_at,
      fromAddress: row.from_address,
    }
  );
}

export function touchSession(db: MainDb, tokenHash: string, at: number): void {
  db.run(db.query.updateTable('sessions').set({ last_seen_at: at }).where('token_hash', '=', tokenHash));
}

export function endSession(db: MainDb, tokenHash: string): void {
  db.run(db.query.deleteFrom('sessions').where('token_hash', '=', tokenHash));
}

/** Ends what was not used since `lastSeenBefore` or was begun before `createdBefore`; returns how many. */
export function endOldSessions(
  db: MainDb,
  { lastSeenBefore, createdBefore }: { readonly lastSeenBefore: number; readonly createdBefore: number },
): number {
  return db.run(
    db.query
      .deleteFrom('sessions')
      .where((e) => e.or([e('last_seen_at', '<', lastSeenBefore), e('created_at', '<', createdBefore)])),
  );
}
