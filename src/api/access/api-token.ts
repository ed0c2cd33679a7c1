import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KnownError } from '../../base/errors.ts';
import { Secret } from '../../base/secret.ts';

/**
 * The bearer token for scripts, kept in the data directory and readable by its owner only; made at the first start.
 * Whoever can read the file could read the database beside it too.
 */
export function ensureApiToken(dataDir: string): Secret {
  const path = join(dataDir, 'api-token');
  const fresh = randomBytes(32).toString('base64url');
  try {
    writeFileSync(path, `${fresh}\n`, { mode: 0o600, flag: 'wx' });
    return new Secret(fresh);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') {
      rmSync(path, { force: true });
      throw new KnownError('storage-full', `no room to write ${path}`, {
        hint: 'Make room on that disk, then start again.',
      });
    }
    if (code !== 'EEXIST') throw error;
  }
  chmodSync(path, 0o600);
  const kept = readFileSync(path, 'utf8').trim();
  if (kept.length >= MIN_TOKEN_LENGTH) return new Secret(kept);
  writeFileSync(path, `${fresh}\n`, { mode: 0o600 });
  return new Secret(fresh);
}

/** Characters; anything shorter is a file that was cut off while it was written. */
const MIN_TOKEN_LENGTH = 20;
