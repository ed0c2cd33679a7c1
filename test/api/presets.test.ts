import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogOf } from '../../src/catalog/load.ts';
import { createWorld, group, openAddress, refused, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
  group(world);
});
afterEach(() => world.close());

const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string) => {
  const { status, body } = await createClient(world).ask(method, `/api/v1${path}`, { headers: bearer });
  return { status, body };
};

test('the catalog is listed, with who took what', async () => {
  await ask('POST', '/groups/plex/presets/plex-telemetry');
  const { body } = await ask('GET', '/presets');
  expect(body.items).toHaveLength(23);
  expect(body.items.find(({ id }: { id: string }) => id === 'plex-telemetry')).toMatchObject({
    version: '1.0.0',
    default: false,
    names: 4,
    refuses: 4,
    groups: [{ group: 'plex', version: '1.0.0', takenBy: 'token', yours: [], withdrawn: false }],
  });
});

test('a preset is shown whole: rules, what none can be made of, and what is reached without a name', async () => {
  const { body } = await ask('GET', '/presets/tailscale');
  const entry = (pattern: string) => body.entries.find((one: { pattern: string }) => one.pattern === pattern);
  expect(entry('controlplane.tailscale.com')).toMatchObject({
    action: 'allow',
    types: ['A', 'AAAA'],
    need: 'required',
    breaks: 'Node offline.',
    addresses: { shared: 'likely' },
    sources: [expect.stringContaining('github.com/tailscale')],
  });
  expect(entry('log.tailscale.com')).toMatchObject({ action: 'deny' });
  expect(entry('derp*.tailscale.com')).toMatchObject({
    action: 'none',
    noRule: expect.stringContaining('wildcard inside a label'),
  });
  expect(body.unnamed).toMatchObject([{ id: 'bootstrap-dns', containment: 'none' }, { id: 'peers' }]);
  expect(await ask('GET', '/presets/tailscal')).toMatchObject({ status: 404, body: { code: 'not-found' } });
});

test('a preset is taken, is up to date, and is left', async () => {
  expect(await ask('POST', '/groups/plex/presets/ntp')).toMatchObject({
    status: 200,
    body: { preset: { preset: 'ntp', version: '1.0.0' }, effect: { epoch: 1 } },
  });
  expect(await ask('POST', '/groups/plex/presets/ntp/update')).toMatchObject({ status: 200 });
  const { status, body } = await ask('DELETE', '/groups/plex/presets/ntp');
  expect(status).toBe(200);
  expect(body.preset).toBeUndefined();
  expect(await ask('DELETE', '/groups/plex/presets/ntp')).toMatchObject({ status: 404 });
  expect(await ask('POST', '/groups/plexx/presets/ntp')).toMatchObject({ status: 404 });
});

test('a preset that the catalog has no more is shown as long as a group has it', async () => {
  await ask('POST', '/groups/plex/presets/ntp');
  expect((await ask('GET', '/presets')).body.withdrawn).toEqual([]);
  const others = [...world.catalog.presets.values()].filter(({ id }) => id !== 'ntp');
  Object.assign(world.catalog, catalogOf(others));
  expect((await ask('GET', '/presets')).body.withdrawn).toMatchObject([
    { group: 'plex', preset: 'ntp', version: '1.0.0', withdrawn: true },
  ]);
  expect(await ask('DELETE', '/groups/plex/presets/ntp')).toMatchObject({ status: 200 });
  expect((await ask('GET', '/presets')).body.withdrawn).toEqual([]);
});

test('a name is explained, by itself and wherever it appears', async () => {
  const { body } = await ask('GET', '/explain?name=Metrics.plex.tv');
  expect(body.name).toMatchObject({ name: 'metrics.plex.tv', catalog: { refused: true } });
  expect((await ask('GET', '/explain?address=172.104.145.70')).body.address.unnamed).toMatchObject([
    { id: 'pubsub' },
  ]);
  expect(await ask('GET', '/explain')).toMatchObject({ status: 400 });

  const plexGroup = { id: 1 } as Parameters<typeof refused>[1];
  refused(world, plexGroup, 'image.tmdb.org');
  refused(world, plexGroup, 'nobody.example');
  const { items } = (await ask('GET', '/denials')).body;
  expect(
    items.map((one: { name: string; catalog?: { need: string } }) => [one.name, one.catalog?.need]),
  ).toEqual([
    ['nobody.example', undefined],
    ['image.tmdb.org', 'recommended'],
  ]);

  world.open.push(openAddress({ name: 'servers.plex.tv' }), openAddress({ name: 'plex.tv', cause: 'pin' }));
  const leases = (await ask('GET', '/leases')).body.items;
  expect(leases.map((one: { catalog?: { pattern: string } }) => one.catalog?.pattern)).toEqual([
    'servers.plex.tv',
    undefined,
  ]);
});

test('neighbours and symptoms are answered for a group, and a group that is none is named', async () => {
  expect(await ask('GET', '/groups/plex/neighbours')).toMatchObject({
    status: 200,
    body: { group: 'plex', since: '2026-11-15T12:00:00.000Z', items: [] },
  });
  expect(await ask('GET', '/groups/plexx/neighbours')).toMatchObject({ status: 404 });
  const { items } = (await ask('GET', '/symptoms?q=codec&group=plex')).body;
  expect(items).toMatchObject([
    {
      id: 'codec',
      names: ['servers.plex.tv', 'downloads.plex.tv'],
      look: { group: 'plex', since: '2026-11-21T12:00:00.000Z', verdict: 'not-allowed' },
    },
  ]);
  expect((await ask('GET', '/symptoms/codec')).body.look).toBeUndefined();
  expect(await ask('GET', '/symptoms/codecs')).toMatchObject({
    status: 404,
    body: { hint: expect.stringContaining('codec') },
  });
  expect(await ask('GET', '/symptoms/codec?group=plexx')).toMatchObject({ status: 404 });
});
