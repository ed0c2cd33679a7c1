/** Keys for scripts: stateless, and kept only as hashes. */
import type { Selectable } from 'kysely';
import { KnownError } from '../base/errors.ts';
import type { Build } from './db.ts';
import type { MainDb } from './open.ts';
import type { ApiTokensTable, MainSchema } from './schema.ts';
import type { Role } from './users.ts';

export interface ApiToken {
  readonly id: number;
  readonly name: string;
  /** Its first characters. */
  readonly prefix: string;
  readonly role: Role;
  readonly createdAt: number;
  /** Who answers for it. */
  readonly createdBy: string;
  readonly expiresAt?: number;
  readonly usedAt?: number;
  readonly usedFrom?: string;
}

export type NewApiToken = Omit<ApiToken, 'id' | 'usedAt' | 'usedFrom'> & {
  /** SHA-256, hex. */
  readonly tokenHash: string;
};

/** Throws name-taken. */
export function addApiToken(db: MainDb, token: NewApiToken): ApiToken {
  return db.transaction(() => {
    const { tokenHash, ...rest } = token;
    const same = db.query.selectFrom('api_tokens').select('id').where('name', '=', token.name);
    if (db.first(same) !== undefined) throw new KnownError('name-taken', `API token ${token.name}`);
    const row = db.first(
      db.query
        .insertInto('api_tokens')
        .values({
          name: token.name,
          prefix: token.prefix,
          token_hash: tokenHash,
          role: token.role,
          created_at: token.createdAt,
          created_by: token.createdBy,
          expires_at: token.expiresAt ?? null,
        })
        .returning('id'),
    );
    if (row === undefined) throw new Error(`API token ${token.name} was not written`);
    return { id: row.id, ...rest };
  });
}

/** Also one that has expired: what it is worth, the reader decides. */
export function findApiToken(db: MainDb, tokenHash: string): ApiToken | undefined {
  const row = db.prepare(TOKEN_BY_HASH).first({ tokenHash });
  return row && fromRow(row);
}

const TOKEN_BY_HASH: Build<MainSchema, { tokenHash: string }, Selectable<ApiTokensTable>> = (value, query) =>
  query.selectFrom('api_tokens').selectAll().where('token_hash', '=', value('tokenHash'));

export function findApiTokenByName(db: MainDb, name: string): ApiToken | undefined {
  const row = db.first(db.query.selectFrom('api_tokens').selectAll().where('name', '=', name));
  return row && fromRow(row);
}

export function listApiTokens(db: MainDb): readonly ApiToken[] {
  return db.all(db.query.selectFrom('api_tokens').selectAll().orderBy('name')).map(fromRow);
}

export function touchApiToken(db: MainDb, id: number, at: number, from: string): void {
  db.run(db.query.updateTable('api_tokens').set({ used_at: at, used_from: from }).where('id', '=', id));
}

/** Returns what was removed, for the audit. Throws not-found. */
export function removeApiToken(db: MainDb, id: number): ApiToken {
  const row = db.first(db.query.deleteFrom('api_tokens').where('id', '=', id).returningAll());
  if (row === undefined) throw new KnownError('not-found', `API token ${id}`);
  return fromRow(row);
}

function fromRow(row: Selectable<ApiTokensTable>): ApiToken {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    role: row.role,
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.used_at === null ? {} : { usedAt: row.used_at }),
    ...(row.used_from === null ? {} : { usedFrom: row.used_from }),
  };
}
