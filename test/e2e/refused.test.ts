/** The refused names of a large house: every one can be found, and what is wide is warned of. */
import { expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { recordDenials } from '../../src/store/refusals.ts';
import { group, ip, NOON, refused } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

test('of more names than one reading brings, the list says so and a filter finds the oldest', async () => {
  const { page, world, base, setUp } = house;
  const plex = group(world);
  group(world, 'seerr');
  recordDenials(
    world.db,
    Array.from({ length: 700 }, (_, n) => ({
      groupId: plex.id,
      name: parseDomainName(`n${n}.example.org`),
      qtype: 1,
      client: ip('192.168.20.5'),
      reason: 'no-rule',
      ruleId: undefined,
      count: 1,
      firstAt: NOON - n,
      lastAt: NOON - n,
    })),
  );
  await setUp();
  await page.getByRole('link', { name: 'See all 700' }).waitFor();
  await page.getByRole('button', { name: 'Enforce: plex' }).click();
  await page.getByText('700 names that were asked would have been refused.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('link', { name: 'See all 700' }).click();
  await page.getByText('500 of 700 are listed, those refused last.').first().waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel('Filter by name').fill('N699.');
  await page.getByRole('button', { name: 'Allow 15 min: n699.example.org' }).click();
  await page.getByText('Nothing matches the filter').waitFor();
  expect(house.patterns()).toEqual(['n699.example.org']);

  await page.goto(`${base}/refused?group=seerr`);
  await page.getByText('No refused name of seerr is waiting').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByText('Only seerr').locator('..').getByRole('button', { name: 'Show every group' }).click();
  await page.getByText('500 of 699 are listed').first().waitFor();
  await expect.poll(() => page.getByText('Only seerr').count()).toBe(0);
});

test('a domain that is an open door is not allowed before its warning was seen, is followed, and is taken back', async () => {
  const { page, world, base, setUp } = house;
  refused(world, group(world), 'd1abc.cloudfront.net');
  await setUp();
  await page.getByRole('button', { name: 'Enforce: plex' }).click();
  await page.getByText('1 name that was asked would have been refused. See it under Refused').waitFor();
  await page.goto(`${base}/refused?byDomain=true`);
  await page.getByRole('button', { name: /^Allow \.\S+…$/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('For how long').selectOption('always');
  await dialog.getByText('anybody can have a name below it').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Wildcard anyway' }).click();
  await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
  expect(house.patterns()).toHaveLength(1);
  await page.getByRole('button', { name: /^Undo: Allowed: / }).click();
  await page.getByRole('heading', { name: 'd1abc.cloudfront.net' }).waitFor();
  expect(house.patterns()).toEqual([]);
});

test('rows can be selected only where something can be done about all that are', async () => {
  const { page, world, base, setUp } = house;
  refused(world, group(world, 'plex', { mode: 'enforce' }), 'image.tmdb.org');
  await setUp();
  const boxes = page.getByRole('checkbox', { name: 'Select image.tmdb.org' });
  const row = page.getByRole('article', { name: 'image.tmdb.org' });
  await page.goto(`${base}/refused`);
  await boxes.waitFor();
  await page.getByRole('button', { name: 'Mute: image.tmdb.org' }).click();
  await row.waitFor({ state: 'detached' });
  await page.goto(`${base}/refused?state=muted`);
  await page.getByRole('button', { name: 'Unmute: image.tmdb.org' }).waitFor();
  expect(await boxes.count()).toBe(0);

  await page.getByRole('button', { name: 'Unmute: image.tmdb.org' }).click();
  await row.waitFor({ state: 'detached' });
  await page.route('**/api/v1/session', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), role: 'viewer' } });
  });
  await page.goto(`${base}/refused`);
  await row.waitFor();
  expect(await boxes.count()).toBe(0);
});

test('a name in other letters is shown in them too, where it is decided about', async () => {
  const { page, world, setUp } = house;
  refused(world, group(world, 'plex', { mode: 'enforce' }), 'xn--bcher-kva.example.org');
  await setUp();
  await page.getByRole('heading', { name: 'xn--bcher-kva.example.org (bücher.example.org)' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
});
