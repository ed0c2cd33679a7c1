/** What is allowed: pasted lists, risky names, and changes that are taken back. */
import { expect, test } from 'vitest';
import { group, refused } from '../actions/world.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

test('a pasted list is shown before it is added, and undone as one', async () => {
  const { page, world } = house;
  group(world);
  await house.setUp();
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('button', { name: 'Paste many' }).click();
  await page.getByLabel('Names', { exact: true }).fill('plex.tv # sign-in\n*.plex.direct\nnot a name!\n');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText('2 new').waitFor();
  await page.getByText('1 not understood').waitFor();
  expect(house.patterns()).toEqual([]);
  await page.getByRole('button', { name: 'Add 2 names' }).click();
  await page.getByRole('cell', { name: 'Allow plex.tv', exact: false }).waitFor();
  expect(house.patterns()).toEqual(['*.plex.direct', 'plex.tv']);

  await page.getByRole('button', { name: 'Undo: 2 names added' }).click();
  await page.getByText('No rule yet').waitFor();
  expect(house.patterns()).toEqual([]);
});

test('of a pasted list of AdGuard it is said what will be refused, and risks are told of every name', async () => {
  const { page, world } = house;
  group(world);
  await house.setUp();
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('button', { name: 'Paste many' }).click();
  const text = page.getByLabel('Names', { exact: true });
  await text.fill('plex.tv\n@@||tmdb.org^\n||ads.example^\n');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('heading', { name: 'Will be refused: 1' }).waitFor();
  await page.getByRole('heading', { name: 'Will be allowed: 1' }).waitFor();
  await page.getByText('line 1: plex.tv (among rules of AdGuard a name alone is denied').waitFor();
  await page.getByRole('button', { name: 'Add 1 allow and 1 deny rule', exact: true }).waitFor();

  const many = Array.from({ length: 501 }, (_, i) => `host${i}.example`);
  await text.fill([...many, 'd1abc.cloudfront.net'].join('\n'));
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText('1 risky').waitFor();
});

test('a name is added with a warning where it is wider than anybody means, removed, and brought back from the audit', async () => {
  const { page, world } = house;
  refused(world, group(world), 'd1abc.cloudfront.net');
  await house.setUp();
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('button', { name: 'Add a name' }).click();
  const name = page.getByRole('dialog').getByLabel('Name', { exact: true });
  await name.fill('*.cloudfront.net');
  await page.getByText('anybody can have a name below it').waitFor();
  await page.getByRole('button', { name: 'Wildcard anyway' }).waitFor();
  // What was refused lately would do, and is one click away.
  await page.getByRole('button', { name: 'Allow only d1abc.cloudfront.net' }).click();
  await page.getByText('anybody can have one there').waitFor();
  await expect.poll(() => name.inputValue()).toBe('d1abc.cloudfront.net');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('button', { name: 'Details: d1abc.cloudfront.net' }).click();
  await page.getByRole('button', { name: 'Remove: d1abc.cloudfront.net' }).click();
  await page.getByText('No rule yet').waitFor();
  expect(house.patterns()).toEqual([]);

  await page.getByRole('link', { name: 'Audit' }).click();
  await page
    .getByRole('button', { name: /^Revert: .*d1abc\.cloudfront\.net/ })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revert' }).click();
  await page.getByText(/^Taken back:/).waitFor();
  expect(house.patterns()).toEqual(['d1abc.cloudfront.net']);
});

test('a wildcard that is an open door is not made by Enter before its warning was seen', async () => {
  const { page, world } = house;
  group(world);
  await house.setUp();
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('button', { name: 'Add a name' }).click();
  const name = page.getByRole('dialog').getByLabel('Name', { exact: true });
  await name.fill('*.org');
  await name.press('Enter');
  await page.getByRole('button', { name: 'Wildcard anyway' }).waitFor();
  await page.getByText('everybody can register a name below it').waitFor();
  expect(house.patterns()).toEqual([]);
  await page.getByRole('button', { name: 'Wildcard anyway' }).click();
  await page.getByRole('button', { name: 'Details: *.org' }).waitFor();
  expect(house.patterns()).toEqual(['*.org']);
});

test('ten thousand rules: a screenful of rows, and a filter that finds one', async () => {
  const { page, world } = house;
  group(world);
  const entries = Array.from({ length: 10_000 }, (_, n) => `n${n}.example.org`).join('\n');
  await house.setUp();
  await page.evaluate(
    `fetch('/api/v1/rules/import', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ group: 'plex', text: ${JSON.stringify(entries)} }) })`,
  );
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByText('10000 rules').waitFor();
  await expect.poll(() => page.locator('table *').count()).toBeLessThan(900);
  await page.getByLabel('Filter by name, note or preset').fill('n9999.');
  await page.getByText('1 of 10000 rules').waitFor();
});
