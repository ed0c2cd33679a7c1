/**
 * One open database file, read and written synchronously.
 *
 *   kysely builds and types the query -> compile() -> better-sqlite3 runs it, prepared once per SQL text
 *
 * Synchronous on purpose: the control plane is the only writer, and a decision made of several statements
 * (look, decide, write) must not be interleaved with another one. It runs in a thread of its own, so a slow disk
 * delays no answer.
 */

import {
  type Compilable,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Prepared } from './sql-file.ts';
import type { Database as SqliteFile, Statement } from './sqlite.ts';
import { explaining } from './sqlite-failure.ts';

export type SqlValue = string | number | bigint | Uint8Array | null;

export interface Db<Schema> {
  /** Builds queries; it cannot run them. */
  readonly query: Kysely<Schema>;
  all<Row>(query: Compilable<Row>): Row[];
  first<Row>(query: Compilable<Row>): Row | undefined;
  /** Runs a statement without RETURNING; says how many rows it changed. */
  run(query: Compilable<unknown>): number;
  /**
   * For statements that run once per row of a batch or for each request: built and compiled once for each `build`, which costs
   * more than to run them, then only given values. One made anew for each call is built for each call: where calls are many,
   * `build` stands by itself in its file.
   */
  prepare<Values extends Record<string, SqlValue>, Row = unknown>(
    build: Build<Schema, Values, Row>,
  ): Prepared<Values, Row>;
  /** All or nothing; a transaction inside another one joins it. `fn` must not be async. */
  transaction<T>(fn: () => T): T;
  /** All that `fn` reads is of one moment, whoever writes meanwhile. `fn` must not be async. */
  snapshot<T>(fn: () => T): T;
  close(): void;
}

export type Build<Schema, Values, Row = unknown> = (
  value: <Key extends keyof Values>(key: Key) => Values[Key],
  query: Kysely<Schema>,
) => Compilable<Row>;

/** Of a statement that is given none. */
export type NoValues = Record<never, never>;

export function createDb<Schema>(file: SqliteFile, path: string): Db<Schema> {
  const query = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const statements = new LRUCache<string, Statement<unknown[], unknown>>({ max: MAX_STATEMENTS });
  const statement = (sql: string) => {
    let found = statements.get(sql);
    if (found === undefined) {
      found = file.prepare<unknown[], unknown>(sql);
      statements.set(sql, found);
    }
    return found;
  };
  const prepared = new WeakMap<object, Prepared<never, never>>();
  // Made once: a transaction of better-sqlite3 is four functions and their statements.
  const inTransaction = file.transaction((work: () => unknown) => work());
  const known = explaining(path);

  return {
    query,
    all: <Row>(q: Compilable<Row>) =>
      known(() => {
        const { sql, parameters } = q.compile();
        return statement(sql).all(...parameters) as Row[];
      }),
    first: <Row>(q: Compilable<Row>) =>
      known(() => {
        const { sql, parameters } = q.compile();
        return statement(sql).get(...parameters) as Row | undefined;
      }),
    run: (q) =>
      known(() => {
        const { sql, parameters } = q.compile();
        return statement(sql).run(...parameters).changes;
      }),
    prepare: (build) => {
      const found = prepared.get(build);
      if (found !== undefined) return found as never;
      const { sql, bind } = compile(build((key) => new Slot(String(key)) as never, query));
      // Kept as long as its build is, and not looked for by its text for each row.
      const compiled = known(() => statement(sql));
      const made: Prepared<Readonly<Record<string, SqlValue>>, unknown> = {
        run: (given) => known(() => compiled.run(...bind(given)).changes),
        first: (given) => known(() => compiled.get(...bind(given))),
        all: (given) => known(() => compiled.all(...bind(given))),
        insert: (given) => known(() => Number(compiled.run(...bind(given)).lastInsertRowid)),
      };
      prepared.set(build, made as never);
      return made as never;
    },
    transaction: <T>(fn: () => T) => known(() => inTransaction.immediate(fn) as T),
    snapshot: <T>(fn: () => T) => known(() => inTransaction.deferred(fn) as T),
    close: () => file.close(),
  };
}

/** The parameters of a statement, in their order. */
type Bind = (given: Readonly<Record<string, SqlValue>>) => readonly unknown[];

/** A statement whose places are filled with each use. */
function compile(query: Compilable<unknown>): { readonly sql: string; readonly bind: Bind } {
  const { sql, parameters } = query.compile();
  return { sql, bind: (given) => parameters.map((p) => (p instanceof Slot ? given[p.key] : p)) };
}

/** A place for a value in a statement that is compiled before its values are known. */
class Slot {
  readonly key: string;
  constructor(key: string) {
    this.key = key;
  }
}

/** Prepared statements kept; the house has some 150 texts, searches with optional filters a few dozen more. */
const MAX_STATEMENTS = 500;
