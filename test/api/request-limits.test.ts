import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACTOR_LIMIT, CLIENT_LIMIT, createRequestLimiter } from '../../src/api/access/request-limits.ts';
import { createWorld, type World } from '../actions/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { bearer, createClient } from './stage.ts';

describe('a limit', () => {
  test('lets a burst through, then its rate, and says how long to wait', () => {
    const clock = manualClock();
    const limiter = createRequestLimiter(clock, { perSecond: 2, burst: 3 });
    expect([1, 2, 3, 4].map(() => limiter.spend('a'))).toEqual([0, 0, 0, 1]);
    expect(limiter.spend('b')).toBe(0);
    clock.advance(500);
    expect([limiter.spend('a'), limiter.spend('a')]).toEqual([0, 1]);
    clock.advance(60_000);
    expect([1, 2, 3, 4].map(() => limiter.spend('a'))).toEqual([0, 0, 0, 1]);
  });
});

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

async function ask(client: ReturnType<typeof createClient>, times: number, path: string, more = {}) {
  const codes = new Map<number, number>();
  for (let i = 0; i < times; i++) {
    const { status } = await client.ask('GET', path, more);
    codes.set(status, (codes.get(status) ?? 0) + 1);
  }
  return Object.fromEntries(codes);
}

test('200 requests a second of one token go through', async () => {
  const client = createClient(world);
  for (let second = 0; second < 8; second++) {
    for (let part = 0; part < 4; part++) {
      expect(await ask(client, 50, '/api/v1/session', { headers: bearer })).toEqual({ 200: 50 });
      world.clock.advance(250);
    }
  }
});

test('a flood of one token is refused with the time to wait, and other users are served', async () => {
  const client = createClient(world);
  expect(await ask(client, ACTOR_LIMIT.burst, '/api/v1/session', { headers: bearer })).toEqual({
    200: ACTOR_LIMIT.burst,
  });
  const refused = await client.ask('GET', '/api/v1/status', { headers: bearer, from: '192.168.1.10' });
  expect(refused).toMatchObject({
    status: 429,
    headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
    body: { code: 'too-many-requests', status: 429 },
  });
  expect((await client.ask('GET', '/api/v1/session')).status).toBe(200);
  world.clock.advance(1000);
  expect((await client.ask('GET', '/api/v1/session', { headers: bearer })).status).toBe(200);
});

test('a flood of one client is refused before anybody looks who it is; others, the health check and the socket are served', async () => {
  const client = createClient(world);
  const guess = { headers: { cookie: 'sallyport_session=guessed' } };
  const codes = await ask(client, CLIENT_LIMIT.burst + 100, '/api/v1/session', guess);
  expect(codes).toEqual({ 200: CLIENT_LIMIT.burst, 429: 100 });
  expect((await client.ask('GET', '/', {})).status).toBe(429);
  expect((await client.ask('GET', '/readyz', {})).status).toBe(200);
  expect((await client.ask('GET', '/api/v1/session', { from: '192.168.1.10' })).status).toBe(200);
  const socket = createClient(world, 'socket');
  expect(await ask(socket, 1600, '/api/v1/rules')).toEqual({ 200: 1600 });
});

test('addresses of one IPv6 network are one client', async () => {
  const client = createClient(world);
  for (let i = 0; i < CLIENT_LIMIT.burst; i++) {
    await client.ask('GET', '/api/v1/session', { from: `2001:db8::${(i % 5000).toString(16)}` });
  }
  expect((await client.ask('GET', '/api/v1/session', { from: '2001:db8::ffff' })).status).toBe(429);
  expect((await client.ask('GET', '/api/v1/session', { from: '2001:db8:0:1::1' })).status).toBe(200);
});
