/**
 * The text of the configuration file that was last put in force, for a start that finds the file broken. In a file of
 * its own beside the database, readable by this user only: what it holds may be secret, and backups of the database travel.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from '../../base/read-if-there.ts';

const NAME = 'last-good.yaml';

/** Undefined when none was kept. */
export function readLastGood(dataDir: string): string | undefined {
  return readIfThere(join(dataDir, NAME));
}

/** Whole or not at all, whenever the power fails. */
export function keepLastGood(dataDir: string, text: string): void {
  if (readLastGood(dataDir) === text) return;
  const path = join(dataDir, NAME);
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
