/**
 * "My list lives in Git", on the page of the real process: what the file manages is locked with its line, a name is allowed for a while all
 * the same and shown with its YAML, a broken file keeps what was in force and says so, and a new one is applied with what closes in sight.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { axeFindings } from './axe.ts';
import { allInTheDemoHouse, type SignedInDemo } from './demo-house.ts';

let house: SignedInDemo;
let page: Page;
let file: string;
let written: string;

allInTheDemoHouse((entered) => {
  house = entered;
  ({ page } = house);
});
beforeAll(async () => {
  file = join(dirname(house.dataDirectory), 'sallyport.yaml');
  written = await readFile(file, 'utf8');
});

const lineOf = (text: string) => written.split('\n').findIndex((line) => line.includes(text)) + 1;

test('what the file manages is locked with its line', async () => {
  const place = `sallyport.yaml:${lineOf('image.tmdb.org')}`;
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('cell', { name: new RegExp(place) }).waitFor();
  await expect
    .poll(() => page.getByRole('checkbox', { name: 'Select image.tmdb.org' }).isDisabled())
    .toBe(true);
  await page.getByRole('button', { name: 'Details: image.tmdb.org' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`Managed by ${place}; change it there.`).waitFor();
  await expect.poll(() => dialog.getByRole('button', { name: /^Remove/ }).count()).toBe(0);
  await page.keyboard.press('Escape');

  await page.getByText('Presets', { exact: true }).click();
  await page.getByRole('button', { name: 'Look at it: Plex Media Server: core' }).click();
  await dialog
    .getByText(/plex: its presets are written in sallyport\.yaml:/)
    .first()
    .waitFor();
  await expect.poll(() => dialog.getByRole('button', { name: 'Leave it: plex' }).count()).toBe(0);
  await page.keyboard.press('Escape');
});

test('a name is allowed for a while all the same, and stands beside the file with its YAML', async () => {
  expect((await house.lookUp('assets.fanart.tv')).result).toBe('no such name');
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('button', { name: 'Allow 15 min: assets.fanart.tv' }).click();
  await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('allow assets.fanart.tv').waitFor();
  await page.getByText('- allow: assets.fanart.tv').waitFor();
});

test('a broken file keeps what is in force, and says so on Overview and in Settings', async () => {
  await writeFile(file, written.replace('mode: enforce', 'mode: strict'));
  process.kill(house.sallyport.pid, 'SIGHUP');
  await page.getByText('The file as it is now is not in force').waitFor();
  await page
    .getByText(/sallyport\.yaml:\d+/)
    .first()
    .waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('as it is now is not in force; what was in force before stays').waitFor();
  expect((await house.lookUp('image.tmdb.org')).result).toBe('found');
});

test('a new file is shown as what it changes and closes, and applied from the page', async () => {
  const { addresses } = await house.lookUp('image.tmdb.org');
  await writeFile(file, written.replace('allow: image.tmdb.org', 'allow: artworks.thetvdb.com'));
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'What would the file change?' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('2 changes', { exact: true }).waitFor();
  await dialog.getByText('− removed: rule plex allow image.tmdb.org').waitFor();
  await dialog.getByText('+ added: rule plex allow artworks.thetvdb.com').waitFor();
  for (const address of addresses) await dialog.getByText(address).waitFor();
  await dialog.getByText('1 thing beside the file stays.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Apply 2 changes' }).click();
  await page.getByText('sallyport.yaml is in force: 2 changes').waitFor();
  await page.getByText('The file as it is now is not in force').waitFor({ state: 'detached' });
  expect((await house.lookUp('image.tmdb.org')).result).toBe('no such name');
  expect((await house.lookUp('artworks.thetvdb.com')).result).toBe('found');

  await page.getByRole('button', { name: 'What would the file change?' }).click();
  await dialog.getByText('Nothing: what is in force is what the file says.').waitFor();
  expect(house.complaints).toEqual([]);
});
