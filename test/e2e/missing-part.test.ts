/** A part of the page that cannot be loaded when it is needed: only that part says so, and the rest goes on. */
import { expect, test } from 'vitest';
import { group, refused } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

const NAME = 'image.tmdb.org';
const MISSING = 'This part of the page could not be loaded';
let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

/** As after a new build: the file of that name is there no more. */
const isGone = (file: string) =>
  house.page.route(`**/assets/${file}-*.js`, (route) => route.fulfill({ status: 404 }));

test('a screen whose file is gone says so beside the others, and is loaded again', async () => {
  const { page } = house;
  await house.setUp();
  await isGone('audit-screen');
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('heading', { level: 1, name: MISSING }).waitFor();
  expect(await axeFindings(page)).toEqual([]);

  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('heading', { level: 1, name: MISSING }).waitFor();
  await page.unroute('**/assets/audit-screen-*.js');
  await page.getByRole('button', { name: 'Load again' }).click();
  await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
});

test('a dialog whose file is gone leaves the screen behind it as it is', async () => {
  const { page, world } = house;
  refused(world, group(world), NAME);
  await house.setUp();
  await isGone('why-dialog');
  await page.getByRole('button', { name: `Why?: ${NAME}` }).click();
  const dialog = page.getByRole('dialog', { name: MISSING });
  await dialog.getByRole('button', { name: 'Load again' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: `Allow 15 min: ${NAME}` }).click();
  await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
});

test('while Sallyport is away, loading again says so and does not leave the page', async () => {
  const { page } = house;
  await house.setUp();
  await house.goAway();
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('button', { name: 'Load again' }).click();
  await page.getByText('Sallyport does not answer. What you saw before stays.').waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});

test('what is typed before the search has come reaches nothing behind it', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  refused(world, plex, NAME);
  await setUp();
  await page.getByRole('link', { name: /^Refused/ }).click();
  await page.getByRole('heading', { name: 'Refused', exact: true }).waitFor();
  await page.getByRole('heading', { name: NAME }).waitFor();
  await page.keyboard.press('j');
  const fetched = Promise.withResolvers<void>();
  await page.route('**/assets/palette-*.js', async (route) => {
    await fetched.promise;
    await route.continue();
  });
  await page.keyboard.press('Control+k');
  for (const key of ['1', 'm']) await page.keyboard.press(key);
  fetched.resolve();
  await page.getByRole('dialog', { name: 'Search a name or an address' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: NAME }).waitFor();
  expect(house.patterns()).toEqual([]);
  expect(await page.locator('.notice').count()).toBe(0);
});
