/** The day on the overview: the picture, the sentence, the table, the ways into the log; and refused names by domain. */
import { expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { createQueryLogWriter, type LoggedQuery } from '../../src/store/querylog/writer.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { group, HOUR, ip, NOON, refused } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';
import { isAsWideAsItsWindow, LOOKS, look } from './looks.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

const line = (more: Partial<LoggedQuery>): LoggedQuery => ({
  at: NOON,
  client: ip('192.168.20.5'),
  groupId: 1,
  name: parseDomainName('plex.tv'),
  qtype: 1,
  verdict: 'allowed',
  reason: 'rule',
  ruleId: undefined,
  rcode: 0,
  source: 'cache',
  durationUs: 100,
  answers: [],
  count: 1,
  ...more,
});

test('a picture, a sentence and a table, and from each the way into the log', async () => {
  const { page, world, setUp } = house;
  group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  createQueryLogWriter(world.queryLogDb.sql).write([
    line({ count: 40, at: NOON - 3 * HOUR }),
    line({ count: 3, at: NOON - 3 * HOUR, verdict: 'denied', reason: 'no-rule' }),
    line({ count: 2, at: NOON - HOUR, verdict: 'failed', reason: 'upstream-failed' }),
    line({ count: 2, at: NOON - 1, reason: 'not-confirmed' }),
  ]);
  await setUp();
  const day = page.getByRole('region', { name: 'Last 24 hours' });
  await day.getByText('42 answers allowed, 0 more for a while, 3 refused, 2 failed.').waitFor();
  await day.getByText('2 answers were given before the firewall was ready.').waitFor();
  await expect.poll(() => day.locator('.day-chart a').count()).toBe(3);
  await day.getByText('As a table, by the hour').click();
  // Two of them in the same hour, below the head.
  await expect.poll(() => day.getByRole('row').count()).toBe(3);
  for (const one of LOOKS) {
    await look(page, one);
    expect(await axeFindings(page), one.join(' ')).toEqual([]);
    expect(await isAsWideAsItsWindow(page)).toBe(true);
  }
  await page.setViewportSize({ width: 1280, height: 900 });

  await day
    .getByRole('link', { name: /^In the log: / })
    .first()
    .click();
  await page.getByRole('heading', { level: 1, name: 'Query log' }).waitFor();
  expect(new URL(page.url()).searchParams.get('q')).toMatch(
    /since:2026-11-22T11:00:00\.000Z until:2026-11-22T12/,
  );
  await page.goBack();
  await day.getByRole('link', { name: 'Show them in the log' }).click();
  await page.getByRole('heading', { level: 1, name: 'Query log' }).waitFor();
  expect(new URL(page.url()).searchParams.get('q')).toContain('reason:not-confirmed');
});

test('by domain: all of it for a while, or the domain itself after a question; a filter is kept', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  for (const name of ['image.tmdb.org', 'api.tmdb.org', 'assets.fanart.tv', 'webservice.fanart.tv'])
    refused(world, plex, name);
  await setUp();
  await page.getByRole('link', { name: /^Refused/ }).click();
  await page.getByRole('button', { name: '1 more under tmdb.org' }).first().click();
  const tmdb = page.getByRole('region', { name: 'tmdb.org', exact: true });
  await tmdb.getByRole('heading', { name: 'api.tmdb.org' }).waitFor();
  await expect.poll(() => page.getByRole('region', { name: 'fanart.tv', exact: true }).count()).toBe(0);

  await page.getByRole('button', { name: 'Save this filter' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('films');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'films', exact: true }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await tmdb.getByRole('button', { name: 'Allow all 2 for 15 min: tmdb.org' }).click();
  await tmdb.waitFor({ state: 'detached' });

  await page.goto(`${house.base}/refused?byDomain=true`);
  const fanart = page.getByRole('region', { name: 'fanart.tv', exact: true });
  await fanart.getByRole('button', { name: 'Allow .fanart.tv…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Allow .fanart.tv and everything below it' });
  await dialog.getByText('assets.fanart.tv').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Allow the domain' }).click();
  await page.getByText('No refused name is waiting').waitFor();
  await page.getByRole('button', { name: 'films', exact: true }).click();
  expect(new URL(page.url()).searchParams.get('filter')).toBe('tmdb.org');
  await page.getByRole('button', { name: 'Forget the filter films' }).click();
  expect(
    rulesInForce(world.db, NOON)
      .map(({ pattern }) => pattern)
      .toSorted(),
  ).toEqual(['.fanart.tv', 'api.tmdb.org', 'image.tmdb.org']);
});

test('what was allowed for a while and is asked again says so', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  const { id } = refused(world, plex, 'image.tmdb.org');
  const anna = { name: 'user:anna', origin: 'test' };
  await world.actions.approveDenial({ id, for: '15m', scope: 'exact', note: '' }, anna);
  world.clock.advance(18 * 60_000);
  refused(world, plex, 'image.tmdb.org');
  await setUp();
  await page.getByText('The last permission ended 3 min ago, and it was asked again.').waitFor();
  await page.getByText('Allowed for a while once this week.').waitFor();
});
