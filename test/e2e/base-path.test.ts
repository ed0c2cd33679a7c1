/** The page behind a reverse proxy that serves it below a path. */
import { expect, test } from 'vitest';
import { eachInItsHouse, type House } from './house.ts';

let house: House;
eachInItsHouse((opened) => {
  house = opened;
}, '/sallyport');

test('below a base path everything is found: screens, files, the stream, a screen opened by its address', async () => {
  const { page, base, setUp } = house;
  await setUp();
  await page.getByRole('link', { name: 'Firewall', exact: true }).click();
  await page.getByRole('heading', { name: 'Firewall', exact: true }).waitFor();
  expect(page.url()).toBe(`${base}/firewall`);
  await page.goto(`${base}/refused?window=5m`);
  await page.getByText('Nothing was refused in this time').waitFor();
});
