/** A change that is asked again with the same Idempotency-Key is not made again. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { findUser } from '../../src/store/users.ts';
import { createWorld, firewall, group, HOUR, type World } from '../actions/world.ts';
import { bearer, createClient, PASSWORD } from './stage.ts';

let world: World;
let client: ReturnType<typeof createClient>;
beforeEach(() => {
  world = createWorld();
  client = createClient(world);
});
afterEach(() => world.close());

const KEY = '8e03978e-40d5-43e8-bc93-6894a57f9324';
const rule = { group: 'plex', allow: 'plex.tv' };
const post = (url: string, body: unknown, key = KEY, headers: Record<string, string> = bearer) =>
  client.ask('POST', `/api/v1${url}`, { body, headers: { ...headers, 'idempotency-key': key } });
const audited = () => listAudit(world.db, { limit: 100 }).items.map(({ action }) => action);
const kept = () => world.db.all(world.db.query.selectFrom('kept_answers').selectAll());

test('the same key and body get the same answer, and nothing is done twice', async () => {
  group(world);
  const first = await post('/rules', rule);
  const again = await post('/rules', rule);
  expect([first.status, again.status]).toEqual([200, 200]);
  expect(again.body).toEqual(first.body);
  expect([first, again].map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true']);
  expect(again.headers['content-type']).toBe(first.headers['content-type']);
  expect(audited()).toEqual(['rule.allow']);
});

test('with quotes or without it is the same key', async () => {
  group(world);
  await post('/rules', rule, `"${KEY}"`);
  expect((await post('/rules', rule)).headers['idempotency-replayed']).toBe('true');
});

test('another body, path or method with the same key is refused', async () => {
  group(world);
  const made = await post('/rules', rule);
  const again = await Promise.all([
    post('/rules', { ...rule, note: 'other' }),
    post('/addresses', { group: 'plex', address: '198.51.100.7' }),
    client.ask('DELETE', `/api/v1/rules/${made.body.rule.id}`, {
      headers: { ...bearer, 'idempotency-key': KEY },
    }),
  ]);
  expect(again.map(({ status, body }) => [status, body.code])).toEqual(
    Array(3).fill([422, 'idempotency-key-reused']),
  );
  expect(audited()).toEqual(['rule.allow']);
});

test('the same key of another user is another key', async () => {
  group(world);
  const made = await client.ask('POST', '/api/v1/tokens', {
    body: { name: 't', role: 'admin' },
    headers: bearer,
  });
  const other = { authorization: `Bearer ${made.body.secret}` };
  await post('/rules', rule);
  const answer = await post('/rules', { ...rule, allow: 'tmdb.org' }, KEY, other);
  expect(answer).toMatchObject({ status: 200, body: { rule: { pattern: 'tmdb.org' } } });
});

test('while the first is under way the second is told to wait', async () => {
  group(world);
  const gate = Promise.withResolvers<void>();
  const allowName: World['actions']['allowName'] = async (...input) => {
    await gate.promise;
    return world.actions.allowName(...input);
  };
  client = createClient(world, 'web', { actions: { ...world.actions, allowName } });
  const first = post('/rules', rule);
  const second = await post('/rules', rule);
  expect([second.status, second.body.code, second.headers['retry-after']]).toEqual([
    409,
    'request-under-way',
    '1',
  ]);
  expect((await post('/rules', { ...rule, note: 'other' })).status).toBe(422);
  gate.resolve();
  expect((await first).status).toBe(200);
  expect((await post('/rules', rule)).headers['idempotency-replayed']).toBe('true');
});

test('what was refused is asked anew', async () => {
  const early = await post('/rules', rule);
  expect(early.status).toBe(404);
  group(world);
  expect((await post('/rules', rule)).status).toBe(200);
});

test('after a day it is another request', async () => {
  group(world);
  await post('/rules', rule);
  world.clock.advance(24 * HOUR);
  expect((await post('/rules', rule)).headers['idempotency-replayed']).toBeUndefined();
});

test('an answer that held a secret is not kept, and what was done is not done twice', async () => {
  const made = await post('/tokens', { name: 'homepage' });
  expect(made.body.secret).toMatch(/^sallyport_/);
  expect(await post('/tokens', { name: 'homepage' })).toMatchObject({
    status: 409,
    body: { code: 'answer-not-kept', hint: expect.stringContaining('secret') },
  });
  expect(audited()).toEqual(['token.create']);
  expect(JSON.stringify(kept())).not.toContain(made.body.secret);
});

test('a password in a body cannot be tried on what is kept', async () => {
  const body = { name: 'anna', password: 'correct horse battery' };
  await post('/users', body);
  expect(findUser(world.db, 'anna')).toBeDefined();
  const text = JSON.stringify(kept());
  expect(text).not.toContain(KEY);
  expect(text).not.toContain('correct horse');
  expect((await post('/users', { ...body, password: 'another battery horse' })).status).toBe(422);
  expect((await post('/users', body)).status).toBe(200);
});

test('reading takes no key, and signing in neither', async () => {
  const read = await client.ask('GET', '/api/v1/rules', { headers: { ...bearer, 'idempotency-key': KEY } });
  expect(read.status).toBe(200);
  expect((await post('/session', { password: 'no' }, KEY, {})).status).toBe(401);
  expect(kept()).toEqual([]);
});

test('what only looks is not kept: a viewer would fill the disk with it', async () => {
  group(world);
  const { status, headers } = await post('/replay', { group: 'plex' });
  expect([status, headers['idempotency-replayed']]).toEqual([200, undefined]);
  expect((await post('/config/plan', { yaml: 'groups: []' })).status).toBe(200);
  expect(kept()).toEqual([]);
});

test('a firewall is planned for and examined anew each time, and a trial of an import leaves its key to the import', async () => {
  world.firewalls.push(firewall());
  group(world);
  for (const path of ['plan', 'examine'])
    expect((await post(`/firewalls/edge/${path}`, {})).status, path).toBe(200);
  const list = { group: 'plex', text: 'plex.tv' };
  expect((await post('/rules/import?dryRun=1', list)).status).toBe(200);
  expect(kept()).toEqual([]);
  expect((await post('/rules/import', list)).body.dryRun).toBe(false);
  expect(kept()).toHaveLength(1);
});

test('who is signed in already signs in anew: a sign-in is never told again', async () => {
  const { setupToken } = client;
  const { cookie } = await client.ask('POST', '/api/v1/setup', {
    body: { token: setupToken, password: PASSWORD },
  });
  const headers = { cookie: `sallyport_session=${cookie?.value}` };
  const other = { name: 'anna', password: PASSWORD };
  await client.ask('POST', '/api/v1/users', { body: other, headers: bearer });
  const again = () => post('/session', { user: 'anna', password: PASSWORD }, KEY, headers);
  expect((await again()).cookie?.value).toBeDefined();
  const { cookie: fresh } = await client.ask('POST', '/api/v1/session', { body: { password: PASSWORD } });
  headers.cookie = `sallyport_session=${fresh?.value}`;
  expect((await again()).cookie?.value).toBeDefined();
  expect(kept()).toEqual([]);
});

test.each([
  ['empty', ''],
  ['with a space', 'a b'],
  ['too long', 'x'.repeat(256)],
])('a key that is %s is refused', async (_, key) => {
  group(world);
  expect(await post('/rules', rule, key)).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
});

test('a thousand answers are kept for each user, the newest', async () => {
  for (let i = 0; i < 1010; i++) {
    world.clock.advance(5);
    await post('/cache/flush', { name: 'plex.tv' }, `key-${i}`);
  }
  expect(kept()).toHaveLength(1000);
  const replayed = async (key: string) =>
    (await post('/cache/flush', { name: 'plex.tv' }, key)).headers['idempotency-replayed'];
  expect([await replayed('key-1009'), await replayed('key-10')]).toEqual(['true', 'true']);
  expect(await replayed('key-9')).toBeUndefined();
});
