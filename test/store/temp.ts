import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { type MainDb, openMainDatabase, openQueryLog, type QueryLogDb } from '../../src/store/open.ts';

/** A directory of the test's own, gone after it. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function mainDb(dataDir = tempDir()): MainDb {
  const db = openMainDatabase({ dataDir, log: silentLog(), appVersion: '0.1.0' });
  onTestFinished(() => db.close());
  return db;
}

export function queryLogDb(dataDir = tempDir()): QueryLogDb {
  const db = openQueryLog({ dataDir, log: silentLog(), appVersion: '0.1.0' });
  onTestFinished(() => db.close());
  return db;
}
