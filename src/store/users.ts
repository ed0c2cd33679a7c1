/** People who may sign in. */
import type { Selectable } from 'kysely';
import { KnownError } from '../base/errors.ts';
import type { MainDb } from './open.ts';
import type { UsersTable } from './schema.ts';

export type Role = 'viewer' | 'approver' | 'admin';

export interface User {
  readonly id: number;
  readonly name: string;
  /** argon2id, as a PHC string. */
  readonly passwordHash: string;
  readonly role: Role;
  readonly createdAt: number;
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
  return row && fromRow(row);
}

export function countUsers(db: MainDb): number {
  return (
    db.first(db.query.selectFrom('users').select((e) => e.fn.countAll<number>().as('count')))?.count ?? 0
  );
}

export function listUsers(db: MainDb): readonly User[] {
  return db.all(db.query.selectFrom('users').selectAll().orderBy('name')).map(fromRow);
}

/** Also signs the user out everywhere: who changes a password often does so because another one knows it. */
export function setPassword(db: MainDb, userId: number, passwordHash: string): void {
  db.transaction(() => {
    db.run(db.query.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', userId));
    db.run(db.query.deleteFrom('sessions').where('user_id', '=', userId));
  });
}

export function setRole(db: MainDb, userId: number, role: Role): void {
  db.run(db.query.updateTable('users').set({ role }).where('id', '=', userId));
}

/** With the sessions, the second factor and the recovery codes. */
export function removeUser(db: MainDb, userId: number): void {
  db.run(db.query.deleteFrom('users').where('id', '=', userId));
}

export function countAdmins(db: MainDb): number {
  return (
    db.first(
      db.query
        .selectFrom('users')
        .select((e) => e.fn.countAll<number>().as('count'))
        .where('role', '=', 'admin'),
    )?.count ?? 0
  );
}

function fromRow(row: Selectable<UsersTable>): User {
  return {
    id: row.id,
    name: row.name,
    passwordHash: row.password_hash,
    role: row.role,
    createdAt: row.created_at,
  };
}
