import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { getGroup } from '../../src/store/groups.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { anna, createWorld, firewall, group, NOON, refused, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const learning = () => {
  world.firewalls.push(firewall());
  return group(world, 'plex', { mode: 'learn' });
};
const rules = [
  { pattern: 'plex.tv', note: 'required for Plex' },
  { pattern: '_v2-origintunneld._tcp.argotunnel.com', types: ['SRV'] },
];
const inForce = () =>
  rulesInForce(world.db, world.clock.now()).map(({ pattern, types, origin, preset }) => [
    pattern,
    types.join(),
    origin,
    preset,
  ]);
const lastEntry = () => {
  const entry = listAudit(world.db, { limit: 1 }).items[0];
  if (entry === undefined) throw new Error('nothing was written');
  return entry;
};

test('one step takes what was learnt and enforces', async () => {
  const plex = learning();
  const waiting = refused(world, plex, 'plex.tv');
  const done = await world.actions.enforceGroup({ group: 'plex', rules, presets: [] }, anna);
  expect(done.group).toMatchObject({ mode: 'enforce', enforceOverride: false });
  expect(done.rules.map(({ note }) => note)).toEqual(['required for Plex', '']);
  expect(inForce()).toEqual([
    ['plex.tv', 'A,AAAA', 'learn', undefined],
    ['_v2-origintunneld._tcp.argotunnel.com', 'SRV', 'learn', undefined],
  ]);
  expect(lastEntry()).toMatchObject({
    action: 'group.mode',
    actor: 'user:anna',
    before: { mode: 'learn' },
    after: { mode: 'enforce', rules: done.rules.map((rule) => rule.id) },
  });
  expect(world.told).toContainEqual({ kind: 'denials-moved', ids: [waiting.id] });
  expect(world.calls).toEqual(['reload', 'nudge']);
  expect(getGroup(world.db, plex.id).mode).toBe('enforce');
});

test('presets come with it', async () => {
  learning();
  await world.actions.enforceGroup({ group: 'plex', rules: [], presets: ['plex-core', 'plex-core'] }, anna);
  expect(lastEntry().after).toMatchObject({ presets: ['plex-core'] });
  const { entries = [] } = world.catalog.presets.get('plex-core') ?? {};
  expect(inForce()).toEqual(entries.map(({ pattern }) => [pattern, 'A,AAAA', 'catalog', 'plex-core']));
  expect(entries).toHaveLength(9);
});

test('all of it or nothing: one pattern that is none, or a preset there is not, changes nothing', async () => {
  const { id } = learning();
  const bad = [...rules, { pattern: 'not a name' }];
  await expect(
    world.actions.enforceGroup({ group: 'plex', rules: bad, presets: [] }, anna),
  ).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(
    world.actions.enforceGroup({ group: 'plex', rules, presets: ['nonsense'] }, anna),
  ).rejects.toMatchObject({ code: 'not-found', message: 'preset nonsense' });
  const idle = [...rules, { pattern: '*.plex.direct' }];
  await expect(
    world.actions.enforceGroup({ group: 'plex', rules: idle, presets: [] }, anna),
  ).rejects.toMatchObject({ code: 'of-plex-direct' });
  expect(inForce()).toEqual([]);
  expect(getGroup(world.db, id).mode).toBe('learn');
  expect(world.calls).toEqual([]);
});

test('without a firewall that enforces it takes the owner’s word', async () => {
  group(world, 'plex', { mode: 'learn' });
  const input = { group: 'plex', rules, presets: [] };
  await expect(world.actions.enforceGroup(input, anna)).rejects.toMatchObject({
    code: 'enforce-needs-firewall',
  });
  expect(inForce()).toEqual([]);
  const done = await world.actions.enforceGroup({ ...input, override: true }, anna);
  expect(done.group).toMatchObject({ mode: 'enforce', enforceOverride: true });
});

test('a group of the file is enforced there', async () => {
  group(world, 'plex', { mode: 'learn', origin: 'file' });
  await expect(
    world.actions.enforceGroup({ group: 'plex', rules, presets: [], override: true }, anna),
  ).rejects.toMatchObject({ code: 'managed-by-file' });
  await expect(world.actions.learnGroup({ group: 'plex' }, anna)).rejects.toMatchObject({
    code: 'managed-by-file',
  });
});

test('back to learning keeps the rules for the next time', async () => {
  learning();
  await world.actions.enforceGroup({ group: 'plex', rules, presets: [] }, anna);
  const { group: after } = await world.actions.learnGroup({ group: 'plex' }, anna);
  expect(after.mode).toBe('learn');
  expect(inForce()).toHaveLength(2);
  await world.actions.revertEntry(lastEntry().id, anna);
  expect(getGroup(world.db, after.id).mode).toBe('enforce');
});

test('taken back, everything is as it was before; and that can be taken back too', async () => {
  const { id } = learning();
  await world.actions.allowName({ group: 'plex', pattern: 'kept.example.org', for: 'always' }, anna);
  world.clock.advance(1000);
  await world.actions.enforceGroup({ group: 'plex', rules, presets: ['plex-core'] }, anna);
  const enforced = inForce();
  expect(enforced).toHaveLength(3 + 9);

  world.clock.advance(1000);
  await world.actions.revertEntry(lastEntry().id, anna);
  expect(getGroup(world.db, id)).toMatchObject({ mode: 'learn', presets: [] });
  expect(inForce()).toEqual([['kept.example.org', 'A,AAAA', 'person', undefined]]);

  world.clock.advance(1000);
  await world.actions.revertEntry(lastEntry().id, anna);
  expect(getGroup(world.db, id)).toMatchObject({ mode: 'enforce', presets: ['plex-core'] });
  expect(new Set(inForce().map(String))).toEqual(new Set(enforced.map(String)));
});

test('a rule that was there before stays when the step is taken back', async () => {
  learning();
  await world.actions.enforceGroup({ group: 'plex', rules, presets: [] }, anna);
  world.clock.advance(1000);
  const more = [...rules, { pattern: 'servers.plex.tv' }];
  await world.actions.enforceGroup({ group: 'plex', rules: more, presets: [] }, anna);
  await world.actions.revertEntry(lastEntry().id, anna);
  expect(inForce().map(([pattern]) => pattern)).toEqual(['plex.tv', '_v2-origintunneld._tcp.argotunnel.com']);
  expect(world.clock.now()).toBe(NOON + 1000);
});
