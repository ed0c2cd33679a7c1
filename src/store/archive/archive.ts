/**
 * All that Sallyport knows in one sealed file, and back.
 *
 *   running or not ─ snapshot of each database ─┐
 *                       api-token, manifest ────┴─ tar ─ gzip ─ sealed with a passphrase ─ FILE
 *
 *   FILE ─ proved whole ─ a folder beside the data ─ databases checked ─ put in place
 */
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
} from 'node:fs';
import { chown, readdir, rename, statfs } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { z } from 'zod';
import { KnownError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';
import { lockDataDirectory, makeOwnFile, prepareDataDirectory } from '../data-directory.ts';
import { newestSchema } from '../open-file.ts';
import { type Database, openSqlite, SqliteError } from '../sqlite.ts';
import { BACKUP_FOLDER, RESTORE_FOLDER } from './leftovers.ts';
import { MIN_PASSPHRASE_LENGTH, readSealed, writeSealed } from './sealed-file.ts';

export interface BackupRequest {
  readonly dataDir: string;
  readonly path: string;
  readonly passphrase: Secret;
  readonly appVersion: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The query log is most of the size, and nothing depends on it. */
  readonly withLog: boolean;
}

export type Manifest = z.infer<typeof Manifest>;

/** Works beside a running Sallyport as well as without one. Returns what is in the file, and its size in octets. */
export async function backup(
  request: BackupRequest,
): Promise<{ readonly manifest: Manifest; readonly octets: number }> {
  const { dataDir, passphrase, withLog } = request;
  const path = resolve(request.path);
  assertPassphrase(passphrase);
  if (existsSync(path)) {
    throw new KnownError('backup-exists', `${path} is there already`, { hint: 'Name a new file.' });
  }
  if (!existsSync(join(dataDir, 'sallyport.db'))) {
    throw new KnownError('not-found', `there is no data of Sallyport in ${resolve(dataDir)}`, {
      hint: 'Name its data directory with --data-dir or SALLYPORT_DATA_DIR.',
    });
  }
  const folder = mkdtempSync(join(dataDir, BACKUP_FOLDER));
  try {
    const copy = (file: string) => snapshot(join(dataDir, file), join(folder, file), folder);
    const schema = {
      'sallyport.db': copy('sallyport.db'),
      ...(withLog ? { 'querylog.db': copy('querylog.db') } : {}),
    };
    const manifest: Manifest = {
      format: 1,
      app: request.appVersion,
      createdAt: new Date(request.now).toISOString(),
      schema,
    };
    const token = join(dataDir, 'api-token');
    const files = [
      ...Object.keys(schema).map((file) => join(folder, file)),
      ...(existsSync(token) ? [token] : []),
    ];
    const unfinished = `${path}.part`;
    rmSync(unfinished, { force: true });
    try {
      await writeSealed(unfinished, packed(manifest, files).pipe(createGzip()), passphrase);
      await rename(unfinished, path);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw notWritten(error, path, unfinished);
    }
    return { manifest, octets: statSync(path).size };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface RestoreRequest {
  readonly dataDir: string;
  readonly path: string;
  readonly passphrase: Secret;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What is there is moved aside; without it, data that is there is a reason to refuse. */
  readonly replace: boolean;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where what was there before is now. */
  readonly aside?: string;
}

/** Everything or nothing; Sallyport must not run on the directory. */
export async function restore({
  dataDir,
  path,
  passphrase,
  now,
  replace,
}: RestoreRequest): Promise<Restored> {
  prepareDataDirectory(dataDir);
  const lock = lockDataDirectory(dataDir);
  const all = await readdir(dataDir);
  const folder = mkdtempSync(join(dataDir, RESTORE_FOLDER));
  try {
    const present = databaseFirst(all.filter((name) => OURS.test(name)));
    if (present.includes('sallyport.db') && !replace) {
      throw new KnownError('backup-not-restored', `${resolve(dataDir)} holds data already`, {
        hint: 'Restore into an empty directory, or move what is there aside with --replace.',
      });
    }
    let manifest: Manifest | undefined;
    await readSealed(path, passphrase, async (content) => {
      manifest = await unpacked(content, folder);
    });
    if (manifest === undefined) throw damaged(path, 'it has no manifest');
    for (const file of DATABASES) {
      const version = manifest.schema[file];
      if (version !== undefined) assertReadable(join(folder, file), version, manifest);
    }
    const aside = await moveAside(dataDir, present, now);
    const owner = statSync(dataDir);
    for (const name of databaseFirst(await readdir(folder)).toReversed()) {
      const target = join(dataDir, name);
      await rename(join(folder, name), target);
      // As root into the directory of another user: the files must be that user's.
      if (process.getuid?.() === 0) await chown(target, owner.uid, owner.gid);
    }
    // Of a restore before this one, that was killed: up to here its database might have been the only one.
    for (const name of all.filter((one) => one.startsWith(RESTORE_FOLDER)))
      rmSync(join(dataDir, name), { recursive: true, force: true });
    return { manifest, ...(aside === undefined ? {} : { aside }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    lock.release();
  }
}

const Manifest = z.object({
  format: z.literal(1),
  app: z.string().max(40),
  createdAt: z.iso.datetime(),
  /** Schema version of each database in the archive. */
  schema: z.object({ 'sallyport.db': z.int().min(1), 'querylog.db': z.int().min(1).optional() }),
});

const DATABASES = ['sallyport.db', 'querylog.db'] as const;
/** What an archive may hold: names are looked up here and never used as paths. */
const MEMBERS: ReadonlySet<string> = new Set([...DATABASES, 'api-token']);
const MANIFEST = 'manifest.json';
/** What is ours in a data directory and belongs together: a write-ahead log belongs to its database. */
const OURS = /^(?:sallyport|querylog)\.db(?:-wal|-shm)?$|^api-token$/;

/** A copy of one moment, whoever writes meanwhile. Returns its schema version. */
function snapshot(from: string, to: string, folder: string): number {
  makeOwnFile(to, folder);
  const file = openSqlite(from, { readonly: true });
  try {
    file.prepare('VACUUM INTO ?').run(to);
    const row = file
      .prepare<[], { version: number }>('SELECT max(version) AS version FROM schema_migrations')
      .get();
    return row?.version ?? 0;
  } finally {
    file.close();
  }
}

function packed(manifest: Manifest, files: readonly string[]): Readable {
  const tar = pack();
  const add = async () => {
    tar.entry({ name: MANIFEST, mode: 0o600 }, JSON.stringify(manifest));
    for (const path of files) {
      const entry = tar.entry({ name: basename(path), size: statSync(path).size, mode: 0o600 });
      await pipeline(createReadStream(path), entry);
    }
    tar.finalize();
  };
  add().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(tar);
}

async function unpacked(content: Readable, folder: string): Promise<Manifest | undefined> {
  const tar = extract();
  let manifest: Manifest | undefined;
  let room = await freeOctets(folder);
  const reading = pipeline(content, createGunzip(), tar);
  const writing = (async () => {
    for await (const entry of tar) {
      const { name, size = 0, type } = entry.header;
      room -= size;
      if (room < 0) throw new KnownError('storage-full', `no room to restore into ${folder}`);
      if (type !== 'file') throw damaged(name, 'it holds something that is no file');
      if (name === MANIFEST) {
        if (size > MAX_MANIFEST_OCTETS) throw damaged(name, 'its manifest is too long');
        manifest = parseManifest(await text(entry));
      } else if (MEMBERS.has(name)) {
        await pipeline(
          entry,
          createWriteStream(join(folder, name), { flags: 'wx', mode: 0o600, flush: true }),
        );
      } else {
        throw damaged(name, 'it holds what no backup holds');
      }
    }
  })();
  await Promise.all([reading, writing]);
  return manifest;
}

function parseManifest(json: string): Manifest {
  try {
    return Manifest.parse(JSON.parse(json));
  } catch (error) {
    throw new KnownError('backup-unreadable', 'the manifest of the backup cannot be read', {
      hint: 'It may be of a newer Sallyport: restore it with that one.',
      cause: error,
    });
  }
}

function assertReadable(path: string, version: number, { app }: Manifest): void {
  const file = basename(path);
  if (!existsSync(path)) throw damaged(file, 'it is missing');
  const newest = newestSchema(file === 'sallyport.db' ? 'main' : 'querylog');
  if (version > newest) {
    throw new KnownError(
      'database-newer',
      `The backup is of Sallyport ${app} (schema ${version} of ${file}, this one reads ${newest})`,
      {
        hint: `Restore it with Sallyport ${app} or a newer one.`,
      },
    );
  }
  let database: Database | undefined;
  try {
    database = openSqlite(path, { readonly: true });
    const found = database.pragma('integrity_check', { simple: true });
    if (found !== 'ok') throw damaged(file, String(found));
  } catch (error) {
    throw error instanceof SqliteError ? damaged(file, error.message) : error;
  } finally {
    database?.close();
  }
}

async function moveAside(
  dataDir: string,
  present: readonly string[],
  now: number,
): Promise<string | undefined> {
  if (present.length === 0) return undefined;
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const aside = join(dataDir, 'backups', `before-restore-${stamp}`);
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const name of present) await rename(join(dataDir, name), join(aside, name));
  return aside;
}

/** Taken away first and put in last: without a database, the next start knows that a restore was killed (clearLeftovers). */
function databaseFirst(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => Number(b === 'sallyport.db') - Number(a === 'sallyport.db'));
}

async function freeOctets(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function assertPassphrase(passphrase: Secret): void {
  if ([...passphrase.reveal()].length >= MIN_PASSPHRASE_LENGTH) return;
  throw new KnownError('invalid-input', 'the passphrase is too short', {
    hint: `Use at least ${MIN_PASSPHRASE_LENGTH} characters: whoever finds the file may guess for as long as they like.`,
  });
}

function damaged(what: string, why: string): KnownError {
  return new KnownError('backup-unreadable', `the backup cannot be used: ${what}: ${why}`, {
    hint: 'Nothing was changed. Use another backup.',
  });
}

function notWritten(error: unknown, path: string, unfinished: string): unknown {
  const { code, path: concerned } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && concerned === unfinished) {
    return new KnownError('invalid-input', `${path} cannot be written (${code})`, {
      hint: 'Name a file in a folder that is there and may be written to.',
      cause: error,
    });
  }
  if (code !== 'ENOSPC') return error;
  return new KnownError('storage-full', `no room to write ${path}`, {
    hint: 'Make room, or name a file on another disk.',
    cause: error,
  });
}

const MAX_MANIFEST_OCTETS = 64 * 1024;
