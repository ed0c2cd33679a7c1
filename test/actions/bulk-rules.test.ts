import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit, verifyAudit } from '../../src/store/audit.ts';
import { addRule, getRule, rulesInForce } from '../../src/store/rules.ts';
import { bearer, createClient } from '../api/stage.ts';
import { anna, createWorld, group, HOUR, NOON, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
  group(world);
});
afterEach(() => {
  expect(verifyAudit(world.db)).toMatchObject({ sound: true });
  world.close();
});

const allow = async (pattern: string, input = {}) =>
  (await world.actions.allowName({ group: 'plex', pattern, ...input }, anna)).rule.id;
const inForce = () => rulesInForce(world.db, world.clock.now()).map((rule) => [rule.pattern, rule.expiresAt]);
const audit = () => listAudit(world.db, { limit: 50 }).items;
const revert = (id = audit()[0]?.id ?? 0) => world.actions.revertEntry(id, anna);
const UNTIL = NOON + 5 * HOUR;

test('many are ended with one entry, and made again with one', async () => {
  const ids = [await allow('a.org'), await allow('*.b.org', { for: '2h', types: ['TXT'], note: 'why' })];
  const entries = audit().length;
  world.willClose('192.0.2.7');
  const { rules, effect } = await world.actions.endRules([...ids, ...ids], anna);
  expect(rules.map(({ endedBy }) => endedBy)).toEqual(['user:anna', 'user:anna']);
  expect(effect.closed).toEqual(['192.0.2.7']);
  expect(inForce()).toEqual([]);
  expect(audit()).toHaveLength(entries + 1);
  expect(audit()[0]).toMatchObject({
    action: 'rule.end-many',
    subject: 'plex: 2 rules',
    before: { rules: ids },
  });

  await revert();
  expect(inForce()).toEqual([
    ['a.org', undefined],
    ['*.b.org', NOON + 2 * HOUR],
  ]);
  expect(rulesInForce(world.db, NOON)[1]).toMatchObject({ types: ['TXT'], note: 'why', origin: 'person' });
  await revert();
  expect(inForce()).toEqual([]);
  await revert();
  expect(inForce()).toHaveLength(2);
});

test('what has run out meanwhile is not made again', async () => {
  await world.actions.endRules([await allow('a.org', { for: '1h' }), await allow('b.org')], anna);
  const { id = 0 } = audit()[0] ?? {};
  world.clock.advance(2 * HOUR);
  await revert(id);
  expect(inForce()).toEqual([['b.org', undefined]]);

  await world.actions.endRules([await allow('c.org', { for: '1h' })], anna);
  world.clock.advance(2 * HOUR);
  await expect(revert()).rejects.toThrow('would have ended by themselves');
});

test('ends are set and set back', async () => {
  const ids = [await allow('a.org', { for: '1h' }), await allow('b.org', { for: '2h' })];
  await world.actions.setRuleEnds(
    ids.map((rule) => ({ rule, expiresAt: null })),
    anna,
  );
  expect(inForce()).toEqual([
    ['a.org', undefined],
    ['b.org', undefined],
  ]);
  const { id = 0 } = audit()[0] ?? {};
  expect(audit()[0]).toMatchObject({ action: 'rule.extend-many' });
  await revert(id);
  expect(inForce()).toEqual([
    ['a.org', NOON + HOUR],
    ['b.org', NOON + 2 * HOUR],
  ]);
  await revert();
  expect(inForce()).toEqual([
    ['a.org', undefined],
    ['b.org', undefined],
  ]);
  world.clock.advance(2 * HOUR);
  await expect(revert()).rejects.toThrow('the former end of one of them has passed');
});

test.each([
  ['one that has ended', 'has ended already; none was changed'],
  ['one of a file', 'is written in sallyport.yaml:9'],
  ['one that never was', 'rule 4711'],
])('%s among them changes none', async (what, why) => {
  const good = await allow('a.org');
  const other = what.includes('ended')
    ? await allow('b.org')
    : what.includes('file')
      ? addRule(world.db, {
          groupId: 1,
          action: 'allow',
          pattern: 'b.org',
          origin: 'file',
          place: 'sallyport.yaml:9',
          createdAt: NOON,
          createdBy: 'file',
        }).rule.id
      : 4711;
  if (what.includes('ended')) await world.actions.endRule(other, anna);
  const entries = audit().length;
  await expect(world.actions.endRules([good, other], anna)).rejects.toThrow(why);
  await expect(
    world.actions.setRuleEnds(
      [
        { rule: good, expiresAt: UNTIL },
        { rule: other, expiresAt: UNTIL },
      ],
      anna,
    ),
  ).rejects.toThrow(why);
  expect(getRule(world.db, good)).toMatchObject({ endedAt: undefined, expiresAt: undefined });
  expect(audit()).toHaveLength(entries);
});

test('over the API', async () => {
  const { ask } = createClient(world);
  const bulk = (body: object) => ask('POST', '/api/v1/rules/bulk', { body, headers: bearer });
  const ids = [await allow('a.org'), await allow('b.org')];
  const extended = await bulk({ ids, action: 'extend', until: '2026-12-31' });
  expect(extended).toMatchObject({
    status: 200,
    body: { rules: [{ expiresAt: '2027-01-01T00:00:00.000Z' }, {}] },
  });
  expect((await bulk({ ids, action: 'extend', until: 'always' })).body.rules[1]).not.toHaveProperty(
    'expiresAt',
  );
  expect((await bulk({ ids, action: 'extend', until: '2020-01-01' })).body).toMatchObject({
    code: 'invalid-input',
  });
  for (const body of [
    { ids, action: 'extend' },
    { ids, action: 'end', until: 'always' },
    { ids: [], action: 'end' },
  ])
    expect((await bulk(body)).status).toBe(400);
  expect(await bulk({ ids, action: 'end' })).toMatchObject({
    status: 200,
    body: { rules: [{ endedBy: 'token' }, {}] },
  });

  const hygiene = await ask('GET', '/api/v1/hygiene?group=plex', { headers: bearer });
  expect(hygiene).toMatchObject({ status: 200, body: { group: 'plex', findings: [], rules: [] } });
  expect((await ask('GET', '/api/v1/hygiene?group=nobody', { headers: bearer })).status).toBe(404);
});
