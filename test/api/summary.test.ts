/** One level of numbers and strings, for dashboards. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorld, firewall, group, newHost, openAddress, refused, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const summary = async () =>
  (await createClient(world).ask('GET', '/api/v1/summary', { headers: bearer })).body;

test('is flat, and says what matters', async () => {
  const plex = group(world, 'plex', { mode: 'enforce' });
  const { status } = firewall();
  world.firewalls.push(firewall(), firewall({ name: 'spare', status: { ...status, state: 'behind' } }));
  world.open.push(openAddress());
  refused(world, plex, 'a.example');
  world.clock.advance(5000);
  refused(world, plex, 'image.tmdb.org');
  newHost(world, '192.168.20.9', 'x.example');
  const body = await summary();
  expect(body).toEqual({
    version: '0.1.0',
    uptimeSeconds: 5,
    mode: 'enforced',
    sentence: 'Names are filtered and addresses are enforced',
    groups: 1,
    groupsEnforced: 1,
    waiting: 2,
    newHosts: 1,
    openAddresses: 1,
    allowed24h: 968,
    denied24h: 30,
    failed24h: 2,
    firewalls: 2,
    firewallsUp: 1,
    syncState: 'behind',
    syncAgeSeconds: 5,
    heldRemovals: 0,
    upstreams: 1,
    upstreamsUp: 1,
    promisesBroken: expect.any(Number),
    warnings: 0,
    lastDenied: 'image.tmdb.org',
    lastDeniedAt: '2026-11-22T12:00:05.000Z',
  });
  expect(new Set(Object.values(body).map((value) => typeof value))).toEqual(new Set(['string', 'number']));
});

test('with nothing set up it says so', async () => {
  expect(await summary()).toMatchObject({
    mode: 'none',
    syncState: 'none',
    syncAgeSeconds: -1,
    lastDenied: '',
    lastDeniedAt: '',
  });
});

test.each([
  ['one that only learns', 'learning'],
  ['one that is enforced by name only', 'names-only'],
])('the least protected group speaks for all: %s', async (_, mode) => {
  world.firewalls.push(firewall());
  group(world, 'plex', { mode: 'enforce' });
  group(world, 'tv', { mode: mode === 'learning' ? 'learn' : 'enforce' });
  expect(await summary()).toMatchObject({ mode, groups: 2, groupsEnforced: 1 });
});
