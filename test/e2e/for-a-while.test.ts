/** What is allowed for a while: how it is prolonged. */
import { expect, test } from 'vitest';
import { rulesInForce } from '../../src/store/rules.ts';
import { group, HOUR, NOON, refused } from '../actions/world.ts';
import { eachInItsHouse, type House } from './house.ts';

const NAME = 'image.tmdb.org';
let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

const ends = () => rulesInForce(house.world.db, house.world.clock.now()).map(({ expiresAt }) => expiresAt);
const tracker = () =>
  house.page
    .getByRole('region', { name: 'Just allowed' })
    .getByRole('listitem')
    .filter({ has: house.page.getByRole('heading', { name: NAME }) });

test('an hour more is an hour after its end, however far that is, and can be taken back', async () => {
  const { page, world, setUp } = house;
  refused(world, group(world, 'plex', { mode: 'enforce', enforceOverride: true }), NAME);
  await setUp();
  await page.getByRole('button', { name: 'Allow for another time' }).click();
  await page.getByRole('menuitem', { name: '7 days' }).click();
  await page.getByText('No temporary rule ends in the next 24 hours.').waitFor();

  await tracker()
    .getByRole('button', { name: `+1 h: ${NAME}` })
    .click();
  await tracker()
    .getByText(/16[89]:\d\d:\d\d left/)
    .waitFor();
  expect(ends()).toEqual([NOON + 169 * HOUR]);

  await page.getByRole('button', { name: `Undo: An hour more: ${NAME}` }).click();
  await tracker()
    .getByText(/16[78]:\d\d:\d\d left/)
    .waitFor();
  expect(ends()).toEqual([NOON + 168 * HOUR]);
});
