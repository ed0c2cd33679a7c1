/**
 * "A Plex scan fails with an error on the screen: in two clicks I see what was refused in the last minute, and allow one of it for
 * 15 minutes" — the real process, its simulated firewalls, a DNS client and the browser. The times are printed, not judged: the
 * machine that runs this is shared. What is judged is the order: an address is in the alias before the client is told of it.
 */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PLEX, SEERR } from '../../scripts/demo/house.ts';
import { allInTheDemoHouse, type SignedInDemo } from './demo-house.ts';
import { allowWhatIsRefused } from './one-name.ts';

let house: SignedInDemo;

allInTheDemoHouse((entered) => {
  house = entered;
});

test.each([
  { firewall: 'OPNsense', alias: 'opnsense', from: PLEX, name: 'artworks.thetvdb.com' },
  { firewall: 'pfSense', alias: 'pfsense', from: SEERR, name: 'image.tmdb.org' },
] as const)('with $firewall', async ({ firewall, alias, from, name }) => {
  const { page } = house;
  await page.getByRole('link', { name: 'Overview' }).click();
  await allowWhatIsRefused(page, {
    name,
    firewall: alias,
    ask: async () => (await house.lookUp(name, from)).addresses,
    table: () => house.tables()[firewall],
  });

  expect(await auditOf(page)).toContainEqual(
    expect.objectContaining({ action: 'denial.allow', actor: 'user:admin' }),
  );
  expect(house.complaints).toEqual([]);
});

test('the keyboard alone, from the overview to the answer', async () => {
  const { page } = house;
  const name = 'api.themoviedb.org';
  const ask = () => house.lookUp(name);
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
  expect(house.complaints).toEqual([]);
});

test('the stream is lost: the page says so, polls, and shows the next refusal all the same', async () => {
  const { page } = house;
  await page.route('**/api/v1/events?*', (route) => route.abort());
  await page.goto(`${house.base}/refused`);
  await page.getByText(/Live updates stopped/).waitFor();
  await house.lookUp('c2.example.net');
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
