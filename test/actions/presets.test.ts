import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { groupPresets } from '../../src/actions/presets/describe.ts';
import { followPresets } from '../../src/actions/presets/take.ts';
import { catalogOf, parsePreset } from '../../src/catalog/load.ts';
import { listAudit } from '../../src/store/audit.ts';
import { findGroupByName } from '../../src/store/groups.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { anna, createWorld, group, HOUR, NOON, refused, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
  catalogHas('1.0.0', { 'a.example': {}, 'b.example': {}, 'c.example': {} });
  group(world);
});
afterEach(() => world.close());

interface Written {
  readonly why?: string;
  readonly types?: readonly string[];
  readonly alias?: string;
}

/** As a newer version of the product would bring it. */
function catalogHas(version: string, entries: Readonly<Record<string, Written>>): void {
  const preset = parsePreset({
    $schema: './schema.json',
    id: 'media',
    title: 'Media',
    description: 'For tests.',
    version,
    updated: '2026-11',
    default_enabled: false,
    entries: Object.entries(entries).map(
      ([pattern, { why = `for ${pattern}`, types = ['A', 'AAAA'], alias = 'push' }]) => ({
        pattern,
        types,
        function: 'test',
        need: 'required',
        why,
        breaks: 'Nothing.',
        shared_hosting: 'unknown',
        alias,
        ports: [],
        confidence: 'low',
        sources: ['here'],
      }),
    ),
  });
  Object.assign(world.catalog, catalogOf([preset]));
}

const rules = () =>
  rulesInForce(world.db, world.clock.now())
    .map(({ action, pattern, types, note }) => `${action} ${pattern} ${types} ${note}`)
    .sort();
const patterns = () =>
  rulesInForce(world.db, world.clock.now())
    .map(({ pattern }) => pattern)
    .sort();
const ruleFor = (wanted: string) => {
  const found = rulesInForce(world.db, world.clock.now()).find(({ pattern }) => pattern === wanted);
  if (found === undefined) throw new Error(`no rule for ${wanted}`);
  return found;
};
const stand = () => {
  const [only] = groupPresets({ db: world.db, catalog: world.catalog, now: world.clock.now() });
  if (only === undefined) throw new Error('the group has no preset');
  return only;
};
const media = { group: 'plex', preset: 'media' };
const take = () => world.actions.addPreset(media, anna);
const update = () => world.actions.updatePreset(media, anna);
const newestEntry = () => {
  const [entry] = listAudit(world.db, { limit: 1 }).items;
  if (entry === undefined) throw new Error('nothing was written down');
  return entry;
};
const revertNewest = () => world.actions.revertEntry(newestEntry().id, anna);

