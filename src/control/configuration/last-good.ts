/**
 * The text of the configuration file that was last put in force, for a start that finds the file broken. In a file of
 * its own beside the database, readable by this user only: what it holds may be secret, and backups of the database travel.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'last-good.yaml';

/** Undefined when none was kept. */
export function readLastGood(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, NAME), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all, whenever the power fails. */
export function keepLastGood(dataDir: string, text: string): void {
  if (readLastGood(dataDir) === text) return;
  const path = join(dataDir, NAME);
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
