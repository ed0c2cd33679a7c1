import type { Database } from './sqlite.ts';
import { explaining } from './sqlite-failure.ts';

/** An open database file and statements written by hand: for a thread that has a handful of them, and is spared the query builder. */
export interface SqlFile {
  /** With @names for the values. */
  prepare<Values extends object, Row = unknown>(sql: string): Prepared<Values, Row>;
  /** All or nothing; a transaction inside another one joins it. `fn` must not be async. */
  transaction<T>(fn: () => T): T;
  close(): void;
}

export interface Prepared<Values, Row> {
  /** Says how many rows it changed. */
  run(values: Values): number;
  first(values: Values): Row | undefined;
  all(values: Values): Row[];
  /** Of an INSERT that adds one row: says which id it has. SQLite makes a table in memory for a RETURNING each time. */
  insert(values: Values): number;
}

export function createSqlFile(file: Database, path: string): SqlFile {
  // Made once: a transaction of better-sqlite3 is four functions and their statements.
  const inTransaction = file.transaction((work: () => unknown) => work());
  const known = explaining(path);
  return {
    prepare: <Values extends object, Row>(sql: string): Prepared<Values, Row> => {
      const statement = known(() => file.prepare<[Values], Row>(sql));
      return {
        run: (values) => known(() => statement.run(values).changes),
        first: (values) => known(() => statement.get(values)),
        all: (values) => known(() => statement.all(values)),
        insert: (values) => known(() => Number(statement.run(values).lastInsertRowid)),
      };
    },
    transaction: <T>(fn: () => T) => known(() => inTransaction.immediate(fn) as T),
    close: () => file.close(),
  };
}
