/** Every list is read to its end by cursors, and a cursor that is none is refused. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApi } from '../../src/api/server.ts';
import { addRule } from '../../src/store/rules.ts';
import { createWorld, group, ip, NOON, newHost, openAddress, refused, type World } from '../actions/world.ts';
import { apiDeps, bearer, createClient } from './stage.ts';

let world: World;
let ask: ReturnType<typeof createClient>['ask'];
beforeEach(() => {
  world = createWorld();
  ({ ask } = createClient(world));
});
afterEach(() => world.close());

const get = (path: string) => ask('GET', `/api/v1${path}`, { headers: bearer });

/** All pages, each of so many. */
async function pages(path: string, limit: number, between: (page: number) => void = () => {}) {
  const found: { items: { id?: number; address?: string; name?: string }[] }[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await get(`${path}?limit=${limit}${cursor}`);
    expect(status).toBe(200);
    found.push(body);
    between(found.length);
    if (body.nextCursor === undefined) return found.map(({ items }) => items);
    cursor = `&cursor=${body.nextCursor}`;
  }
}

const rules = (groupId: number, count: number) =>
  Array.from({ length: count }, (_, i) =>
    addRule(world.db, {
      groupId,
      action: 'allow',
      pattern: `n${i}.example`,
      origin: 'person',
      createdAt: NOON,
      createdBy: 'x',
    }),
  );

test('rules: whole unless asked for in pages', async () => {
  const { id } = group(world);
  rules(id, 25);
  expect((await get('/rules')).body).toMatchObject({ items: { length: 25 } });
  const all = await pages('/rules', 10);
  expect(all.map((items) => items.length)).toEqual([10, 10, 5]);
  expect(all.flat().map((rule) => rule.id)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  expect(await pages('/rules', 25)).toHaveLength(1);
});

test('what ends and what comes between two pages moves nothing to another one', async () => {
  const { id } = group(world);
  const made = rules(id, 20);
  const all = await pages('/rules', 5, (page) => {
    if (page === 1) world.db.run(world.db.query.deleteFrom('rules').where('id', '=', made[2]?.rule.id ?? 0));
    // The one that is gone, and one more.
    if (page === 2) rules(id, 21);
  });
  expect(all.flat().map((rule) => rule.id)).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
});

test('open addresses, each once, whatever leads to it', async () => {
  for (let i = 0; i < 30; i++) {
    world.open.push(openAddress({ address: ip(`192.0.2.${i}`) }));
    world.open.push(openAddress({ address: ip(`192.0.2.${i}`), name: 'other.example' }));
  }
  const all = (await pages('/leases', 7)).flat();
  expect(new Set(all.map(({ address, name }) => `${address} ${name}`)).size).toBe(60);
  expect(all).toHaveLength(60);
  expect((await get('/leases')).body.items).toHaveLength(60);
});

test('addresses, hosts, refused names and the audit', async () => {
  const plex = group(world);
  for (let i = 0; i < 9; i++) {
    newHost(world, `192.168.40.${i}`, 'x.example');
    refused(world, plex, `n${i}.example`);
    await ask('POST', '/api/v1/addresses', {
      body: { group: 'plex', address: `198.51.100.${i}` },
      headers: bearer,
    });
  }
  for (const path of ['/addresses', '/hosts', '/denials', '/audit']) {
    const all = await pages(path, 4);
    expect([path, all.map((items) => items.length)]).toEqual([path, [4, 4, 1]]);
    expect(new Set(all.flat().map(({ id, address }) => id ?? address)).size).toBe(9);
  }
});

describe('a cursor that is none', () => {
  test.each(['a b', 'x!', '%00', '../..', 'é', '1'.repeat(5000)])(
    '%j is a clean 400 of every list that has pages',
    async (cursor) => {
      for (const path of await pagedRoutes()) {
        const { status, body } = await get(`${path}?cursor=${encodeURIComponent(cursor)}`);
        expect([path, status, body.code]).toEqual([path, 400, 'invalid-input']);
      }
    },
  );

  test('of another list is no error of ours', async () => {
    const other = Buffer.from('zzz').toString('base64url');
    for (const path of await pagedRoutes()) {
      const { status } = await get(`${path}?cursor=${other}`);
      expect([path, [200, 400].includes(status)]).toEqual([path, true]);
    }
    expect((await get(`/leases?at=2h ago&cursor=${other}`)).body.code).toBe('invalid-input');
  });
});

/** Made from the routes themselves, so that a new one is looked at too. */
async function pagedRoutes(): Promise<readonly string[]> {
  const found: string[] = [];
  const app = createApi('web', apiDeps(world), (fresh) => {
    fresh.addHook('onRoute', ({ method, url, schema }) => {
      const query = schema?.querystring as { shape?: Record<string, unknown> } | undefined;
      if (method === 'GET' && query?.shape?.['cursor'] !== undefined) found.push(url.replace('/api/v1', ''));
    });
  });
  await app.ready();
  await app.close();
  expect(found).toEqual(
    expect.arrayContaining(['/rules', '/addresses', '/hosts', '/denials', '/leases', '/queries', '/audit']),
  );
  return found;
}
