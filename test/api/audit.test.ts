/** The audit over the API: what can be taken back says so, and is. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorld, firewall, group, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
let ask: ReturnType<typeof createClient>['ask'];
beforeEach(() => {
  world = createWorld();
  ({ ask } = createClient(world));
});
afterEach(() => world.close());

const get = async () => (await ask('GET', '/api/v1/audit', { headers: bearer })).body.items;
const post = (url: string, body?: unknown) => ask('POST', `/api/v1${url}`, { body, headers: bearer });

test('an entry says whether it can be taken back; taken back, both name each other', async () => {
  group(world);
  world.firewalls.push(firewall());
  await post('/rules', { group: 'plex', allow: 'plex.tv' });
  await post('/cache/flush');
  expect(await get()).toMatchObject([
    { id: 2, action: 'cache.flush', revertible: false, notRevertible: 'what was forgotten is asked anew' },
    { id: 1, action: 'rule.allow', revertible: true },
  ]);

  const reverted = await post('/audit/1/revert');
  expect(reverted).toMatchObject({
    status: 200,
    body: { entry: { id: 3, action: 'rule.end', reverts: 1 }, effect: { firewalls: [{ name: 'edge' }] } },
  });
  expect(await get()).toMatchObject([
    { id: 3, reverts: 1, revertible: true },
    { id: 2 },
    { id: 1, revertedBy: 3, revertible: false, notRevertible: 'entry 3 took it back' },
  ]);
});

test.each([
  [1, 409, 'not-revertible'],
  [9, 404, 'not-found'],
  [0, 400, 'invalid-input'],
])('entry %i: %i %s', async (id, status, code) => {
  await post('/cache/flush');
  expect(await post(`/audit/${id}/revert`)).toMatchObject({ status, body: { code } });
});

test('a rule gets another end and note', async () => {
  group(world);
  const { body } = await post('/rules', { group: 'plex', allow: 'plex.tv', for: '1h' });
  const patch = (change: unknown) =>
    ask('PATCH', `/api/v1/rules/${body.rule.id}`, { body: change, headers: bearer });
  expect(await patch({ for: 'always', note: 'art', warm: true })).toMatchObject({
    status: 200,
    body: { rule: { note: 'art', warm: 'always' }, effect: { epoch: 2 } },
  });
  expect((await get())[0]).toMatchObject({
    action: 'rule.change',
    before: { note: '' },
    after: { note: 'art' },
  });
  for (const wrong of [{ for: '1h', until: '2026-12-31' }, { until: '2020-01-01' }, { types: ['TXT'] }]) {
    expect((await patch(wrong)).status).toBe(400);
  }
  await ask('DELETE', `/api/v1/rules/${body.rule.id}`, { headers: bearer });
  expect((await patch({ note: 'late' })).status).toBe(404);
});
