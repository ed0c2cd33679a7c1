/**
 * "Monthly I shrink and justify the list": what was not used for 90 days is ticked, goes in three clicks with what closes by it, and
 * comes back with one; who, when and why of each name; the export is what is on the screen. And the audit: filtered, verified, exported.
 */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { addRule, endRule, type NewRule } from '../../src/store/rules.ts';
import { anna, group, HOUR, ip, NOON } from '../actions/world.ts';
import { name } from '../store/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';
import { isAsWideAsItsWindow, LOOKS, look } from './looks.ts';

const DAY = 24 * HOUR;
let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

/** Half a year of a house: names that are used, names that are not, one of a file, and one that comes back. */
function livedIn(): void {
  const { world } = house;
  const { id: groupId } = group(world, 'plex', { createdAt: NOON - 200 * DAY });
  const rule = (pattern: string, more: Partial<NewRule> = {}) =>
    addRule(world.db, {
      groupId,
      action: 'allow',
      pattern,
      origin: 'person',
      createdAt: NOON - 200 * DAY,
      createdBy: 'user:anna',
      ...more,
    }).rule.id;
  const asked = (ruleId: number | undefined, text: string, daysAgo: number) =>
    createQueryLogWriter(world.queryLogDb.sql).write([
      {
        at: NOON - daysAgo * DAY,
        client: ip('192.168.20.5'),
        groupId,
        name: name(text),
        qtype: 1,
        verdict: 'allowed',
        reason: 'rule',
        ruleId,
        rcode: 0,
        source: 'cache',
        durationUs: 100,
        answers: [ip('198.51.100.7')],
        count: 1,
      },
    ]);
  asked(undefined, 'other.example', 190);
  asked(rule('plex.tv', { note: 'sign-in' }), 'plex.tv', 1);
  asked(rule('forty.example.org'), 'forty.example.org', 40);
  rule('old.example.org', { note: 'a plug-in I had' });
  rule('older.example.org');
  rule('file.example.org', { origin: 'file', place: 'sallyport.yaml:12' });
  for (const days of [30, 20, 10]) {
    const at = NOON - days * DAY + HOUR;
    const id = rule('often.example.org', { createdAt: NOON - days * DAY, expiresAt: at });
    endRule(world.db, id, { at, by: 'expiry' });
  }
}

test('what was not used for 90 days goes in three clicks, comes back with one, and each name is justified', async () => {
  const { page } = house;
  livedIn();
  await house.setUp();
  await page.goto(`${house.base}/audit`);
  const before = house.patterns();
  // One, two, three.
  await page.getByText('Tidy up').click();
  await page.getByText('2 of 4 selected').waitFor();
  const card = (pattern: string) => page.getByRole('listitem').filter({ hasText: `${pattern} plex` });
  await card('old.example.org').getByText('a plug-in I had').waitFor();
  await card('older.example.org').getByText('no note').waitFor();
  await card('older.example.org')
    .getByText(/^user:anna, 200 d ago/)
    .waitFor();
  await expect
    .poll(() => page.getByRole('checkbox', { name: 'Select forty.example.org' }).isChecked())
    .toBe(false);
  await expect
    .poll(() => page.getByRole('checkbox', { name: 'Select file.example.org' }).isDisabled())
    .toBe(true);
  await card('file.example.org').getByText('Managed by sallyport.yaml:12').waitFor();

  const shown = await page.locator('li .name').allTextContents();
  const csv = await downloaded(page, 'Export as CSV');
  expect(
    csv
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[2]),
  ).toEqual(shown);
  const json = JSON.parse(await downloaded(page, 'Export as JSON')) as readonly {
    readonly pattern: string;
  }[];
  expect(json.map(({ pattern }) => pattern)).toEqual(shown);

  await page.getByRole('button', { name: 'Remove 2' }).click();
  await page.getByRole('dialog').getByText('No address closes.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove 2' }).click();
  await page.getByText(/^Removed: /).waitFor();
  expect(house.patterns()).toEqual(before.filter((pattern) => !/^old/.test(pattern)));
  await page.getByRole('button', { name: /^Undo: Removed: / }).click();
  await page.getByRole('button', { name: /^Undo: Removed: / }).waitFor({ state: 'detached' });
  await expect.poll(house.patterns).toEqual(before);
});

test('what was allowed for a while three times is made permanent where it is told', async () => {
  const { page } = house;
  livedIn();
  await house.setUp();
  await page.goto(`${house.base}/audit?view=hygiene`);
  await page.getByLabel('Which rules').selectOption('comes-back');
  await page.getByText('often.example.org was allowed for a while 3 times').waitFor();
  await page.getByRole('button', { name: 'Make permanent: often.example.org' }).click();
  await page.getByText('Nothing to tidy up here').waitFor();
  expect(house.patterns()).toContain('often.example.org');
});

test('the audit is filtered, verified and exported as it is shown', async () => {
  const { page, world } = house;
  group(world);
  await world.actions.allowName({ group: 'plex', pattern: 'plex.tv', note: 'sign-in' }, anna);
  await world.actions.denyName({ group: 'plex', pattern: 'ads.example.org' }, anna);
  await house.setUp();
  await page.goto(`${house.base}/audit`);
  await page.getByText('plex ads.example.org').waitFor();
  await page.getByLabel('Who').selectOption('user:anna');
  await page.getByLabel('What was done').selectOption('rule');
  await page.getByLabel('Text in what it is about, or in the note').fill('SIGN');
  await page.getByText('plex ads.example.org').waitFor({ state: 'detached' });
  const rows = (await downloaded(page, 'Export as CSV')).trimEnd().split('\r\n');
  expect(rows.slice(1).map((row) => row.split(',').slice(2, 7))).toEqual([
    ['user:anna', '192.168.1.9', 'rule.allow', 'plex plex.tv', 'sign-in'],
  ]);
  await page.getByRole('button', { name: 'Verify the chain' }).click();
  await page.getByText(/^✓ Whole: each of \d+ entries/).waitFor();
  await page.getByLabel('Text in what it is about, or in the note').fill('nothing like it');
  await page.getByText('No entry matches the filter').waitFor();
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await page.getByText('plex ads.example.org').waitFor();
});

test('nothing for axe to find, and nothing sideways', async () => {
  const { page } = house;
  livedIn();
  await house.setUp();
  for (const one of LOOKS) {
    await look(page, one);
    for (const [path, text] of [
      ['/audit', 'Verify the chain'],
      ['/audit?view=hygiene', 'Remove 2'],
      ['/domains', 'Add a name'],
      ['/domains?view=presets', 'Look at it'],
      ['/domains?view=hosts', 'Find my Plex server'],
    ] as const) {
      await page.goto(`${house.base}${path}`);
      await page.getByText(text).first().waitFor();
      expect(await axeFindings(page), path).toEqual([]);
      expect(await isAsWideAsItsWindow(page), path).toBe(true);
    }
  }
});

async function downloaded(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return readFileSync(await download.path(), 'utf8');
}
