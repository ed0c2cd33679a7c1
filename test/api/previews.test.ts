/** What a change would do, told before it is made; nothing of it stays. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveLeases } from '../../src/store/leases.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { anna, createWorld, group, HOUR, ip, NOON, refused, type World } from '../actions/world.ts';
import { name } from '../store/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
let ask: (
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
) => ReturnType<ReturnType<typeof createClient>['ask']>;
beforeEach(() => {
  world = createWorld();
  const client = createClient(world);
  ask = (method, path, body) => client.ask(method, `/api/v1${path}`, { body, headers: bearer });
});
afterEach(() => world.close());

const inForce = () => rulesInForce(world.db, world.clock.now()).map(({ pattern }) => pattern);

function openFor(ruleId: number, groupId: number, what: string, address: string): void {
  saveLeases(world.db, [
    {
      groupId,
      ruleId,
      cause: 'answer',
      startedAt: NOON,
      toldUntil: NOON,
      until: NOON + HOUR,
      name: name(what),
      address: ip(address),
    },
  ]);
}

test('ending rules: the addresses that only they had open', async () => {
  const { id } = group(world);
  const one = (await world.actions.allowName({ group: 'plex', pattern: 'plex.tv' }, anna)).rule;
  const two = (await world.actions.allowName({ group: 'plex', pattern: 'app.plex.tv' }, anna)).rule;
  openFor(one.id, id, 'plex.tv', '192.0.2.7');
  openFor(one.id, id, 'plex.tv', '192.0.2.8');
  openFor(two.id, id, 'app.plex.tv', '192.0.2.8');
  expect(await ask('POST', '/rules/bulk/preview', { ids: [one.id] })).toMatchObject({
    status: 200,
    body: {
      added: [],
      ended: [{ pattern: 'plex.tv' }],
      closes: [{ address: '192.0.2.7', group: 'plex', names: ['plex.tv'] }],
    },
  });
  expect(inForce().sort()).toEqual(['app.plex.tv', 'plex.tv']);
  expect(await ask('POST', '/rules/bulk/preview', { ids: [4711] })).toMatchObject({ status: 404 });
});

test('taking a preset and leaving it: rules and addresses', async () => {
  const { id } = group(world);
  const preview = (what: string) => ask('GET', `/groups/plex/presets/ntp/preview?what=${what}`);
  const taking = await preview('add');
  expect(taking.body.added.length).toBeGreaterThan(0);
  expect(taking.body).toMatchObject({ ended: [], closes: [] });
  expect(inForce()).toEqual([]);
  expect(await preview('remove')).toMatchObject({ status: 404 });

  await ask('POST', '/groups/plex/presets/ntp');
  const [rule] = rulesInForce(world.db, world.clock.now());
  openFor(rule?.id ?? 0, id, rule?.pattern ?? '', '192.0.2.9');
  const leaving = await preview('remove');
  expect(leaving.body.ended.map(({ pattern }: { pattern: string }) => pattern).sort()).toEqual(
    inForce().sort(),
  );
  expect(leaving.body).toMatchObject({ added: [], closes: [{ address: '192.0.2.9' }] });
  expect(inForce().length).toBe(leaving.body.ended.length);
  expect((await preview('update')).body).toMatchObject({ added: [], ended: [], closes: [] });
});

test('names are looked at: their letters, their risks, and what would do instead', async () => {
  const plex = group(world);
  refused(world, plex, 'd1abc.cloudfront.net');
  refused(world, plex, 'image.tmdb.org');
  const { body } = await ask('POST', '/names/look', {
    group: 'plex',
    names: ['*.CloudFront.net', 'image.tmdb.org', 'bücher.example', 'not a name!'],
  });
  expect(body.items).toEqual([
    {
      name: '*.CloudFront.net',
      pattern: '*.cloudfront.net',
      risks: [expect.objectContaining({ code: 'shared-suffix' })],
      instead: ['d1abc.cloudfront.net'],
    },
    { name: 'image.tmdb.org', pattern: 'image.tmdb.org', risks: [], instead: [] },
    {
      name: 'bücher.example',
      pattern: 'xn--bcher-kva.example',
      unicode: 'bücher.example',
      risks: [expect.objectContaining({ code: 'punycode' })],
      instead: [],
    },
  ]);
});

test('what is refused on purpose would not do instead', async () => {
  const plex = group(world);
  refused(world, plex, 'crashreport.plexapp.com');
  refused(world, plex, 'ads.example.com');
  refused(world, plex, 'www.example.com');
  await ask('POST', '/rules', { group: 'plex', deny: 'ads.example.com' });
  const { body } = await ask('POST', '/names/look', { group: 'plex', names: ['*.com'] });
  expect(body.items[0].instead).toEqual(['www.example.com']);
});

test('the audit is filtered by who, what, when and text, a page at a time', async () => {
  group(world);
  await world.actions.allowName({ group: 'plex', pattern: 'plex.tv', note: '100% Sign-in' }, anna);
  world.clock.advance(HOUR);
  await ask('POST', '/rules', { group: 'plex', deny: 'ads.example.org' });
  await ask('POST', '/cache/flush');
  const idsOf = async (filter: string) =>
    (await ask('GET', `/audit?${filter}`)).body.items.map(({ id }: { id: number }) => id);
  expect(await idsOf('actor=user:anna')).toEqual([1]);
  expect(await idsOf('action=rule')).toEqual([2, 1]);
  expect(await idsOf('action=rule.deny')).toEqual([2]);
  expect(await idsOf('text=sign-IN')).toEqual([1]);
  expect(await idsOf('text=0%25')).toEqual([1]);
  expect(await idsOf('text=%25ads')).toEqual([]);
  expect(await idsOf('subject=plex%20plex.tv')).toEqual([1]);
  expect(await idsOf(`since=${new Date(NOON + 1).toISOString()}`)).toEqual([3, 2]);
  expect(await idsOf(`until=${new Date(NOON + 1).toISOString()}`)).toEqual([1]);
  expect(await idsOf('action=rule&limit=1')).toEqual([2]);
  expect(await idsOf('action=rule&limit=1&cursor=2')).toEqual([1]);
  expect((await ask('GET', '/audit/words')).body).toEqual({
    actors: ['token', 'user:anna'],
    actions: ['cache.flush', 'rule.allow', 'rule.deny'],
  });
});
