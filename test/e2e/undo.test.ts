/** What a click changed can be taken back for ten seconds where it was made, and it is that very change that is taken back. */
import { expect, test } from 'vitest';
import { findGroupByName } from '../../src/store/groups.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { anna, group, newHost } from '../actions/world.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

const plexNow = () => findGroupByName(house.world.db, 'plex');
const undo = (text: string | RegExp) =>
  house.page.locator('.notice').filter({ hasText: text }).getByRole('button', { name: /^Undo/ });

test('a pause, and the end of one', async () => {
  const { page, world } = house;
  group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  await house.setUp();
  await page.getByRole('button', { name: 'Pause: plex' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  const resume = page.getByRole('button', { name: 'Resume now: plex' });
  await resume.waitFor();
  await undo(/^plex: Paused/).click();
  await page.getByRole('button', { name: 'Pause: plex' }).waitFor();
  expect(plexNow()?.pausedUntil).toBeUndefined();

  const until = world.clock.now() + 600_000;
  await world.actions.pauseGroup({ group: 'plex', for: '600s', note: '' }, anna);
  await page.reload();
  await resume.click();
  await undo(/^plex: Names are filtered/).click();
  await resume.waitFor();
  expect(plexNow()?.pausedUntil).toBe(until);
});

test('the mode, and not what somebody else did to it since', async () => {
  const { page, world } = house;
  group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  await house.setUp();
  await page.getByRole('button', { name: 'Back to learning: plex' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Back to learning' }).click();
  await undo(/^plex: Learning/).click();
  await page.getByRole('button', { name: 'Back to learning: plex' }).waitFor();
  expect(plexNow()).toMatchObject({ mode: 'enforce', enforceOverride: true });

  await page.getByRole('button', { name: 'Back to learning: plex' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Back to learning' }).click();
  await undo(/^plex: Learning/).waitFor();
  await world.actions.changeGroup({ group: 'plex', mode: 'enforce', override: true }, anna);
  await undo(/^plex: Learning/).click();
  await page.getByText(/it was changed again since/).waitFor();
  expect(plexNow()?.mode).toBe('enforce');
});

test('a host that was protected, in the first group and in another', async () => {
  const { page, world } = house;
  newHost(world, '192.168.20.77', 'plex.tv');
  await house.setUp();
  await page.getByRole('button', { name: 'Protect this host: 192.168.20.77' }).click();
  await undo(/^plex: /).click();
  await page.getByText('no clients yet').waitFor();
  expect(plexNow()?.clients).toEqual([]);

  newHost(world, '192.168.20.78', 'plex.tv');
  await page.reload();
  await page.getByRole('button', { name: 'Protect this host: 192.168.20.78' }).click();
  await page.getByText('192.168.20.78', { exact: true }).waitFor();
  await undo(/^plex: /).click();
  await page.getByText('no clients yet').waitFor();
  expect(plexNow()?.clients).toEqual([]);
});

test('the note of a rule', async () => {
  const { page, world, base } = house;
  group(world);
  await world.actions.allowName({ group: 'plex', pattern: 'plex.tv', note: 'account' }, anna);
  await house.setUp();
  await page.goto(`${base}/domains`);
  await page.getByRole('button', { name: 'Details: plex.tv' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Note').fill('something else');
  await dialog.getByRole('button', { name: 'Save the note' }).click();
  // In the dialog, which lets nothing outside of it be clicked.
  await undo('Note saved: plex.tv').click();
  await expect.poll(() => rulesInForce(world.db, world.clock.now())[0]?.note).toBe('account');
});
