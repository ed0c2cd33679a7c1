import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveLeases } from '../../src/store/leases.ts';
import { createWorld, group, HOUR, ip, NOON, openAddress, type World } from '../actions/world.ts';
import { name } from '../store/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
let get: (path: string) => ReturnType<ReturnType<typeof createClient>['ask']>;
beforeEach(async () => {
  world = createWorld();
  const { ask } = createClient(world);
  get = (path) => ask('GET', `/api/v1${path}`, { headers: bearer });
  const { id: groupId } = group(world);
  const { rule } = await world.actions.allowName(
    { group: 'plex', pattern: 'app.plex.tv' },
    { name: 'user:anna', origin: '' },
  );
  const lease = {
    groupId,
    ruleId: rule.id,
    cause: 'answer',
    startedAt: NOON,
    toldUntil: NOON,
    until: NOON + HOUR,
  } as const;
  saveLeases(world.db, [{ ...lease, name: name('app.plex.tv'), address: ip('192.0.2.7') }]);
  world.open.push(openAddress({ name: 'app.plex.tv', address: ip('192.0.2.7') }));
  world.networksAre(() => ({ asn: 54113, name: 'Fastly, Inc.', country: 'US' }));
});
afterEach(() => world.close());

const sentence = expect.stringContaining(
  'this is Fastly: port 443 to all of its customers (AS54113 Fastly, Inc., US)',
);

test('of each rule', async () => {
  const { status, body } = await get('/risks?group=plex');
  expect([status, body.items.length]).toEqual([200, 1]);
  expect(body.items[0]).toMatchObject({
    group: 'plex',
    rule: { pattern: 'app.plex.tv' },
    score: 70,
    addresses: 1,
    sentence,
  });
  expect((await get(`/risks?rule=${body.items[0].rule.id}`)).body.items).toHaveLength(1);
  expect((await get('/risks?group=nobody')).status).toBe(404);
  expect((await get('/risks?rule=4711')).status).toBe(404);
});

test('of one address, in the list of open ones, and where somebody asks why it is open', async () => {
  expect(await get('/leases/192.0.2.7/risk')).toMatchObject({
    status: 200,
    body: { score: 70, others: 0, sentence },
  });
  expect((await get('/leases/nonsense/risk')).status).toBe(400);
  const list = await get('/leases?risk=true');
  expect(list.body.items).toMatchObject([{ address: '192.0.2.7', risk: { score: 70, others: 0, sentence } }]);
  expect((await get('/leases')).body.items[0]).not.toHaveProperty('risk');

  world.answers.address = { address: ip('192.0.2.7'), open: true, sentence: 'It is open.', leases: [] };
  expect((await get('/why?address=192.0.2.7')).body).toMatchObject({
    address: { risk: { score: 70, sentence } },
  });
  world.answers.address = { address: ip('192.0.2.7'), open: false, sentence: 'It is closed.', leases: [] };
  expect((await get('/why?address=192.0.2.7')).body.address).not.toHaveProperty('risk');
});
