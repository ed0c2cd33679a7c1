/** Settings: who may do what, tokens and recovery codes shown once, what has set each setting, and a backup that is taken along. */
import { readFile } from 'node:fs/promises';
import { TOTP, URI } from 'otpauth';
import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { configurationOf } from '../actions/configuration-file.ts';
import { group } from '../actions/world.ts';
import { PASSWORD } from '../api/stage.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const dialog = (page: Page) => page.getByRole('dialog');

async function toSettings(): Promise<Page> {
  await house.setUp();
  await house.page.goto(`${house.base}/settings`);
  await house.page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  return house.page;
}

test('users are added, changed and removed; an approver sees what is theirs', async () => {
  const page = await toSettings();
  await press(page, 'Add a user');
  await page.getByLabel('Name', { exact: true }).fill('anna');
  await page.getByLabel('Role').selectOption('approver');
  await page.getByLabel('First password').fill('another whole sentence');
  expect(await axeFindings(page)).toEqual([]);
  await press(page, 'Add');
  await section(page, 'Users').getByText('anna', { exact: true }).waitFor();

  await press(page, 'Change: anna');
  await page.getByLabel('Role').selectOption('viewer');
  await press(page, 'Save');
  await section(page, 'Users').getByText('viewer').waitFor();

  await page.getByRole('button', { name: 'Account: admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('User', { exact: true }).fill('anna');
  await page.getByLabel('Password', { exact: true }).fill('another whole sentence');
  await press(page, 'Sign in');
  await section(page, 'Your account').getByText('anna · viewer').waitFor();
  await expect.poll(() => section(page, 'Users').count()).toBe(0);
  await expect.poll(() => section(page, 'API tokens').count()).toBe(0);
  await expect.poll(() => section(page, 'Backup').count()).toBe(0);
  await expect.poll(() => section(page, 'Signed in').getByText('this browser').count()).toBe(1);
  await page.goto(`${house.base}/setup`);
  await page.getByText('Only an admin sets Sallyport up.').waitFor();
});

test('another browser that is signed in is signed out from here, and a user removed', async () => {
  const page = await toSettings();
  await press(page, 'Add a user');
  await page.getByLabel('Name', { exact: true }).fill('berta');
  await page.getByLabel('First password').fill('another whole sentence');
  await press(page, 'Add');
  await section(page, 'Users').getByText('berta', { exact: true }).waitFor();
  const elsewhere = await fetch(`${house.base}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'berta', password: 'another whole sentence' }),
  });
  const cookie = elsewhere.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  await page.reload();
  await press(page, 'Sign out: berta from 127.0.0.1');
  await page.getByText('Signed out: berta').waitFor();
  const asked = await fetch(`${house.base}/api/v1/status`, { headers: { cookie } });
  expect(asked.status).toBe(401);
  await press(page, 'Change: berta');
  await press(page, 'Remove');
  await page.getByRole('dialog', { name: 'Remove berta?' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await press(page, 'Remove for good');
  await dialog(page).waitFor({ state: 'detached' });
  await section(page, 'Users').getByText('berta', { exact: true }).waitFor({ state: 'detached' });
});

test('a token is shown once, works, and works no more when it is revoked', async () => {
  const page = await toSettings();
  await press(page, 'Make a token');
  await page.getByLabel('Name', { exact: true }).fill('dashboard');
  await page.getByLabel('Lifetime').selectOption('30d');
  await press(page, 'Make it');
  const secret = (await dialog(page).locator('pre').textContent()) ?? '';
  expect(await axeFindings(page)).toEqual([]);
  const ask = async () =>
    (await fetch(`${house.base}/api/v1/status`, { headers: { authorization: `Bearer ${secret}` } })).status;
  expect(await ask()).toBe(200);
  await press(page, 'I have kept it');
  await page.reload();
  await section(page, 'API tokens').getByText('dashboard').waitFor();
  expect(await page.locator('main').innerText()).not.toContain(secret);
  await press(page, 'Revoke: dashboard');
  await section(page, 'API tokens').getByText('There are no tokens').waitFor();
  expect(await ask()).toBe(401);
});

test('what was typed survives a click beside the dialog, and what went wrong is said in it', async () => {
  const page = await toSettings();
  await press(page, 'Add a user');
  await page.mouse.click(5, 5);
  await dialog(page).waitFor({ state: 'detached' });

  await press(page, 'Add a user');
  await page.getByLabel('Name', { exact: true }).fill('admin');
  await page.getByLabel('First password').fill('another whole sentence');
  await page.mouse.click(5, 5);
  await press(page, 'Add');
  await dialog(page).getByRole('alert').waitFor();
  await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('admin');
});

test('a second factor is set up with the code it shows, and its recovery codes are shown once', async () => {
  const page = await toSettings();
  await expect.poll(() => page.getByRole('button', { name: 'Remove the second factor' }).count()).toBe(0);
  await press(page, 'Set up a second factor');
  await page.getByLabel('Your password first').fill(PASSWORD);
  await press(page, 'Go on');
  const uri =
    (await page.getByRole('link', { name: 'Open in the authenticator' }).getAttribute('href')) ?? '';
  const totp = URI.parse(uri);
  if (!(totp instanceof TOTP)) throw new Error(`no TOTP: ${uri}`);
  await page.getByLabel('Code it shows now').fill(totp.generate({ timestamp: house.world.clock.now() }));
  expect(await axeFindings(page)).toEqual([]);
  await press(page, 'Confirm');
  await page.getByText('Recovery codes, each good for one sign-in').waitFor();
  const codes = (await dialog(page).locator('pre').textContent()) ?? '';
  expect(codes.split('\n').length).toBeGreaterThan(4);
  await press(page, 'I have kept them');
  await section(page, 'Users').getByText('second factor').waitFor();
  await press(page, 'Remove the second factor');
  await page.getByLabel('Your password first').fill(PASSWORD);
  await dialog(page).getByRole('button', { name: 'Remove' }).click();
  await page.getByText('The second factor is removed.').waitFor();
});

test('each setting says what has set it, and all of them are searched', async () => {
  const { world } = house;
  world.file.text = 'sync: { schedule: "*/2 * * * *" }';
  Object.assign(world.file.env, { SALLYPORT_UPSTREAMS: 'udp://192.168.1.1' });
  Object.assign(world.configuration, configurationOf(world.db, world.clock, world.file));
  group(world, 'plex', { graceMs: 60_000 });
  const page = await toSettings();
  const search = page.getByLabel('Search all settings');
  await search.fill('upstreams');
  await page.getByRole('row', { name: /upstreams.*udp:\/\/192\.168\.1\.1.*SALLYPORT_UPSTREAMS/ }).waitFor();
  await search.fill('stays open');
  await page.getByRole('row', { name: /groups\.plex\.grace.*1m.*10m/ }).waitFor();
  await search.fill('sallyport.yaml:1');
  await page.getByRole('row', { name: /sync\.schedule/ }).waitFor();
  await search.fill('recovery');
  await page.getByText('No setting matches').waitFor({ state: 'detached' });
  await section(page, 'Your account').waitFor();
  await search.fill('nothing is called so');
  await page.getByText('No setting matches nothing is called so').waitFor();
  await search.fill('');
  await page.getByText('Advanced: gate, grace, budgets and caps').click();
  expect(await axeFindings(page)).toEqual([]);
});

test('a backup is made with its progress, downloaded, removed, and says how it is brought back', async () => {
  const { world } = house;
  // It takes as long as somebody lets it.
  const go = Promise.withResolvers<void>();
  const seal = world.queries.sealBackup;
  vi.spyOn(world.queries, 'sealBackup').mockImplementation(async (input) => {
    await go.promise;
    return seal(input);
  });
  await world.queries.nightlyBackup({ day: '2026-11-22' });
  const page = await toSettings();
  const backup = section(page, 'Backup');
  await backup.getByText('stays on the machine').waitFor();
  await backup.getByLabel('Passphrase').fill('a whole sentence of one’s own');
  await press(page, 'Make a backup');
  await backup.getByText(/Making sallyport-\d{8}T\d{6}Z\.backup: Copying the databases/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  // Another browser, or this one after a reload, sees it too.
  await page.reload();
  await backup.getByText(/^Making/).waitFor();
  go.resolve();
  const link = backup.getByRole('link', { name: /^Download/ });
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toMatch(/^sallyport-\d{8}T\d{6}Z\.backup$/);
  const content = await readFile(await download.path());
  expect(content.length).toBeGreaterThan(1000);
  expect(content.includes('SQLite format 3')).toBe(false);
  await page.getByText('How it is brought back').click();
  await page.getByText(`sallyport restore ${download.suggestedFilename()}`, { exact: true }).waitFor();
  await page.getByText('Sallyport is stopped').waitFor();
  await backup.getByRole('button', { name: /^Remove/ }).click();
  await page.getByRole('dialog', { name: /^Remove sallyport-.*\?$/ }).waitFor();
  await press(page, 'Cancel');
  await expect.poll(() => link.count()).toBe(1);
  await backup.getByRole('button', { name: /^Remove/ }).click();
  await press(page, 'Remove for good');
  await link.waitFor({ state: 'detached' });
});
