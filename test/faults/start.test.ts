/** Faults that end a start: one message, one exit code, nothing touched. */

import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect } from 'vitest';
import { type LaunchOptions, launchSallyport } from '../../scripts/support/sallyport-process.ts';
import { startProduct } from '../scenarios/product.ts';
import { fault } from './table.ts';

let directory: string;
let data: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-fault-'));
  data = join(directory, 'data');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const QUIET = { SALLYPORT_DNS_LISTEN: '127.0.0.1:0', SALLYPORT_WEB_LISTEN: '127.0.0.1:0' };

/** Runs a start that is to fail; what it printed, and how it ended. */
async function failedStart({ env = {}, ...options }: Partial<LaunchOptions>) {
  const sallyport = launchSallyport({ env: { ...QUIET, SALLYPORT_DATA_DIR: data, ...env }, ...options });
  const exitCode = await sallyport.ended;
  return { exitCode, text: sallyport.output.join('\n') };
}

/** A data directory as one run of the product leaves it. */
async function usedDirectory(): Promise<void> {
  const product = await startProduct({ directory, config: '{}', upstreamPort: 53 });
  await product.process.stop('SIGTERM');
}

fault('config-unknown-keys', async (row) => {
  const file = join(directory, 'sallyport.yaml');
  await writeFile(
    file,
    'upstream: [udp://192.0.2.53]\ngroups:\n  - name: plex\n    clients: [192.0.2.300]\n    colour: red\n',
  );
  const { exitCode, text } = await failedStart({
    env: { SALLYPORT_CONFIG: file, SALLYPORT_LOG_LEVEL: 'loud' },
  });
  row.expectPrinted(text);
  expect(exitCode).toBe(row.exitCode);
  for (const part of [
    'sallyport.yaml:1 upstream: unknown key; did you mean upstreams?',
    'sallyport.yaml:4 groups[0].clients[0]: "192.0.2.300": write an address or a prefix',
    'sallyport.yaml:5 groups[0].colour: unknown key; known are name, clients, mode',
    'env SALLYPORT_LOG_LEVEL: "loud": write fatal, error, warn',
  ])
    expect(text).toContain(part);
  expect(existsSync(data)).toBe(false);
});

fault('database-newer', async (row) => {
  await usedDirectory();
  const path = join(data, 'sallyport.db');
  const db = new Sqlite(path);
  db.prepare(
    "INSERT INTO schema_migrations (version, name, checksum, applied_at, app_version) VALUES (9999, 'from-the-future', 'x', 0, '9.9.9')",
  ).run();
  db.close();
  const before = await readFile(path);
  const { exitCode, text } = await failedStart({});
  row.expectPrinted(text);
  expect(text).toMatch(/start Sallyport 9\.9\.9 again/);
  expect(exitCode).toBe(row.exitCode);
  expect((await readFile(path)).equals(before)).toBe(true);
});

fault('database-damaged', async (row) => {
  await usedDirectory();
  const path = join(data, 'sallyport.db');
  const damaged = Buffer.concat([Buffer.from('not a database any more'), await readFile(path)]);
  await writeFile(path, damaged);
  const { exitCode, text } = await failedStart({});
  row.expectPrinted(text);
  expect(text).toContain(`mv ${path} ${path}.damaged`);
  expect(exitCode).toBe(row.exitCode);
  expect((await readFile(path)).equals(damaged)).toBe(true);
});

fault('second-process', async (row) => {
  const first = await startProduct({ directory, config: '{}', upstreamPort: 53 });
  try {
    const { exitCode, text } = await failedStart({});
    row.expectPrinted(text);
    expect(text).toContain(`(pid ${first.process.pid})`);
    expect(exitCode).toBe(row.exitCode);
    const { planes } = await first.status();
    expect(planes.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0]);
    expect(planes.map(({ state }) => state)).not.toContain('crashed');
  } finally {
    await first.close();
  }
});

fault('directory-not-writable', async (row) => {
  await mkdir(data, { mode: 0o755 });
  await chmod(directory, 0o755);
  const { exitCode, text } = await failedStart({
    prefix: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
  });
  row.expectPrinted(text);
  expect(text).toContain(`sudo chown -R 65534:65534 ${data}`);
  expect(exitCode).toBe(row.exitCode);
});
