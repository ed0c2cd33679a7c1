/** The main database in memory: it outlives the planes that use it, fills up, and may be where a plane crashes. */
import { fileURLToPath } from 'node:url';
import { KnownError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { createDb } from '../../src/store/db.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import type { MainDb } from '../../src/store/open.ts';
import type { MainSchema } from '../../src/store/schema.ts';
import { type Database, openSqlite } from '../../src/store/sqlite.ts';
import { Crash, type Life } from './life.ts';

export interface Disk {
  full: boolean;
  /** Since when it is, or was the last time. */
  fullSince: number;
  /** When it was last full. */
  fullUntil: number;
  /** The control plane crashes at this commit from now, before or after it; undefined: it does not. */
  crash: { commits: number; readonly when: 'before' | 'after' } | undefined;
  /** Told when the crash has come. */
  onCrash: () => void;
}

export interface DatabaseFile {
  readonly db: MainDb;
  readonly file: Database;
}

export function newDatabase(): DatabaseFile {
  const file = openSqlite(':memory:');
  file.pragma('synchronous = OFF');
  migrate(file, { name: 'main', dataDir: '', migrations: MIGRATIONS, appVersion: '0', log: silentLog() });
  return { file, db: createDb<MainSchema>(file, 'sallyport.db') };
}

const MIGRATIONS = readMigrations(fileURLToPath(new URL('../../migrations/main', import.meta.url)));

/** The database as one run of the control plane has it. */
export function databaseOf(db: MainDb, disk: Disk, life: Life): MainDb {
  let depth = 0;
  const alive = () => {
    if (!life.alive) throw new Crash('this plane is gone');
  };
  const crashNow = (when: 'before' | 'after'): boolean => {
    if (disk.crash === undefined || disk.crash.when !== when) return false;
    if (when === 'before') disk.crash.commits--;
    return disk.crash.commits <= 0;
  };
  const die = (): never => {
    disk.crash = undefined;
    life.end();
    disk.onCrash();
    throw new Crash('at a commit');
  };
  const write = <T>(work: () => T): T => {
    alive();
    if (depth > 0) return work();
    depth++;
    try {
      const result =
        disk.crash?.when === 'before'
          ? db.transaction(() => {
              const made = work();
              if (crashNow('before')) die();
              return made;
            })
          : work();
      if (disk.crash?.when === 'after') disk.crash.commits--;
      if (crashNow('after')) die();
      return result;
    } finally {
      depth--;
    }
  };
  /** A transaction that only reads needs no space. */
  const needsSpace = () => {
    if (disk.full)
      throw new KnownError('storage-full', 'No space left to write sallyport.db', { hint: 'Free space.' });
  };
  const needsSpaceFor = ({ sql }: { readonly sql: string }) => {
    if (!sql.startsWith('select')) needsSpace();
  };
  return {
    query: db.query,
    all(query) {
      alive();
      if (disk.full) needsSpaceFor(query.compile());
      return db.all(query);
    },
    first(query) {
      alive();
      if (disk.full) needsSpaceFor(query.compile());
      return db.first(query);
    },
    run: (query) =>
      write(() => {
        needsSpace();
        return db.run(query);
      }),
    prepare(build) {
      const { run, first, all, insert } = db.prepare(build);
      const reading = () => {
        alive();
        if (disk.full) needsSpaceFor(build(() => null as never, db.query).compile());
      };
      return {
        run: (values) =>
          write(() => {
            needsSpace();
            return run(values as never);
          }),
        insert: (values) =>
          write(() => {
            needsSpace();
            return insert(values as never);
          }),
        first(values) {
          reading();
          return first(values as never) as never;
        },
        all(values) {
          reading();
          return all(values as never) as never;
        },
      };
    },
    transaction: (fn) => write(() => db.transaction(fn)),
    snapshot(fn) {
      alive();
      return db.snapshot(fn);
    },
    close: () => undefined,
  };
}

/** How leases ended, as history tells. */
export function countEnds({ file }: DatabaseFile, add: (what: string, by: number) => void): void {
  const rows = file
    .prepare<[], { cause: string; count: number }>(
      'SELECT end_cause AS cause, count(*) AS count FROM leases WHERE ended_at IS NOT NULL GROUP BY end_cause',
    )
    .all();
  for (const { cause, count } of rows) add(`lease ended: ${cause}`, count);
  add('seen: in-use extension', countOf(file, "leases WHERE cause = 'in-use'"));
  add('seen: held plan', countOf(file, "sync_runs WHERE outcome = 'held'"));
}

function countOf(file: Database, what: string): number {
  return file.prepare<[], { count: number }>(`SELECT count(*) AS count FROM ${what}`).get()?.count ?? 0;
}
