/** What a firewall did, and where it differs from what it should hold. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureFirewall } from '../../src/store/firewalls.ts';
import { recordRun } from '../../src/store/runs.ts';
import { createWorld, firewall, group, ip, NOON, openAddress, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
let get: (path: string) => Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
beforeEach(() => {
  world = createWorld();
  const { ask } = createClient(world);
  get = (path) => ask('GET', `/api/v1${path}`, { headers: bearer });
});
afterEach(() => world.close());

const run = {
  trigger: 'nudge',
  startedAt: NOON,
  outcome: 'applied',
  detail: '',
  desired: 2,
  current: 0,
} as const;

test('runs of the past, newest first, each with what it added and removed', async () => {
  const edge = ensureFirewall(world.db, { name: 'edge', driver: 'opnsense', alias: 'a' });
  const other = ensureFirewall(world.db, { name: 'other', driver: 'pfsense', alias: 'b' });
  const change = { cause: 'answer', confirmed: true } as const;
  recordRun(world.db, { ...run, finishedAt: NOON + 180, firewallId: edge.id }, [
    { ...change, address: ip('192.0.2.7'), change: 'add' },
    { ...change, address: ip('192.0.2.8'), change: 'remove' },
  ]);
  recordRun(
    world.db,
    { ...run, finishedAt: NOON + 500, firewallId: other.id, outcome: 'failed', detail: 'no answer' },
    [],
  );
  expect((await get('/runs')).body).toMatchObject({
    items: [
      { firewall: 'other', outcome: 'failed', detail: 'no answer', added: 0, changes: [] },
      {
        firewall: 'edge',
        startedAt: '2026-11-22T12:00:00.000Z',
        finishedAt: '2026-11-22T12:00:00.180Z',
        added: 1,
        renewed: 0,
        removed: 1,
        changes: [{ address: '192.0.2.7', change: 'add' }, { change: 'remove' }],
      },
    ],
  });
  expect((await get('/runs?firewall=edge&limit=1')).body['items']).toHaveLength(1);
  expect(await get('/runs?firewall=nobody')).toMatchObject({ status: 404 });
  const { nextCursor } = (await get('/runs?limit=1')).body;
  expect((await get(`/runs?limit=1&cursor=${nextCursor}`)).body).toMatchObject({
    items: [{ firewall: 'edge' }],
  });
});

test('of a run of thousands the first fifty are listed, and all are counted', async () => {
  const edge = ensureFirewall(world.db, { name: 'edge', driver: 'opnsense', alias: 'a' });
  const changes = Array.from({ length: 80 }, (_, n) => ({
    address: ip(`198.51.100.${n}`),
    change: 'add' as const,
    cause: 'answer',
    confirmed: true,
  }));
  recordRun(world.db, { ...run, finishedAt: NOON, firewallId: edge.id }, changes);
  const [one] = (await get('/runs')).body['items'] as { added: number; changes: unknown[] }[];
  expect([one?.added, one?.changes.length]).toEqual([80, 50]);
});

test('drift names what is missing with its names, and what is extra with what is known of it', async () => {
  group(world);
  const status = { ...firewall().status, otherWriters: [ip('203.0.113.9')] };
  world.firewalls.push(firewall({ status }));
  world.open.push(openAddress(), openAddress({ name: 'api.tmdb.org' }));
  world.seen.missing = [ip('192.0.2.7')];
  world.seen.unexplained = [ip('203.0.113.8'), ip('203.0.113.9')];
  expect((await get('/firewalls/edge/drift')).body).toEqual({
    missing: [{ address: '192.0.2.7', names: ['image.tmdb.org', 'api.tmdb.org'] }],
    extra: [
      {
        address: '203.0.113.8',
        known: expect.stringContaining('never opened by this ledger'),
        otherWriter: false,
      },
      { address: '203.0.113.9', known: expect.any(String), otherWriter: true },
    ],
  });
  expect(await get('/firewalls/nobody/drift')).toMatchObject({ status: 404 });
});

test('the status says when the schedule reads the firewalls next', async () => {
  expect((await get('/status')).body).toMatchObject({ nextRunAt: '2026-11-22T12:01:00.000Z' });
});
