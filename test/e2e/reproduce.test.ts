/** Reproducing something on the page: from the mark to what is kept, with a reload and a second tab in between. */
import { expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import type { Group } from '../../src/store/groups.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { firewall, group, ip, MINUTE, refused } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;
let plex: Group;

eachInItsHouse((opened) => {
  house = opened;
  plex = group(house.world, 'plex', { mode: 'enforce' });
  house.world.firewalls.push(firewall({ groups: ['plex'] }));
});

/** As the data plane and the log thread write it down. */
function refuse(name: string, at = house.world.clock.now(), reason = 'no-rule'): void {
  const { world } = house;
  createQueryLogWriter(world.queryLogDb.sql).write([
    {
      at,
      client: ip('192.168.20.5'),
      groupId: plex.id,
      name: parseDomainName(name),
      qtype: 1,
      verdict: 'denied',
      reason,
      ruleId: undefined,
      rcode: 3,
      source: 'local',
      durationUs: 100,
      answers: [],
      count: 1,
    },
  ]);
  refused(world, plex, name);
}
const rules = () =>
  rulesInForce(house.world.db, house.world.clock.now())
    .map(({ pattern, expiresAt }) => [pattern, expiresAt === undefined ? 'always' : 'for a while'])
    .toSorted();

test('from the mark to what is kept; a reload and another tab show the same', async () => {
  const { page, world, setUp, base } = house;
  for (let hour = 1; hour <= 6; hour++) refuse('noise.example.net', world.clock.now() - hour * 60 * MINUTE);
  refuse('before.example.net');
  world.clock.advance(MINUTE);
  await setUp();
  await page.getByRole('button', { name: 'Reproduce a problem' }).click();
  const panel = page.getByRole('region', { name: 'Reproducing in plex' });
  await panel.getByText('Nothing was refused yet.').waitFor();

  world.clock.advance(5_000);
  refuse('image.tmdb.org');
  refuse('api.themoviedb.org');
  refuse('noise.example.net');
  await panel.getByRole('heading', { name: 'image.tmdb.org' }).waitFor();
  expect((await panel.getByRole('heading', { level: 3 }).allTextContents()).toSorted()).toEqual([
    'api.themoviedb.org',
    'image.tmdb.org',
  ]);
  await panel.getByLabel('Show 1 name that is refused all day').check();
  await panel.getByText(/refused 6× in the day before, in 6 of its hours: likely not this/).waitFor();
  await panel.getByLabel('Show 1 name that is refused all day').uncheck();
  expect(await axeFindings(page)).toEqual([]);

  await page.reload();
  await panel.getByRole('heading', { name: 'image.tmdb.org' }).waitFor();
  const other = await house.page.context().newPage();
  await other.goto(base);
  await other.getByText(/Reproducing in plex: Reproduce running by admin, \d\d:\d\d/).waitFor();
  await other.close();

  await panel.getByRole('button', { name: 'Allow all for 15 min: plex' }).click();
  await panel.getByText('2 names are allowed for a while').waitFor();
  expect(rules()).toEqual([
    ['api.themoviedb.org', 'for a while'],
    ['image.tmdb.org', 'for a while'],
  ]);
  world.clock.advance(1_000);
  await panel.getByRole('button', { name: 'Look for new refusals: plex' }).click();
  await panel.getByText('Do it once more. When nothing is refused for 30 s').waitFor();
  world.clock.advance(30_000);
  await panel.getByText('0 new refusals in 00:30 ✓ Keep permanently?').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await panel.getByRole('button', { name: 'Keep permanently: plex' }).click();
  await panel.waitFor({ state: 'detached' });
  expect(rules()).toEqual([
    ['api.themoviedb.org', 'always'],
    ['image.tmdb.org', 'always'],
  ]);
});

test('picked names only; another one turns up while it is verified; dropped, they wait again', async () => {
  const { page, world, setUp } = house;
  await setUp();
  await page.getByRole('button', { name: 'Reproduce a problem' }).click();
  const panel = page.getByRole('region', { name: 'Reproducing in plex' });
  await panel.waitFor();
  world.clock.advance(1_000);
  refuse('image.tmdb.org');
  refuse('tracker.example.net');
  await panel.getByLabel('Pick image.tmdb.org').check();
  await panel.getByRole('button', { name: 'Allow 1 name for 15 min: plex' }).click();
  await panel.getByText('1 name is allowed for a while').waitFor();
  world.clock.advance(1_000);
  await panel.getByRole('button', { name: 'Look for new refusals: plex' }).click();
  await panel.getByText('Do it once more.').waitFor();
  world.clock.advance(1_000);
  refuse('assets.fanart.tv');
  await panel.getByText('1 name more was refused. Allow it too?').waitFor();
  await panel.getByRole('button', { name: 'Drop: refuse them again: plex' }).click();
  await panel.waitFor({ state: 'detached' });
  expect(rules()).toEqual([]);
  await page.getByRole('button', { name: 'Allow 15 min: image.tmdb.org' }).waitFor();
});

test('what is refused on purpose is listed apart, is not allowed with the rest, and does not keep it from being clean', async () => {
  const { page, world, setUp } = house;
  await setUp();
  await page.getByRole('button', { name: 'Reproduce a problem' }).click();
  const panel = page.getByRole('region', { name: 'Reproducing in plex' });
  await panel.waitFor();
  world.clock.advance(1_000);
  refuse('image.tmdb.org');
  refuse('metrics.plex.tv');
  refuse('ads.example.net', world.clock.now(), 'deny-rule');
  await panel.getByText('1 name was refused meanwhile.').waitFor();
  await panel.getByText('2 names are refused on purpose').waitFor();
  await panel.getByLabel('Pick metrics.plex.tv').waitFor();
  await expect.poll(() => panel.getByLabel('Pick ads.example.net').count()).toBe(0);
  expect(await axeFindings(page)).toEqual([]);
  await panel.getByRole('button', { name: 'Allow all for 15 min: plex' }).click();
  await page.getByText('2 names were left out').waitFor();
  expect(rules()).toEqual([['image.tmdb.org', 'for a while']]);
  world.clock.advance(1_000);
  await panel.getByRole('button', { name: 'Look for new refusals: plex' }).click();
  refuse('ads.example.net', world.clock.now(), 'deny-rule');
  world.clock.advance(30_000);
  await panel.getByText('0 new refusals in 00:30 ✓ Keep permanently?').waitFor();
});

test('a link asks once before it starts, and discarding leaves nothing behind', async () => {
  const { page, setUp, base } = house;
  await setUp();
  await page.goto(`${base}/refused?reproduce=1`);
  const dialog = page.getByRole('dialog', { name: 'Reproduce a problem in plex?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(new URL(page.url()).search).not.toContain('reproduce');
  await page.goto(`${base}/refused?reproduce=1`);
  await dialog.getByRole('button', { name: 'Start: plex' }).click();
  const panel = page.getByRole('region', { name: 'Reproducing in plex' });
  await panel.getByRole('button', { name: 'Discard: plex' }).click();
  await panel.waitFor({ state: 'detached' });
  expect(rules()).toEqual([]);
});

test('what does not work leads to names, and on to reproducing it', async () => {
  const { page, setUp } = house;
  await setUp();
  await page.getByRole('button', { name: 'What does not work?' }).click();
  const dialog = page.getByRole('dialog', { name: 'What does not work?' });
  await dialog.getByLabel(/^What you see/).fill('posters');
  const [symptom] = await dialog.locator('details').all();
  await symptom?.locator('summary').click();
  await symptom?.getByRole('heading', { name: 'Names to look at' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Reproduce a problem: plex' }).click();
  await page.getByRole('region', { name: 'Reproducing in plex' }).waitFor();
});
