/** The stream of live events over real sockets. */
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LiveQuery } from '../../src/actions/news.ts';
import { type Api, createApi } from '../../src/api/server.ts';
import { parseDomainName } from '../../src/base/domain-name.ts';
import {
  createWorld,
  firewall,
  group,
  HOUR,
  ip,
  NOON,
  openAddress,
  refused,
  type World,
} from '../actions/world.ts';
import { settle, until } from '../support/settle.ts';
import { type Reading, readEvents } from './event-reader.ts';
import { apiDeps, bearer, PASSWORD } from './stage.ts';

let world: World;
let app: Api;
let base: string;
const open: Reading[] = [];
/** The server's ends. */
const sockets: Socket[] = [];

beforeEach(async () => {
  world = createWorld();
  app = createApi('web', apiDeps(world));
  sockets.length = 0;
  app.server.on('connection', (socket) => sockets.push(socket));
  base = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await app.close();
  world.close();
});

async function read(query = '', headers: Record<string, string> = bearer): Promise<Reading> {
  const reading = await readEvents(base, { query, headers });
  open.push(reading);
  return reading;
}

/** Lets what was told go out. */
async function goOut() {
  world.clock.advance(250);
  await settle();
}

async function eventsOf(reading: Reading, count: number) {
  await goOut();
  await until(`${count} events`, () => reading.events().length >= count);
  return reading.events();
}

const query = (name: string, change: Partial<LiveQuery> = {}): LiveQuery => ({
  id: 7,
  at: NOON,
  client: '192.168.20.5',
  group: 'plex',
  name,
  type: 'A',
  verdict: 'allowed',
  reason: 'rule',
  rcode: 'NOERROR',
  source: 'udp://192.0.2.53:53',
  durationMs: 12,
  answers: ['192.0.2.7'],
  count: 1,
  ...change,
});
const ask = (name: string, count = 1) =>
  world.news.tell({ kind: 'queries', rows: Array.from({ length: count }, () => query(name)), dropped: 0 });
const deny = (of: ReturnType<typeof group>, name: string) => {
  refused(world, of, name);
  world.news.tell({ kind: 'denials', batch: [{ groupId: of.id, name: parseDomainName(name) }] });
};

