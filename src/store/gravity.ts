/** The domain list of a Pi-hole's gravity.db: a foreign database, read in memory and by the command line only. */
import { KnownError } from '../base/errors.ts';
import { openForeign, SqliteError } from './sqlite.ts';

/** Rows read; somebody's list by hand has some hundred. */
const MAX_ROWS = 100_000;

/** Rows with type, domain, enabled and comment, of any type: SQLite keeps whatever was put in. Throws KnownError invalid-input when it is none. */
export function readGravity(database: Buffer): readonly unknown[] {
  try {
    const file = openForeign(database);
    try {
      // A view of that name could compute for ever.
      const isTable = file
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'domainlist'")
        .get();
      if (isTable === undefined) throw notPihole('it has no table domainlist');
      return file
        .prepare('SELECT type, domain, enabled, comment FROM domainlist ORDER BY id LIMIT ?')
        .all(MAX_ROWS);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof SqliteError) throw notPihole(error.message);
    throw error;
  }
}

function notPihole(why: string): KnownError {
  return new KnownError('invalid-input', `this is no database of Pi-hole: ${why}`, {
    hint: 'Take gravity.db, or the export of Settings, Teleporter.',
  });
}
