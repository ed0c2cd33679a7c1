import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import { restore } from '../../src/store/archive/archive.ts';
import { openMainDatabase } from '../../src/store/open.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { createWorld, group, NOON, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

const PASSPHRASE = 'a whole sentence of one’s own';

let world: World;
let elsewhere: string;
beforeEach(() => {
  world = createWorld();
  elsewhere = mkdtempSync(join(tmpdir(), 'sallyport-elsewhere-'));
});
afterEach(() => {
  world.close();
  rmSync(elsewhere, { recursive: true });
});

function asking() {
  const { ask, app } = createClient(world);
  const headers = bearer;
  return {
    app,
    list: async () => (await ask('GET', '/api/v1/backups', { headers })).body,
    make: (body: unknown) => ask('POST', '/api/v1/backups', { body, headers }),
    remove: (name: string) => ask('DELETE', `/api/v1/backups/${name}`, { headers }),
    file: (name: string) =>
      app.inject({
        method: 'GET',
        url: `/api/v1/backups/${name}/file`,
        headers: { host: '192.168.1.20:8080', ...bearer },
        remoteAddress: '192.168.1.9',
      }),
  };
}

test('a backup is made while the list says so, taken along, and brings everything back', async () => {
  const plex = group(world);
  await world.actions.allowName({ group: plex.name, pattern: 'plex.tv' }, { name: 'user:anna', origin: '' });
  const { list, make, file, remove } = asking();
  const { body } = await make({ passphrase: PASSPHRASE, withLog: false });
  expect(body.name).toBe('sallyport-20261122T120000Z.backup');
  expect((await list()).making).toMatchObject({ name: body.name, startedAt: new Date(NOON).toISOString() });
  expect((await make({ passphrase: PASSPHRASE })).body).toMatchObject({ code: 'request-under-way' });
  await vi.waitUntil(async () => (await list()).making === undefined, { timeout: 20_000 });
  expect(await list()).toMatchObject({ items: [{ name: body.name, kind: 'sealed' }] });

  const taken = await file(body.name);
  expect(taken.headers['content-disposition']).toBe(`attachment; filename="${body.name}"`);
  const path = join(elsewhere, 'taken.backup');
  writeFileSync(path, taken.rawPayload);
  const dataDir = join(elsewhere, 'data');
  await restore({ dataDir, path, passphrase: new Secret(PASSPHRASE), now: NOON, replace: false });
  const restored = openMainDatabase({ dataDir, log: silentLog(), appVersion: '0' });
  expect(rulesInForce(restored, NOON).map(({ pattern }) => pattern)).toEqual(
    rulesInForce(world.db, NOON).map(({ pattern }) => pattern),
  );
  restored.close();

  expect((await remove(body.name)).status).toBe(200);
  expect((await list()).items).toEqual([]);
  const audited = await asking().app.inject({
    method: 'GET',
    url: '/api/v1/audit',
    headers: { host: '192.168.1.20:8080', ...bearer },
    remoteAddress: '192.168.1.9',
  });
  const actions = audited.json().items.map(({ action }: { action: string }) => action);
  expect(actions.slice(0, 3)).toEqual(['backup.remove', 'backup.download', 'backup.make']);
  expect(audited.body).not.toContain(PASSPHRASE);
});

test('the copies of each night are listed and stay on the machine', async () => {
  await world.queries.nightlyBackup({ day: '2026-11-22' });
  const { list, file, remove } = asking();
  const { items } = await list();
  expect(items).toMatchObject([{ kind: 'nightly' }]);
  expect((await file(items[0].name)).statusCode).toBe(400);
  expect((await remove(items[0].name)).status).toBe(400);
  expect((await file('sallyport-20200101T000000Z.backup')).statusCode).toBe(404);
});

test('a copy that is removed while the folder is listed is left out, and the others are there', async () => {
  await world.queries.nightlyBackup({ day: '2026-11-22' });
  // A link to nothing: its name is read, and what it names is gone.
  symlinkSync(join(elsewhere, 'gone'), join(world.dataDir, 'backups', 'nightly-2026-11-01.db'));
  const { items } = await asking().list();
  expect(items).toHaveLength(1);
  expect(items[0].name).toContain('2026-11-22');
});

test('a passphrase that is too short is refused, and what went wrong is told', async () => {
  const { list, make } = asking();
  expect((await make({ passphrase: 'too short' })).status).toBe(400);
  vi.spyOn(world.queries, 'sealBackup').mockRejectedValue(new Error('no room'));
  await make({ passphrase: PASSPHRASE });
  await vi.waitUntil(async () => (await list()).making === undefined, { timeout: 20_000 });
  expect((await list()).problem).toBe('The backup could not be made: no room');
});