describe('what is told', () => {
  test('a refused name, as the inbox lists it, and again when a person decides', async () => {
    const plex = group(world, 'plex', { mode: 'enforce' });
    const reading = await read('?topics=denied');
    expect(reading.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    deny(plex, 'image.tmdb.org');
    deny(plex, 'image.tmdb.org');
    const [first] = await eventsOf(reading, 1);
    expect(first).toMatchObject({
      event: 'denied.batch',
      data: { items: [{ name: 'image.tmdb.org', state: 'waiting', refused: true, count: 2 }], dropped: 0 },
    });

    await world.actions.allowName({ group: 'plex', pattern: '.tmdb.org' }, { name: 'user:anna', origin: '' });
    const [, decided] = await eventsOf(reading, 2);
    expect(decided?.data).toMatchObject({ items: [{ state: 'decided', decidedBy: 'user:anna' }] });
  });

  test('something that begins and ends to be reproduced, among the refused names', async () => {
    group(world, 'plex', { mode: 'enforce' });
    const reading = await read('?topics=denied');
    world.actions.startReproducing('plex', { name: 'user:anna', origin: '' });
    const [began] = await eventsOf(reading, 1);
    expect(began).toMatchObject({
      event: 'reproduce.changed',
      data: { items: [{ group: 'plex', running: true, startedBy: 'user:anna', rules: 0 }] },
    });
    world.actions.stopReproducing('plex', { name: 'user:anna', origin: '' });
    const [, ended] = await eventsOf(reading, 2);
    expect(ended?.data).toEqual({ items: [{ group: 'plex', running: false, rules: 0 }] });
  });

  test('rules by what has come into force and what has ended', async () => {
    group(world);
    const reading = await read('?topics=rule');
    const anna = { name: 'user:anna', origin: '' };
    const { rule } = await world.actions.allowName({ group: 'plex', pattern: 'plex.tv' }, anna);
    world.news.tell({ kind: 'rules', added: [rule.id], changed: [], ended: [] });
    const [added] = await eventsOf(reading, 1);
    expect(added).toMatchObject({
      event: 'rule.changed',
      data: { added: [{ pattern: 'plex.tv' }], ended: [] },
    });
    world.news.tell({ kind: 'rules', added: [], changed: [], ended: [rule.id] });
    const [, ended] = await eventsOf(reading, 2);
    expect(ended).toMatchObject({ data: { added: [], ended: [{ id: rule.id }] } });
  });

  test('a change of mode, and what a firewall that is lost does to it', async () => {
    group(world, 'plex', { mode: 'enforce' });
    world.firewalls.push(firewall());
    const reading = await read('?topics=mode,sync');
    world.news.tell({ kind: 'groups' });
    world.firewalls[0] = firewall({ connected: false });
    world.news.tell({ kind: 'sync', firewall: 'edge' });
    const events = await eventsOf(reading, 2);
    expect(events).toMatchObject([
      { event: 'mode.changed', data: { items: [{ name: 'plex', enforcement: { state: 'names-only' } }] } },
      { event: 'sync.state', data: { items: [{ firewall: 'edge', connected: false, state: 'up' }] } },
    ]);
    world.news.tell({ kind: 'groups' });
    world.news.tell({ kind: 'openings' });
    await goOut();
    expect(reading.events()).toHaveLength(2);
  });

  test('which open addresses to look at again', async () => {
    world.open.push(openAddress());
    const reading = await read('?topics=leases');
    world.news.tell({ kind: 'addresses', addresses: [ip('192.0.2.7'), ip('192.0.2.7')] });
    const many = Array.from({ length: 300 }, (_, i) => ip(`198.51.${100 + (i >> 8)}.${i & 255}`));
    const [first] = await eventsOf(reading, 1);
    expect(first?.data).toEqual({ addresses: ['192.0.2.7'], more: false, open: 1 });
    world.news.tell({ kind: 'addresses', addresses: many });
    const [, second] = await eventsOf(reading, 2);
    expect(second?.data).toMatchObject({ addresses: { length: 250 }, more: true });
  });

  test('queries: at most 250 in a quarter of a second, and how many more there were', async () => {
    const reading = await read('?topics=query');
    expect(world.calls).toContain('queries wanted');
    ask('plex.tv', 200);
    ask('plex.tv', 200);
    const [first] = await eventsOf(reading, 1);
    expect(first).toMatchObject({ event: 'query.batch', data: { items: { length: 250 }, dropped: 150 } });
    ask('plex.tv');
    world.clock.advance(0);
    await until('the next batch', () => reading.events().length === 2);
    ask('plex.tv');
    world.clock.advance(249);
    await settle();
    expect(reading.events()).toHaveLength(2);
    world.clock.advance(1);
    await until('the one after', () => reading.events().length === 3);
  });

  test('only what was asked for, with ids that grow', async () => {
    const plex = group(world);
    const [denied, all] = [await read('?topics=denied'), await read()];
    ask('plex.tv');
    deny(plex, 'a.example');
    await eventsOf(all, 2);
    expect(denied.events().map(({ event }) => event)).toEqual(['denied.batch']);
    const ids = all.events().map(({ id }) => id ?? 0);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('hostile names stay data', async () => {
    const reading = await read('?topics=query');
    ask('a\\010\\010event: gap\n\ndata: {}\r\n.example');
    const [one, ...rest] = await eventsOf(reading, 1);
    expect(one?.event).toBe('query.batch');
    expect(rest).toEqual([]);
  });
});

describe('how far a change has come', () => {
  const anna = { name: 'user:anna', origin: '' };

  test('is told until the firewall holds the address, under the id of the answer', async () => {
    group(world);
    world.firewalls.push(firewall());
    const reading = await read('?topics=rule');
    const { rule, effect } = await world.actions.allowName(
      { group: 'plex', pattern: 'image.tmdb.org' },
      anna,
    );
    expect(effect.firewalls).toMatchObject([{ state: 'unaffected' }]);
    await goOut();
    world.open.push(openAddress({ firewalls: [{ name: 'edge', state: 'waiting' }] }));
    world.news.tell({ kind: 'addresses', addresses: [ip('192.0.2.7')] });
    const [pending] = await eventsOf(reading, 1);
    expect(pending).toMatchObject({
      event: 'rule.effect',
      data: {
        effect: effect.id,
        rule: rule.id,
        firewalls: [{ name: 'edge', state: 'pending' }],
        done: false,
      },
    });

    world.open[0] = openAddress();
    const { status } = firewall();
    const finishedAt = NOON + 180;
    const lastRun = {
      trigger: 'nudge',
      startedAt: NOON,
      finishedAt,
      outcome: 'applied',
      detail: '',
      desired: 1,
      current: 1,
      changes: [],
    } as const;
    world.firewalls[0] = firewall({ status: { ...status, lastRun } });
    world.news.tell({ kind: 'sync', firewall: 'edge' });
    const [, confirmed] = await eventsOf(reading, 2);
    expect(confirmed?.data).toMatchObject({
      addresses: ['192.0.2.7'],
      firewalls: [{ name: 'edge', state: 'confirmed', ms: 180 }],
      done: true,
    });
    world.news.tell({ kind: 'sync', firewall: 'edge' });
    await goOut();
    expect(reading.events()).toHaveLength(2);
  });

  test('is told until the firewall has let go of what was closed', async () => {
    group(world);
    world.firewalls.push(firewall());
    const { rule } = await world.actions.allowName({ group: 'plex', pattern: 'plex.tv' }, anna);
    world.willClose('192.0.2.7');
    const { effect } = await world.actions.endRule(rule.id, anna);
    expect(effect.firewalls).toMatchObject([{ state: 'pending' }]);
    // Whoever made the change begins to read after it.
    const reading = await read('?topics=rule');
    world.holdsStill(() => false);
    world.news.tell({ kind: 'sync', firewall: 'edge' });
    await goOut();
    await until('it is done', () =>
      reading.events().some(({ data }) => (data as { effect?: string }).effect === effect.id),
    );
    expect(reading.events().at(-1)?.data).toMatchObject({ firewalls: [{ state: 'confirmed' }], done: true });
  });

  test('is told of a firewall that does not answer, and nothing after a quarter of an hour', async () => {
    group(world);
    world.firewalls.push(firewall());
    const reading = await read('?topics=rule');
    await world.actions.allowName({ group: 'plex', pattern: 'image.tmdb.org' }, anna);
    await goOut();
    world.firewalls[0] = firewall({ connected: false });
    world.news.tell({ kind: 'sync', firewall: 'edge' });
    const [error] = await eventsOf(reading, 1);
    expect(error?.data).toMatchObject({ firewalls: [{ state: 'error' }], done: false });
    world.clock.advance(16 * 60_000);
    world.open.push(openAddress());
    world.news.tell({ kind: 'sync', firewall: 'edge' });
    await goOut();
    expect(reading.events()).toHaveLength(1);
  });
});

describe('coming back', () => {
  test('what was missed is told, once', async () => {
    const plex = group(world);
    const first = await read('?topics=denied');
    deny(plex, 'a.example');
    await eventsOf(first, 1);
    const lastId = first.lastId() ?? '';
    first.close();
    deny(plex, 'b.example');
    await goOut();
    deny(plex, 'c.example');
    await goOut();
    for (const again of [
      await read('?topics=denied', { ...bearer, 'last-event-id': lastId }),
      await read(`?topics=denied&lastEventId=${lastId}`),
    ]) {
      const events = await eventsOf(again, 2);
      expect(events.map(({ data }) => (data as { items: { name: string }[] }).items[0]?.name)).toEqual([
        'b.example',
        'c.example',
      ]);
    }
  });

  test('before the first event too: the stream begins with an id', async () => {
    const plex = group(world);
    const first = await read('?topics=denied');
    await until('its beginning', () => first.lastId() !== undefined);
    const lastId = first.lastId() ?? '';
    first.close();
    deny(plex, 'a.example');
    await goOut();
    expect(
      await eventsOf(await read('?topics=denied', { ...bearer, 'last-event-id': lastId }), 1),
    ).toMatchObject([{ event: 'denied.batch' }]);
  });

  test.each([
    ['from before the start', '1'],
    ['from the future', '9007199254740991'],
    ['that is none', 'abc'],
    ['that is longer than any', '9'.repeat(400)],
  ])('with an id %s there is a gap', async (_, id) => {
    const reading = await read('?topics=denied,mode', { ...bearer, 'last-event-id': id });
    expect(await eventsOf(reading, 1)).toMatchObject([
      { event: 'gap', id: undefined, data: { topics: ['denied', 'mode'], reason: 'too-old' } },
    ]);
  });

  test('after more than is kept there is a gap in that topic, and no event of another is lost', async () => {
    const plex = group(world);
    const first = await read('?topics=query,denied');
    ask('plex.tv');
    await eventsOf(first, 1);
    const lastId = first.lastId() ?? '';
    deny(plex, 'a.example');
    for (let i = 0; i < 60; i++) {
      ask('a-name-that-takes-room.example', 250);
      await goOut();
    }
    const again = await read('?topics=query,denied', { ...bearer, 'last-event-id': lastId });
    const [gap, denied] = await eventsOf(again, 3);
    expect(gap).toMatchObject({ event: 'gap', data: { topics: ['query'], reason: 'too-old' } });
    expect(denied).toMatchObject({ event: 'denied.batch' });
  });

  test('after a minute without readers nothing is worked out, and a reader who comes back later is told so', async () => {
    const first = await read('?topics=query');
    await until('its beginning', () => first.lastId() !== undefined);
    const lastId = first.lastId() ?? '';
    first.close();
    await until('nobody wants queries', () => {
      world.clock.advance(60_000);
      return world.calls.includes('queries not wanted');
    });
    const again = await read('?topics=query', { ...bearer, 'last-event-id': lastId });
    expect(await eventsOf(again, 1)).toMatchObject([{ event: 'gap', data: { topics: ['query'] } }]);
  });
});

describe('a reader who takes nothing', () => {
  test('costs a bounded buffer, gets a gap when it goes on, and holds nobody up', async () => {
    const [slow, quick] = [await read('?topics=query'), await read('?topics=query')];
    slow.pause();
    const name = `${'a-long-label-of-a-hostile-name-that-takes-room.'.repeat(4)}example`;
    let most = 0;
    // Some 20 MB of events.
    for (let i = 0; i < 200; i++) {
      ask(name, 250);
      world.clock.advance(250);
      await settle(2);
      most = Math.max(most, ...sockets.map(({ writableLength }) => writableLength));
    }
    ask('the-last.example');
    world.clock.advance(250);
    await until('the quick one has the last', () => quick.text().includes('the-last.example'));
    expect(most).toBeGreaterThan(0);
    // Two events of the largest kind.
    expect(most).toBeLessThan(400_000);
    expect(slow.ended()).toBe(false);
    slow.resume();
    await until('the slow one has the last', () => slow.text().includes('the-last.example'));
    expect(slow.events().find(({ event }) => event === 'gap')?.data).toEqual({
      topics: ['query'],
      reason: 'too-slow',
    });
    expect(slow.text().length).toBeLessThan(quick.text().length / 2);
  });

  test('for a minute is let go', async () => {
    const slow = await read('?topics=query');
    slow.pause();
    for (let i = 0; i < 200; i++) {
      ask('a-name-that-takes-room-in-the-buffers-of-the-kernel.example', 250);
      world.clock.advance(250);
      await settle(1);
    }
    for (let i = 0; i < 12; i++) world.clock.advance(5000);
    await until('it is ended', () => sockets.every(({ destroyed }) => destroyed));
  });
});

describe('who may read', () => {
  test('whoever may read the API, and for as long as that lasts', async () => {
    expect((await read('', {})).status).toBe(403);
    const made = await app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      headers: { ...bearer, host: '127.0.0.1' },
      payload: { name: 't', role: 'viewer', for: '1h' },
    });
    const { secret, token } = made.json();
    const viewer = { authorization: `Bearer ${secret}` };
    const revoked = await read('?topics=denied', viewer);
    expect(revoked.status).toBe(200);
    await app.inject({
      method: 'DELETE',
      url: `/api/v1/tokens/${token.id}`,
      headers: { ...bearer, host: '127.0.0.1' },
    });
    const plex = group(world);
    world.clock.advance(1000);
    deny(plex, 'a.example');
    await goOut();
    await until('it is ended', () => revoked.ended());
    expect(revoked.events()).toEqual([]);
  });

  test('a token that ends, and a session that is ended, end it at the next look', async () => {
    await world.actions.createAdmin(PASSWORD, { name: 'setup', origin: '' });
    const made = await app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      headers: { ...bearer, host: '127.0.0.1' },
      payload: { name: 't', role: 'viewer', for: '1h' },
    });
    const byToken = await read('?topics=denied', { authorization: `Bearer ${made.json().secret}` });
    const signedIn = await app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: '127.0.0.1' },
      remoteAddress: '127.0.0.1',
      payload: { user: 'admin', password: PASSWORD },
    });
    const cookie = `sallyport_session=${signedIn.cookies[0]?.value}`;
    const bySession = await read('?topics=denied', { cookie });
    expect(bySession.status).toBe(200);
    world.clock.advance(5000);
    await settle();
    expect([byToken.ended(), bySession.ended()]).toEqual([false, false]);

    await app.inject({ method: 'DELETE', url: '/api/v1/session', headers: { cookie, host: '127.0.0.1' } });
    world.clock.advance(5000);
    await until('the session’s is ended', () => bySession.ended());
    world.clock.advance(HOUR);
    await until('the token’s is ended', () => byToken.ended());
  });

  test('a stream that is only left open does not keep a session alive', async () => {
    await world.actions.createAdmin(PASSWORD, { name: 'setup', origin: '' });
    const signedIn = await app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: '127.0.0.1' },
      remoteAddress: '127.0.0.1',
      payload: { user: 'admin', password: PASSWORD },
    });
    const reading = await read('?topics=denied', {
      cookie: `sallyport_session=${signedIn.cookies[0]?.value}`,
    });
    world.clock.advance(13 * HOUR);
    await until('it is ended', () => reading.ended());
  });

  test.each([
    ['by Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
    ['by Origin', { origin: 'https://evil.example' }],
  ])('not a page of another site, told %s', async (_, headers) => {
    expect((await read('', { ...bearer, ...headers })).status).toBe(403);
  });

  test('ten streams at a time each, forty in all; a place that is left is free', async () => {
    const tokens = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async (name) => {
        const headers = { ...bearer, host: '127.0.0.1' };
        const made = await app.inject({ method: 'POST', url: '/api/v1/tokens', headers, payload: { name } });
        return { authorization: `Bearer ${made.json().secret}` };
      }),
    );
    const [first = {}] = tokens;
    const streams: Reading[] = [];
    for (let i = 0; i < 10; i++) streams.push(await read('?topics=mode', first));
    const eleventh = await read('?topics=mode', first);
    expect([eleventh.status, eleventh.headers['content-type']]).toEqual([429, 'application/problem+json']);
    for (const token of tokens.slice(1, 4)) for (let i = 0; i < 10; i++) await read('?topics=mode', token);
    expect((await read('?topics=mode', tokens[4])).status).toBe(429);
    streams[0]?.close();
    await until('its place is free', () => streams[0]?.ended() === true);
    await settle(50);
    expect((await read('?topics=mode', tokens[4])).status).toBe(200);
  });

  test.each(['topics=query,nonsense', 'topics=', 'lastEventId=abc'])('%s is refused', async (asked) => {
    expect((await read(`?${asked}`)).status).toBe(400);
  });
});

test('a heartbeat every ten seconds, without an id, tells a silent server from one that has gone', async () => {
  const reading = await read('?topics=mode');
  world.clock.advance(10_000);
  await until('a heartbeat', () => /\n\nevent: heartbeat\ndata: \{\}\n\n/.test(reading.text()));
});
