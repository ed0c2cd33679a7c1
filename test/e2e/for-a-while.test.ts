/** What is allowed for a while: how it is prolonged, and what the page says when its time is over. */
import { expect, test } from 'vitest';
import { rulesInForce } from '../../src/store/rules.ts';
import { anna, group, HOUR, MINUTE, NOON, refused } from '../actions/world.ts';
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

test('after the fifteen minutes it is called refused again, and allowed once more with one click', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  refused(world, plex, NAME);
  await setUp();
  await page.getByRole('button', { name: `Allow 15 min: ${NAME}` }).click();
  await tracker().getByText('Waiting to be asked again').waitFor();

  world.clock.advance(15 * MINUTE);
  world.news.tell({ kind: 'denials-moved', ids: [refused(world, plex, 'other.example.org').id] });
  world.clock.advance(0);
  await tracker().getByText('it is refused again').waitFor();
  await expect.poll(() => tracker().textContent()).not.toMatch(/left|Waiting|\+1 h|Undo/);

  await tracker()
    .getByRole('button', { name: `Allow 15 min: ${NAME}` })
    .click();
  await tracker().getByText('Waiting to be asked again').waitFor();
  expect(ends()).toEqual([NOON + 30 * MINUTE]);
  await tracker()
    .getByRole('button', { name: `Undo: ${NAME}` })
    .click();
  await tracker().getByText('Undone: it is refused again').waitFor();
  await expect.poll(() => tracker().textContent()).not.toContain('left');
  expect(ends()).toEqual([]);
});

test('an end that several rules are given is counted by the clock of the server', async () => {
  const { page, world, setUp } = house;
  group(world);
  for (const allow of ['plex.tv', 'image.tmdb.org'])
    await world.actions.allowName({ group: 'plex', pattern: allow }, anna);
  await setUp();
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('checkbox', { name: 'Select plex.tv', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Select image.tmdb.org' }).check();
  await page.getByRole('button', { name: 'Give them an end' }).click();
  await page.getByRole('menuitem', { name: 'End in 1 hour' }).click();
  await page.getByText('2 rules have a new end').waitFor();
  for (const end of ends()) expect(Math.abs((end ?? 0) - NOON - HOUR)).toBeLessThan(10 * MINUTE);
});
