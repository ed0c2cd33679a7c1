/**
 * "Why can, or can't, Plex reach this?" — one key, a name or an address, one panel, on the real process with ten thousand rules. How
 * long the answer takes is printed, not judged: the machine that runs this is shared.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { median } from '../../scripts/bench/statistics.ts';
import { buildDemoHouse, type DemoHouse, PLEX } from '../../scripts/demo/house.ts';
import { muslLookup } from '../../scripts/plex-boot/musl-resolver.ts';
import { type Browser, openBrowser } from '../../scripts/support/browser.ts';
import { ensurePage } from '../../scripts/support/page.ts';
import { askApi } from './ask-api.ts';
import { axeFindings } from './axe.ts';
import { type WatchedPage, watchedPage } from './browser.ts';
import { signIn } from './one-name.ts';

const RULES = 10_000;
let house: DemoHouse;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  await ensurePage();
  [house, browser] = await Promise.all([buildDemoHouse(), openBrowser()]);
  const base = `http://127.0.0.1:${house.webPort}`;
  watched = await watchedPage(browser.context, base);
  const { page } = watched;
  await signIn(page, base, house.password);
  const entries = Array.from({ length: RULES - 20 }, (_, n) => ({
    action: 'allow',
    pattern: `host${n}.example.org`,
  }));
  await askApi(page, 'POST', '/rules/import', { group: 'plex', entries });
  for (const pattern of ['artworks.thetvdb.com', 'shared.example.org'])
    await askApi(page, 'POST', '/rules', { group: 'plex', allow: pattern });
}, 240_000);
afterAll(async () => {
  await browser.close();
  await house.close();
}, 60_000);

const ask = (name: string) => muslLookup(name, { address: '127.0.0.1', port: house.dnsPort, from: PLEX });

async function why(what: string) {
  const { page } = watched;
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'A name, an address or a screen' }).fill(what);
  await page.keyboard.press('Enter');
  return page.getByRole('dialog', { name: `Why: ${what}` });
}

test('a name that is allowed: the rule, the mode, the last questions, what is open and where', {
  timeout: 120_000,
}, async () => {
  const { page } = watched;
  const { addresses } = await ask('image.tmdb.org');
  const dialog = await why('image.tmdb.org');
  await dialog.getByText(/^rule \d+: image\.tmdb\.org$/).waitFor();
  await dialog.getByText(/Names are filtered and addresses are enforced by opnsense/).waitFor();
  const open = dialog
    .getByRole('listitem')
    .filter({ hasText: addresses.find((one) => one.includes('.')) ?? '' });
  await open.getByText('opnsense: in the alias').first().waitFor();
  await dialog
    .getByText(/127\.0\.0\.2 · A · Allowed \(NOERROR\)/)
    .first()
    .waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
});

test('a name that is not: the rules that come close, and what the catalog says', {
  timeout: 120_000,
}, async () => {
  const { page } = watched;
  await ask('www.tmdb.org');
  const dialog = await why('www.tmdb.org');
  await dialog.getByText('No rule of plex allows www.tmdb.org.').waitFor();
  const close = dialog.getByRole('listitem').filter({ hasText: 'image.tmdb.org' });
  await close.getByText('it is for another name of the same domain').waitFor();
  await dialog
    .getByText(/127\.0\.0\.2 · A · Refused \(NXDOMAIN\)/)
    .first()
    .waitFor();
  await dialog.getByText('Nothing is open for it now.').first().waitFor();
  await page.keyboard.press('Escape');
});

test('an address: whose it is, what firewall holds it, and who else is there', {
  timeout: 120_000,
}, async () => {
  const { page } = watched;
  const [address = ''] = (await ask('artworks.thetvdb.com')).addresses;
  await ask('shared.example.org');
  const dialog = await why(address);
  await dialog.getByText(new RegExp(`${address} is open because of`)).waitFor();
  await dialog.getByText('opnsense: in the alias').first().waitFor();
  await dialog
    .getByText(/^Shared \(\d+ of 100\): /)
    .first()
    .waitFor();
  await dialog.getByText(/led to 198\.51\.100\.\d+ here/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  expect(watched.complaints).toEqual([]);
});

test('how long it takes with ten thousand rules', { timeout: 120_000 }, async () => {
  const { page } = watched;
  const rules = await askApi<{ readonly items: readonly unknown[] }>(page, 'GET', '/rules?group=plex');
  const times: number[] = [];
  for (const name of ['host9000.example.org', 'nobody.example.org', 'image.tmdb.org', 'www.tmdb.org']) {
    for (let again = 0; again < 5; again++) {
      const began = performance.now();
      await askApi(page, 'GET', `/why?name=${name}`);
      times.push(performance.now() - began);
    }
  }
  console.log(
    `why, with ${rules.items.length} rules in the list: median ${Math.round(median(times))} ms, most ${Math.round(Math.max(...times))} ms`,
  );
});
