/** In a real browser: hostile names are text, and the content policy has nothing to complain of. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensurePage } from '../../scripts/support/page.ts';
import { createProvider } from '../../src/api/access/oidc/provider.ts';
import { createSetupToken, setupLink } from '../../src/api/access/setup-token.ts';
import { type Api, createApi } from '../../src/api/server.ts';
import { createWorld, group, openAddress, refused, type World } from '../actions/world.ts';
import { apiDeps, PASSWORD } from '../api/stage.ts';
import { START_MS } from '../e2e/house.ts';
import { startRealProvider } from '../support/openid.ts';

let profile: string;
let browser: BrowserContext;
let page: Page;
let world: World;
let app: Api | undefined;
let complaints: string[];

beforeAll(async () => {
  await ensurePage();
  profile = mkdtempSync(join(tmpdir(), 'sallyport-browser-'));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP rebound.example 127.0.0.1',
    ],
  });
}, START_MS);
afterAll(async () => {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
});
beforeEach(async () => {
  world = createWorld();
  complaints = [];
  await browser.clearCookies();
  page = await browser.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4'))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
});
afterEach(async () => {
  await page.close();
  await app?.close();
  world.close();
});

async function listen(change: Parameters<typeof apiDeps>[1] = {}) {
  const setupToken = createSetupToken(world.clock);
  app = createApi('web', apiDeps(world, { setupToken, ...change }));
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  return { base, link: setupLink(base, setupToken.token) };
}

test('names made of markup are shown as they are, and run nothing', async () => {
  const { base, link } = await listen();
  const plex = group(world);
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) elsewhere.push(request.url());
  });
  const names = [
    '<img/src=x/onerror=alert(1)>.example',
    '<script/src=//evil.example>.example',
    '"onmouseover="alert(1).example',
    'javascript:alert(1).example',
  ];
  for (const name of names) refused(world, plex, name);
  world.open.push(openAddress({ name: '<svg/onload=alert(1)>.example' }));
  await page.goto(link);
  await page.getByLabel('Password for this page').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set it and sign in' }).click();
  const isHarmless = async () =>
    expect(
      await page
        .locator('main :is(img, script, iframe, [onload], [onerror], [onmouseover], a[href^=javascript])')
        .count(),
    ).toBe(0);
  await page.getByRole('link', { name: /^Refused/ }).click();
  for (const name of names) await page.getByRole('heading', { name, exact: true }).waitFor();
  await isHarmless();
  await page.getByRole('navigation').getByRole('link', { name: 'Firewall' }).click();
  await page.getByText('<svg/onload=alert(1)>.example').waitFor();
  await isHarmless();
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a rebound name is shown the page with the line to set, and nothing of ours', async () => {
  const { base } = await listen();
  await page.goto(base.replace('127.0.0.1', 'rebound.example'));
  await page.getByText('set SALLYPORT_ALLOWED_HOSTS=rebound.example').waitFor();
  expect(await page.locator('script, form, input').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('the button to the provider is there when there is one, and leads through it and back', async () => {
  const first = await listen();
  await page.goto(first.base);
  await page.getByText('Open the set-up link from the log').waitFor();
  expect(await page.getByRole('button', { name: /Sign in with/ }).count()).toBe(0);
  const port = new URL(first.base).port;
  await app?.close();

  const publicUrl = new URL(`http://127.0.0.1:${port}`);
  const server = await startRealProvider({
    clientId: 'sallyport',
    clientSecret: 's3cret-of-the-client',
    redirectUri: `${publicUrl.origin}/api/v1/session/oidc/callback`,
    logoutUri: `${publicUrl.origin}/`,
    accounts: { anna: { preferred_username: 'anna', groups: ['admins'] } },
    person: () => 'anna',
    isPublicClient: true,
  });
  const settings = {
    issuer: new URL(server.issuer),
    clientId: 'sallyport',
    scopes: ['openid', 'profile', 'groups'],
    name: 'Home <b>',
    roleClaim: 'groups',
    admin: ['admins'],
    approver: [],
    viewer: [],
  };
  const provider = createProvider(settings, publicUrl, world.clock);
  app = createApi('web', apiDeps(world, { publicUrl, provider, passwordLogin: false }));
  await app.listen({ host: '127.0.0.1', port: Number(port) });
  await page.goto(publicUrl.href);
  await page.getByRole('button', { name: 'Sign in with Home <b>' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(page.url()).toBe(publicUrl.href);
  expect(await page.getByLabel('Password', { exact: true }).isVisible()).toBe(false);

  await page.getByRole('button', { name: /^Account:/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL((url) => url.origin === server.issuer);
  await server.close();
});
