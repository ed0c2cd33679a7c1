/** What was allowed here and is ended, or given another end, by somebody else: the page does not go on calling it allowed. */
import { expect, test } from 'vitest';
import { rulesInForce } from '../../src/store/rules.ts';
import { anna, group, refused } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

const NAME = 'image.tmdb.org';
let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

/** By a person, on the Overview; the id of its rule. */
async function allow(): Promise<number> {
  const { page, world } = house;
  refused(world, group(world), NAME);
  await house.setUp();
  await page.getByRole('button', { name: `Allow 15 min: ${NAME}` }).click();
  await tracker().getByText('Waiting to be asked again').waitFor();
  const [rule] = rulesInForce(world.db, world.clock.now());
  if (rule === undefined) throw new Error('nothing was allowed');
  return rule.id;
}

/** As the control plane does once its policy was read anew. */
function tell(of: { readonly changed?: readonly number[]; readonly ended?: readonly number[] }): void {
  house.world.news.tell({ kind: 'rules', added: [], changed: [], ended: [], ...of });
  house.world.clock.advance(250);
}

function tracker() {
  return house.page.locator('.tracker').filter({ has: house.page.getByRole('heading', { name: NAME }) });
}

test('another end is shown, and who ended it in the end', async () => {
  const { page, world } = house;
  const rule = await allow();
  await world.actions.changeRule({ id: rule, for: 'always' }, anna);
  tell({ changed: [rule] });
  await tracker().getByText('plex · always').waitFor();

  await world.actions.endRule(rule, anna);
  tell({ ended: [rule] });
  await tracker().getByText('Ended by anna: it is refused again, unless another rule allows it.').waitFor();
  expect(await tracker().getByText('Allowed', { exact: true }).count()).toBe(0);
  expect(await tracker().getByRole('button', { name: 'Undo' }).count()).toBe(0);
  expect(await axeFindings(page)).toEqual([]);

  await tracker().getByRole('button', { name: 'Allow 15 min' }).click();
  await tracker().getByText('Waiting to be asked again').waitFor();
  expect(house.patterns()).toEqual([NAME]);
});

test('without the stream it is noticed as well', async () => {
  const { page, world } = house;
  await page.route('**/api/v1/events?*', (route) => route.abort('connectionrefused'));
  const rule = await allow();
  await world.actions.endRule(rule, { name: 'cli', origin: 'socket' });
  await tracker().getByText('Ended by cli').waitFor();
});

test('a revert in the audit by somebody else ends it as well, seen on coming back to the screen', async () => {
  const { page, world } = house;
  const rule = await allow();
  await page.getByRole('link', { name: 'Firewall', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Firewall' }).waitFor();
  await world.actions.endRule(rule, anna);
  await page.getByRole('link', { name: 'Overview' }).click();
  await tracker().getByText('Ended by anna').waitFor();
});
