/**
 * "A Plex scan fails with an error on the screen: in two clicks I see what was refused in the last minute, and allow one of it for
 * 15 minutes" — the real process, its simulated firewalls, a DNS client and the browser. The times are printed, not judged: the
 * machine that runs this is shared. What is judged is the order: an address is in the alias before the client is told of it.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildDemoHouse, type DemoHouse, PLEX, SEERR } from '../../scripts/demo/house.ts';
import { muslLookup } from '../../scripts/plex-boot/musl-resolver.ts';
import { type Browser, openBrowser } from '../../scripts/support/browser.ts';
import { ensurePage } from '../../scripts/support/page.ts';
import { type WatchedPage, watchedPage } from './browser.ts';
import { allowWhatIsRefused, signIn } from './one-name.ts';

let house: DemoHouse;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  await ensurePage();
  [house, browser] = await Promise.all([buildDemoHouse(), openBrowser()]);
  const base = `http://127.0.0.1:${house.webPort}`;
  watched = await watchedPage(browser.context, base);
  await signIn(watched.page, base, house.password);
}, 180_000);
afterAll(async () => {
  await browser.close();
  await house.close();
}, 60_000);

test.each([
  { firewall: 'OPNsense', alias: 'opnsense', from: PLEX, name: 'artworks.thetvdb.com' },
  { firewall: 'pfSense', alias: 'pfsense', from: SEERR, name: 'image.tmdb.org' },
] as const)('with $firewall', { timeout: 120_000 }, async ({ firewall, alias, from, name }) => {
  const { page } = watched;
  await page.getByRole('link', { name: 'Overview' }).click();
  await allowWhatIsRefused(page, {
    name,
    firewall: alias,
    ask: async () => (await muslLookup(name, { address: '127.0.0.1', port: house.dnsPort, from })).addresses,
    table: () => house.tables()[firewall],
  });

  expect(await auditOf(page)).toContainEqual(
    expect.objectContaining({ action: 'denial.allow', actor: 'user:admin' }),
  );
  expect(watched.complaints).toEqual([]);
});

test('the keyboard alone, from the overview to the answer', { timeout: 120_000 }, async () => {
  const { page } = watched;
  const name = 'api.themoviedb.org';
  const ask = () => muslLookup(name, { address: '127.0.0.1', port: house.dnsPort, from: PLEX });
  await ask();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.getByRole('heading', { level: 1, name: 'Refused' }).waitFor();
  await page.getByRole('heading', { name }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('moviedb');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await page.getByRole('heading', { name }).waitFor();
  for (const key of ['j', '1']) await page.keyboard.press(key);
  await page.getByText('Waiting to be asked again').waitFor();
  expect((await ask()).result).toBe('found');
  expect(watched.complaints).toEqual([]);
});

test('the stream is lost: the page says so, polls, and shows the next refusal all the same', {
  timeout: 120_000,
}, async () => {
  const { page } = watched;
  await page.route('**/api/v1/events?*', (route) => route.abort());
  await page.goto(`http://127.0.0.1:${house.webPort}/refused`);
  await page.getByText(/Live updates stopped/).waitFor();
  await muslLookup('c2.example.net', { address: '127.0.0.1', port: house.dnsPort, from: PLEX });
  await page.getByRole('heading', { name: 'c2.example.net' }).waitFor();
  await page.unroute('**/api/v1/events?*');
  await page.getByText(/Live updates stopped/).waitFor({ state: 'detached' });
});

async function auditOf(page: Page): Promise<readonly { readonly action: string; readonly actor: string }[]> {
  const { items } = (await page.evaluate("fetch('/api/v1/audit').then((answer) => answer.json())")) as {
    readonly items: readonly { readonly action: string; readonly actor: string }[];
  };
  return items;
}
