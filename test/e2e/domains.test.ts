/** The screen Domains: presets with what each name is for, rules one by one and many at a time, and the hosts they are for. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { findGroup } from '../../src/actions/find-group.ts';
import { rulesOf } from '../../src/catalog/rules.ts';
import { saveLeases } from '../../src/store/leases.ts';
import { beginTaking } from '../../src/store/preset-takings.ts';
import { endRule, rulesInForce } from '../../src/store/rules.ts';
import { anna, group, HOUR, ip, MINUTE, NOON } from '../actions/world.ts';
import { name } from '../store/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

const allow = async (pattern: string, more: { readonly note?: string; readonly for?: string } = {}) =>
  (await house.world.actions.allowName({ group: 'plex', pattern, ...more }, anna)).rule;

function openFor(rule: { readonly id: number; readonly groupId: number; readonly pattern: string }): void {
  saveLeases(house.world.db, [
    {
      groupId: rule.groupId,
      ruleId: rule.id,
      cause: 'answer',
      startedAt: NOON,
      toldUntil: NOON,
      until: NOON + HOUR,
      name: name(rule.pattern),
      address: ip('192.0.2.9'),
    },
  ]);
}

test('a preset is read name by name, taken with a preview, left with what closes, and taken back with one click', async () => {
  const { page, world } = house;
  group(world);
  await house.setUp();
  await page.goto(`${house.base}/domains?view=presets`);
  await page.getByRole('button', { name: 'Look at it: Time synchronisation' }).click();
  await page.getByText('Without it: Clock drift.', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Take it for plex' }).click();
  await page.getByRole('heading', { name: 'Take Time synchronisation for plex?' }).waitFor();
  await page.getByText(/^\d+ rules are added:$/).waitFor();
  expect(house.patterns()).toEqual([]);
  await page.getByRole('button', { name: 'Take it', exact: true }).click();
  await page.getByText('plex: version 1.0.0').waitFor();
  expect(house.patterns()).toContain('ntp.ubuntu.com');

  const taken = house.patterns();
  const rule = rulesInForce(world.db, world.clock.now()).find(({ pattern }) => pattern === 'ntp.ubuntu.com');
  if (rule === undefined) throw new Error('ntp has no rule for ntp.ubuntu.com');
  openFor(rule);
  await page.getByRole('button', { name: 'Look at it: Time synchronisation' }).click();
  await page.getByRole('button', { name: 'Leave it: plex' }).click();
  await page.getByText('1 address closes:').waitFor();
  await page.getByText('192.0.2.9').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Leave it', exact: true }).click();
  await page.getByText('Left: ntp (plex)').waitFor();
  expect(house.patterns()).toEqual([]);
  await page.getByRole('button', { name: 'Undo: Left: ntp (plex)' }).click();
  await page.getByText('plex: version 1.0.0').waitFor();
  expect(house.patterns()).toEqual(taken);
});

test('an update waits: what the catalog changed, what was changed here, and either is kept', async () => {
  const { page, world } = house;
  const { id: groupId } = group(world);
  await world.actions.addPreset({ group: 'plex', preset: 'ntp' }, anna);
  const preset = world.catalog.presets.get('ntp');
  const rules = rulesInForce(world.db, world.clock.now());
  const [fresh, mine] = rules;
  if (preset === undefined || fresh === undefined || mine === undefined) throw new Error('ntp is too small');
  // As it was before the catalog had the first name; and one name was removed by a person.
  world.clock.advance(MINUTE);
  for (const { id } of [fresh, mine]) endRule(world.db, id, { at: world.clock.now(), by: 'user:anna' });
  beginTaking(world.db, {
    groupId,
    preset: 'ntp',
    version: '0.9.0',
    rules: rulesOf(preset).filter(({ pattern }) => pattern !== fresh.pattern),
    takenAt: world.clock.now(),
    takenBy: 'user:anna',
  });
  await house.setUp();
  await page.goto(`${house.base}/domains?view=presets`);
  await page.getByText('plex: update to 1.0.0 waits').waitFor();
  const look = async () => {
    await page.getByRole('button', { name: 'Look at it: Time synchronisation' }).click();
    await page.getByRole('button', { name: 'See the update: plex' }).click();
    await page.getByText('The catalog, from 0.9.0 to 1.0.0').waitFor();
    await page.getByText(`${mine.pattern}: you removed it: it stays removed`).waitFor();
    await page.getByText('1 rule is added:').waitFor();
  };
  await look();
  await page.getByRole('button', { name: 'Keep version 0.9.0' }).click();
  expect(house.patterns()).not.toContain(fresh.pattern);
  await look();
  await page.getByRole('button', { name: 'Take the update' }).click();
  await page.getByText('Updated: ntp (plex)').waitFor();
  expect(house.patterns()).toContain(fresh.pattern);
  expect(house.patterns()).not.toContain(mine.pattern);
});

test('many rules: removed with what closes, brought back as one, given an end, and written as YAML and CSV', async () => {
  const { page, world } = house;
  group(world);
  openFor(await allow('plex.tv', { note: 'sign-in' }));
  await allow('*.plex.tv');
  await allow('image.tmdb.org', { for: '1h' });
  await house.setUp();
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('checkbox', { name: 'Select plex.tv', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Select image.tmdb.org' }).check();

  const fileOf = async (kind: string) => {
    await page.getByRole('button', { name: 'Export 2' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: kind }).click(),
    ]);
    return readFileSync(await download.path(), 'utf8');
  };
  expect(parse(await fileOf('YAML'))).toEqual([
    { allow: 'image.tmdb.org', until: expect.any(String) },
    { allow: 'plex.tv', note: 'sign-in' },
  ]);
  expect((await fileOf('CSV')).split('\r\n')).toHaveLength(4);

  await page.getByRole('button', { name: 'Give them an end' }).click();
  await page.getByRole('menuitem', { name: 'Make permanent' }).click();
  await page.getByText('2 rules have a new end').waitFor();
  expect(rulesInForce(world.db, NOON).filter(({ expiresAt }) => expiresAt !== undefined)).toEqual([]);

  await page.getByRole('checkbox', { name: 'Select plex.tv', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Select image.tmdb.org' }).check();
  await page.getByRole('button', { name: 'Remove 2' }).click();
  await page.getByRole('dialog').getByText('1 address closes:').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove 2' }).click();
  await page.getByText(/^Removed: /).waitFor();
  expect(house.patterns()).toEqual(['*.plex.tv']);
  await page.getByRole('button', { name: /^Undo: Removed: / }).click();
  await page.getByText('3 rules').waitFor();
  expect(house.patterns()).toEqual(['*.plex.tv', 'image.tmdb.org', 'plex.tv']);
});

test('one rule: its note, its history, its letters and its YAML', async () => {
  const { page, world } = house;
  group(world);
  await allow('bücher.example', { note: 'books' });
  await house.setUp();
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByText('(bücher.example)').waitFor();
  await page.getByRole('button', { name: 'Details: xn--bcher-kva.example' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('reads bücher.example').waitFor();
  await dialog.getByText('#1 Allow rule made · user:anna').waitFor();
  await dialog.getByText('- allow: "xn--bcher-kva.example"').waitFor();
  await dialog.getByLabel('Note').fill('books of mine');
  await dialog.getByRole('button', { name: 'Save the note' }).click();
  await dialog.getByText('Rule changed · user:admin').waitFor();
  expect(rulesInForce(world.db, NOON)[0]?.note).toBe('books of mine');
  expect(await axeFindings(page)).toEqual([]);
});

test('the assistant for plex.direct finds the server, and a person takes it', async () => {
  const { page, world } = house;
  group(world);
  const hash = '0123456789abcdef0123456789abcdef';
  world.looks.set('192.168.20.5', {
    hashes: [hash],
    names: [`*.${hash}.plex.direct`],
    identity: undefined,
    problem: undefined,
  });
  await house.setUp();
  await page.goto(`${house.base}/domains?view=hosts`);
  await page.getByRole('button', { name: 'Find my Plex server: plex' }).click();
  await page.getByRole('button', { name: 'Look for it' }).click();
  await page.getByText(/^192\.168\.20\.5:32400 shows a certificate/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Take these' }).click();
  await page.getByText('plex.direct of plex is set').waitFor();
  expect(findGroup(world.db, 'plex').plexDirect.hashes).toEqual([hash]);
  await page.getByRole('definition').filter({ hasText: hash }).waitFor();
});