describe('a preset that is taken', () => {
  test('brings its rules, answers what waited for them, and is written down', async () => {
    const denial = refused(world, group(world, 'nas'), 'a.example');
    const waiting = refused(world, findGroupByName(world.db, 'plex') ?? group(world), 'b.example');
    await take();
    expect(rules()).toEqual([
      'allow a.example A,AAAA for a.example',
      'allow b.example A,AAAA for b.example',
      'allow c.example A,AAAA for c.example',
    ]);
    expect(findGroupByName(world.db, 'plex')?.presets).toEqual(['media']);
    expect(newestEntry()).toMatchObject({
      actor: 'user:anna',
      action: 'preset.add',
      subject: 'plex media',
      after: { version: '1.0.0', rules: 3 },
    });
    expect(world.told).toContainEqual({ kind: 'denials-moved', ids: [waiting.id] });
    expect(world.told).not.toContainEqual({ kind: 'denials-moved', ids: [denial.id] });
    expect(world.calls).toEqual(['reload', 'nudge']);
  });

  test('twice is taken once', async () => {
    await take();
    await take();
    expect(listAudit(world.db, { limit: 10 }).items).toHaveLength(1);
    expect(findGroupByName(world.db, 'plex')?.presets).toEqual(['media']);
  });

  test('an unknown one is refused with those there are', async () => {
    await expect(world.actions.addPreset({ group: 'plex', preset: 'medi' }, anna)).rejects.toMatchObject({
      code: 'not-found',
      hint: 'There are media.',
    });
  });

  test('is left with all its rules, and taking that back brings them as they were', async () => {
    await take();
    await world.actions.endRule(ruleFor('b.example').id, anna);
    await world.actions.changeRule({ id: ruleFor('c.example').id, for: '24h', note: 'mine' }, anna);
    world.clock.advance(HOUR);
    await world.actions.removePreset(media, anna);
    expect(patterns()).toEqual([]);
    expect(findGroupByName(world.db, 'plex')?.presets).toEqual([]);
    world.clock.advance(HOUR);
    catalogHas('2.0.0', { 'z.example': {} });
    await revertNewest();
    expect(patterns()).toEqual(['a.example', 'c.example']);
    expect(ruleFor('c.example')).toMatchObject({ note: 'mine', expiresAt: NOON + 24 * HOUR });
    expect(stand()).toMatchObject({ version: '1.0.0', update: { to: '2.0.0' } });
  });

  test('taking the taking back leaves it', async () => {
    await take();
    await revertNewest();
    expect(patterns()).toEqual([]);
    await expect(world.actions.removePreset(media, anna)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('of a group that a file manages is a matter of the file; its update is not', async () => {
    const nas = group(world, 'nas', { origin: 'file', presets: ['media'] });
    const ofNas = { group: nas.name, preset: 'media' };
    await expect(world.actions.addPreset(ofNas, anna)).rejects.toMatchObject({ code: 'managed-by-file' });
    followPresets(world.db, world.catalog, { group: nas, at: NOON, by: 'file' });
    await expect(world.actions.removePreset(ofNas, anna)).rejects.toMatchObject({ code: 'managed-by-file' });
    catalogHas('1.1.0', { 'a.example': {} });
    await world.actions.updatePreset(ofNas, anna);
    expect(patterns()).toEqual(['a.example']);
  });
});

describe('a newer catalog', () => {
  beforeEach(async () => {
    await take();
    world.clock.advance(HOUR);
    catalogHas('1.1.0', { 'a.example': {}, 'b.example': { types: ['SRV'] }, 'd.example': { why: 'new' } });
  });

  test('changes nothing, and is told as a difference', () => {
    expect(patterns()).toEqual(['a.example', 'b.example', 'c.example']);
    expect(stand()).toMatchObject({
      version: '1.0.0',
      update: {
        from: '1.0.0',
        to: '1.1.0',
        added: [{ action: 'allow', pattern: 'd.example', note: 'new' }],
        removed: [{ pattern: 'c.example' }],
        changed: [{ before: { types: ['A', 'AAAA'] }, after: { pattern: 'b.example', types: ['SRV'] } }],
      },
      yours: [],
    });
  });

  test('is taken when a person says so, and left again when it is taken back', async () => {
    const kept = ruleFor('a.example').id;
    await update();
    expect(rules()).toEqual([
      'allow a.example A,AAAA for a.example',
      'allow b.example SRV for b.example',
      'allow d.example A,AAAA new',
    ]);
    expect(ruleFor('a.example').id).toBe(kept);
    expect(stand().update).toBeUndefined();
    expect(newestEntry()).toMatchObject({
      action: 'preset.update',
      before: { version: '1.0.0' },
      after: { version: '1.1.0' },
    });
    world.clock.advance(HOUR);
    await revertNewest();
    expect(rules()).toEqual([
      'allow a.example A,AAAA for a.example',
      'allow b.example A,AAAA for b.example',
      'allow c.example A,AAAA for c.example',
    ]);
    expect(stand()).toMatchObject({ version: '1.0.0', update: { to: '1.1.0' } });
  });

  test('taken twice writes once', async () => {
    await update();
    const { id } = newestEntry();
    await update();
    expect(newestEntry().id).toBe(id);
  });

  test('leaves alone what a person did: what was ended stays ended, an end and a note stay', async () => {
    await world.actions.endRule(ruleFor('a.example').id, anna);
    await world.actions.changeRule({ id: ruleFor('b.example').id, for: '24h', note: 'mine' }, anna);
    expect(stand().yours).toEqual([
      { pattern: 'a.example', what: 'ended' },
      { pattern: 'b.example', what: 'changed', until: NOON + 25 * HOUR },
    ]);
    await update();
    expect(rules()).toEqual(['allow b.example SRV mine', 'allow d.example A,AAAA new']);
    expect(ruleFor('b.example').expiresAt).toBe(NOON + 25 * HOUR);
    expect(stand().yours.map(({ pattern }) => pattern)).toEqual(['a.example', 'b.example']);
  });

  test('going back does not bring what a person had ended before', async () => {
    await world.actions.endRule(ruleFor('c.example').id, anna);
    world.clock.advance(HOUR);
    await update();
    world.clock.advance(HOUR);
    await revertNewest();
    expect(patterns()).toEqual(['a.example', 'b.example']);
  });

  test('another word for the same name changes the note, unless a person wrote one', async () => {
    catalogHas('1.2.0', { 'a.example': { why: 'better' }, 'b.example': { why: 'better' }, 'c.example': {} });
    await world.actions.changeRule({ id: ruleFor('b.example').id, note: 'mine' }, anna);
    const before = rulesInForce(world.db, world.clock.now()).map(({ id }) => id);
    await update();
    expect(rules()).toEqual([
      'allow a.example A,AAAA better',
      'allow b.example A,AAAA mine',
      'allow c.example A,AAAA for c.example',
    ]);
    expect(rulesInForce(world.db, world.clock.now()).map(({ id }) => id)).toEqual(before);
  });

  test('a name that is refused on purpose by now is denied, when a person says so', async () => {
    catalogHas('1.2.0', { 'a.example': { alias: 'never' }, 'b.example': {}, 'c.example': {} });
    await update();
    expect(rules()[2]).toBe('deny a.example A,AAAA for a.example');
  });

  test('that has the preset no more leaves it as it is, and says so', async () => {
    Object.assign(world.catalog, catalogOf([]));
    expect(stand()).toMatchObject({ withdrawn: true, version: '1.0.0' });
    expect(patterns()).toHaveLength(3);
    await world.actions.removePreset(media, anna);
    expect(patterns()).toEqual([]);
  });
});
