/**
 * "My list lives in Git", on the page of the real process: what the file manages is locked with its line, a name is allowed for a while all
 * the same and shown with its YAML, a broken file keeps what was in force and says so, and a new one is applied with what closes in sight.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildDemoHouse, type DemoHouse, PLEX } from '../../scripts/demo/house.ts';
import { muslLookup } from '../../scripts/plex-boot/musl-resolver.ts';
import { type Browser, openBrowser } from '../../scripts/support/browser.ts';
import { ensurePage } from '../../scripts/support/page.ts';
import { axeFindings } from './axe.ts';
import { type WatchedPage, watchedPage } from './browser.ts';

let house: DemoHouse;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let file: string;
let written: string;

beforeAll(async () => {
  await ensurePage();
  [house, browser] = await Promise.all([buildDemoHouse(), openBrowser()]);
  file = join(dirname(house.dataDirectory), 'sallyport.yaml');
  written = await readFile(file, 'utf8');
  const base = `http://127.0.0.1:${house.webPort}`;
  watched = await watchedPage(browser.context, base);
  ({ page } = watched);
  await page.goto(base);
  await page.getByLabel('Password', { exact: true }).fill(house.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}, 180_000);
afterAll(async () => {
  await browser.close();
  await house.close();
}, 60_000);

const ask = (name: string) => muslLookup(name, { address: '127.0.0.1', port: house.dnsPort, from: PLEX });
const lineOf = (text: string) => written.split('\n').findIndex((line) => line.includes(text)) + 1;

test('what the file manages is locked with its line', { timeout: 120_000 }, async () => {
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

test('a name is allowed for a while all the same, and stands beside the file with its YAML', {
  timeout: 120_000,
}, async () => {
  expect((await ask('assets.fanart.tv')).result).toBe('no such name');
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('button', { name: 'Allow 15 min: assets.fanart.tv' }).click();
  await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('allow assets.fanart.tv').waitFor();
  await page.getByText('- allow: assets.fanart.tv').waitFor();
});

test('a broken file keeps what is in force, and says so on Overview and in Settings', {
  timeout: 120_000,
}, async () => {
  await writeFile(file, written.replace('mode: enforce', 'mode: strict'));
  process.kill(house.sallyport.pid, 'SIGHUP');
  await page.getByText('The file as it is now is not in force').waitFor();
  await page
    .getByText(/sallyport\.yaml:\d+/)
    .first()
    .waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('as it is now is not in force; what was in force before stays').waitFor();
  expect((await ask('image.tmdb.org')).result).toBe('found');
});

test('a new file is shown as what it changes and closes, and applied from the page', {
  timeout: 120_000,
}, async () => {
  const { addresses } = await ask('image.tmdb.org');
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
  expect((await ask('image.tmdb.org')).result).toBe('no such name');
  expect((await ask('artworks.thetvdb.com')).result).toBe('found');

  await page.getByRole('button', { name: 'What would the file change?' }).click();
  await dialog.getByText('Nothing: what is in force is what the file says.').waitFor();
  expect(watched.complaints).toEqual([]);
});
