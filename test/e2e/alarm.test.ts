/** Whoever looks at any screen is told of a firewall that has not answered for a minute, and not of one that missed a beat. */
import { expect, test } from 'vitest';
import { firewall, NOON } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;
eachInItsHouse((entered) => {
  house = entered;
});

const edge = firewall();
const unreachableSince = (since: number) => ({
  ...edge,
  connected: false,
  status: { ...edge.status, state: 'down' as const, since, lastError: 'nobody listens on 192.168.1.1:443' },
});

test('a firewall that has not answered for a minute is told on every screen, until it answers', async () => {
  const { page, world } = house;
  world.firewalls.push(unreachableSince(NOON));
  await house.setUp();
  const alarm = page.getByRole('alert');
  await page
    .locator('.pills')
    .getByText(/Firewall down/)
    .waitFor();
  expect(await alarm.count()).toBe(0);

  world.firewalls[0] = unreachableSince(NOON - 61_000);
  world.news.tell({ kind: 'sync', firewall: 'edge' });
  await alarm
    .getByText(/^edge has not answered for more than a minute: what is open there stays open/)
    .waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('heading', { level: 1, name: 'Domains' }).waitFor();
  await alarm.getByRole('link', { name: 'See the firewall' }).click();
  await page.getByRole('heading', { level: 1, name: 'Firewall' }).waitFor();

  world.firewalls[0] = edge;
  world.news.tell({ kind: 'sync', firewall: 'edge' });
  await alarm.waitFor({ state: 'detached' });
});
