/** People who may sign in. */
import type { Selectable } from 'kysely';
import { KnownError } from '../base/errors.ts';
import type { Build, NoValues } from './db.ts';
import type { MainDb } from './open.ts';
import type { MainSchema, UsersTable } from './schema.ts';

export type Role = 'viewer' | 'approver' | 'admin';

export interface User {
  readonly id: number;
  readonly name: string;
  /** argon2id, as a PHC string; absent where a provider vouches for the user. */
  readonly passwordHash?: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly provider?: Subject;
  /** May not sign in, whoever vouches. */
  readonly disabled: boolean;
}

/** Whom an OpenID provider means (OpenID Connect Core section 5.7: nothing else is stable and unique). */
export interface Subject {
  readonly issuer: string;
  readonly subject: string;
}

export type NewUser = Omit<User, 'id' | 'disabled'>;

/** Throws name-taken. */
export function addUser(db: MainDb, user: NewUser): User {
  return db.transaction(() => {
    if (findUser(db, user.name) !== undefined) throw new KnownError('name-taken', `user ${user.name}`);
    const row = db.first(
      db.query
        .insertInto('users')
        .values({
          name: user.name,
          password_hash: user.passwordHash ?? '',
          role: user.role,
          created_at: user.createdAt,
          issuer: user.provider?.issuer ?? null,
          subject: user.provider?.subject ?? null,
        })
        .returning('id'),
    );
    if (row === undefined) throw new Error(`user ${user.name} was not written`);
    return { id: row.id, ...user, disabled: false };
  });
}

export function findUser(db: MainDb, name: string): User | undefined {
  const row = db.prepare(USER_BY_NAME).first({ name });
  return row && userFromRow(row);
}

const USER_BY_NAME: Build<MainSchema, { name: string }, UserRow> = (value, query) =>
  query.selectFrom('users').selectAll().where('name', '=', value('name'));

export function findUserBySubject(db: MainDb, { issuer, subject }: Subject): User | undefined {
  const row = db.first(
    db.query.selectFrom('users').selectAll().where('issuer', '=', issuer).where('subject', '=', subject),
  );
  return row && userFromRow(row);
}

export function countUsers(db: MainDb): number {
  return (
    db.first(db.query.selectFrom('users').select((e) => e.fn.countAll<number>().as('count')))?.count ?? 0
  );
}

export function listUsers(db: MainDb): readonly User[] {
  return db.all(db.query.selectFrom('users').selectAll().orderBy('name')).map(userFromRow);
}

/** Also signs the user out everywhere: who changes a password often does so because another one knows it. */
export function setPassword(db: MainDb, userId: number, passwordHash: string): void {
  db.transaction(() => {
    db.run(db.query.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', userId));
    endSessionsOf(db, userId);
  });
}

export function setRole(db: MainDb, userId: number, role: Role): void {
  db.run(db.query.updateTable('users').set({ role }).where('id', '=', userId));
}

/** Disabling also signs the user out everywhere. */
export function setDisabled(db: MainDb, userId: number, disabledAt: number | undefined): void {
  db.transaction(() => {
    db.run(
      db.query
        .updateTable('users')
        .set({ disabled_at: disabledAt ?? null })
        .where('id', '=', userId),
    );
    if (disabledAt !== undefined) endSessionsOf(db, userId);
  });
}

export function endSessionsOf(db: MainDb, userId: number): void {
  db.run(db.query.deleteFrom('sessions').where('user_id', '=', userId));
}

/** With the sessions, the second factor and the recovery codes. */
export function removeUser(db: MainDb, userId: number): void {
  db.run(db.query.deleteFrom('users').where('id', '=', userId));
}

/** Those who may sign in. */
export function countAdmins(db: MainDb): number {
  return db.prepare(COUNT_ADMINS).first({})?.count ?? 0;
}

const COUNT_ADMINS: Build<MainSchema, NoValues, { readonly count: number }> = (_, query) =>
  query
    .selectFrom('users')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null);

/** The columns of a user as they stand in `users`, also beside those of another table. */
export type UserRow = Pick<
  Selectable<UsersTable>,
  'id' | 'name' | 'password_hash' | 'role' | 'created_at' | 'issuer' | 'subject' | 'disabled_at'
>;

export function userFromRow(row: UserRow): User {
  const { issuer, subject } = row;
  return {
    id: row.id,
    name: row.name,
    ...(row.password_hash === '' ? {} : { passwordHash: row.password_hash }),
    role: row.role,
    createdAt: row.created_at,
    ...(issuer === null || subject === null ? {} : { provider: { issuer, subject } }),
    disabled: row.disabled_at !== null,
  };
}
