/**
 * "Why can, or can't, Plex reach this?" — one key, a name or an address, one panel, on the real process with ten thousand rules. How
 * long the answer takes is printed, not judged: the machine that runs this is shared.
 */
import { beforeAll, expect, test } from 'vitest';
import { median } from '../../scripts/bench/statistics.ts';
import { askApi } from './ask-api.ts';
import { axeFindings } from './axe.ts';
import { allInTheDemoHouse, type SignedInDemo } from './demo-house.ts';

const RULES = 10_000;
let house: SignedInDemo;

allInTheDemoHouse((entered) => {
  house = entered;
});
beforeAll(async () => {
  const { page } = house;
  const entries = Array.from({ length: RULES - 20 }, (_, n) => ({
    action: 'allow',
    pattern: `host${n}.example.org`,
  }));
  await askApi(page, 'POST', '/rules/import', { group: 'plex', entries });
  for (const pattern of ['artworks.thetvdb.com', 'shared.example.org'])
    await askApi(page, 'POST', '/rules', { group: 'plex', allow: pattern });
});

async function why(what: string) {
  const { page } = house;
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'A name, an address or a screen' }).fill(what);
  await page.keyboard.press('Enter');
  return page.getByRole('dialog', { name: `Why: ${what}` });
}

test('a name that is allowed: the rule, the mode, the last questions, what is open and where', async () => {
  const { page } = house;
  const { addresses } = await house.lookUp('image.tmdb.org');
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

test('a name that is not: the rules that come close, and what the catalog says', async () => {
  const { page } = house;
  await house.lookUp('www.tmdb.org');
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

test('an address: whose it is, what firewall holds it, and who else is there', async () => {
  const { page } = house;
  const [address = ''] = (await house.lookUp('artworks.thetvdb.com')).addresses;
  await house.lookUp('shared.example.org');
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
  expect(house.complaints).toEqual([]);
});

test('how long it takes with ten thousand rules', async () => {
  const { page } = house;
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
