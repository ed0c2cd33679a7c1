import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSetupToken, setupLink } from '../../src/api/access/setup-token.ts';
import { type Api, createApi } from '../../src/api/server.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import {
  createWorld,
  firewall,
  group,
  ip,
  NOON,
  newHost,
  openAddress,
  refused,
  type World,
} from '../actions/world.ts';
import { apiDeps, PASSWORD } from '../api/stage.ts';

let profile: string;
let browser: BrowserContext;
let world: World;
let app: Api;
let base: string;
let link: string;
let page: Page;

beforeAll(async () => {
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
    ],
  });
}, 60_000);
afterAll(async () => {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
});

beforeEach(async () => {
  world = createWorld();
  const setupToken = createSetupToken(world.clock);
  app = createApi('web', apiDeps(world, { setupToken }));
  base = await app.listen({ host: '127.0.0.1', port: 0 });
  link = setupLink(base, setupToken.token);
  await browser.clearCookies();
  page = await browser.newPage();
});
afterEach(async () => {
  await page.close();
  await app.close();
  world.close();
});

async function setUp() {
  await page.goto(link);
  await page.getByLabel('Password for this page').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set it and sign in' }).click();
  await page.getByRole('heading', { name: 'Refused names' }).waitFor();
}

test('set-up by the link, sign out, sign in', async () => {
  await page.goto(base);
  await page.getByText('Open the set-up link from the log').waitFor();
  await setUp();
  expect(page.url()).toBe(`${base}/`);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Password', { exact: true }).fill('wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('user and password do not fit').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Refused names' }).waitFor();
});

test('a name refused meanwhile appears without a reload, and one click allows it for 15 minutes', async () => {
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  await setUp();
  await page
    .getByText('Names are filtered; addresses are NOT enforced: no firewall connected.')
    .first()
    .waitFor();

  refused(world, plex, 'image.tmdb.org');
  await page.getByRole('button', { name: 'Allow 15 min: image.tmdb.org' }).click();
  await page.getByText('Allowed for plex: image.tmdb.org. In force for the next question.').waitFor();
  await page.getByText('No refused name is waiting.').waitFor();
  expect(rulesInForce(world.db, NOON)).toMatchObject([
    { pattern: 'image.tmdb.org', createdBy: 'user:admin', expiresAt: NOON + 900_000 },
  ]);
});

test('a new host is protected with one click', async () => {
  newHost(world, '192.168.20.5', 'plex.tv', 'example.org');
  await setUp();
  await page.getByText('new host 192.168.20.5 asked 2 names').waitFor();
  await page.getByRole('button', { name: 'Protect this host: 192.168.20.5' }).click();
  await page.getByRole('heading', { name: 'Protected hosts: plex' }).waitFor();
  await page.getByText('Learning: every name is answered').waitFor();
});

test('enforcing without a firewall is refused in words', async () => {
  group(world);
  await setUp();
  await page.getByRole('button', { name: 'Enforce: plex' }).click();
  await page.getByText('--mode enforce --override').waitFor();
});

test('nothing is called enforced that is not', async () => {
  group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  world.firewalls.push(firewall({ ruleUse: 'unused' }));
  await setUp();
  await page.getByText('no rule on firewall edge uses the alias.').waitFor();
  const text = await page.locator('main').textContent();
  expect(text).toContain('Not enforced');
  expect(text).not.toMatch(/✓ Enforcing|addresses are enforced/);
});

test('a hostile name is text', async () => {
  const plex = group(world);
  await setUp();
  refused(world, plex, '<img/src=x/onerror=alert(1)>.example');
  world.open.push(openAddress({ name: '<script>alert(1)</script>.example' }));
  await page.getByRole('heading', { name: '<img/src=x/onerror=alert(1)>.example' }).waitFor();
  await page.getByText('<script>alert(1)</script>.example').waitFor();
  expect(await page.locator('main img, main script').count()).toBe(0);
});

test('when Sallyport goes away the page says how old it is, and keeps what it showed', async () => {
  group(world);
  await setUp();
  await app.close();
  await page.getByText(/Sallyport does not answer\. What you see is \d+ s old/).waitFor();
  await page.getByRole('heading', { name: 'Protected hosts: plex' }).waitFor();
});

test('nothing is loaded from elsewhere, nothing breaks the policy, a phone needs no sideways scrolling', async () => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 40'))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) complaints.push(request.url());
  });
  fill();
  await setUp();
  await page.getByRole('heading', { name: 'edge (opnsense)' }).waitFor();

  for (const [name, colorScheme, width] of [
    ['light', 'light', 1280],
    ['dark', 'dark', 1280],
    ['phone', 'light', 390],
    ['phone-dark', 'dark', 390],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(tmpdir(), `sallyport-page-${name}.png`), fullPage: true });
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), name).toBe(true);
  }
  expect(complaints).toEqual([]);
});

function fill() {
  const plex = group(world, 'plex', { mode: 'enforce' });
  const nas = group(world, 'nas');
  const base = firewall({ groups: ['plex'] });
  const held = {
    at: NOON,
    why: 'would remove 12 of 14 addresses that this ledger does not know',
    removals: [ip('192.0.2.1')],
  };
  world.firewalls.push(base, {
    ...firewall({ name: 'backup', driver: 'pfsense', groups: ['nas'], connected: false }),
    status: {
      ...base.status,
      state: 'down',
      lastError: 'The firewall did not answer: 192.168.1.2:443 after 5000 ms',
      heldPlan: held,
    },
  });
  world.open.push(
    openAddress(),
    openAddress({
      name: 'metadata.provider.plex.tv',
      address: ip('2001:db8:93a1:ff00::7'),
      rule: { id: 3, pattern: '.plex.tv' },
      firewalls: [{ name: 'edge', state: 'waiting' }],
    }),
  );
  refused(world, plex, 'image.tmdb.org');
  refused(
    world,
    plex,
    'a-very-long-label-that-somebody-made-up-to-see-what-happens.another-quite-long-label.cdn.example.net',
    { type: 'AAAA' },
  );
  refused(world, nas, 'updates.example.org');
  newHost(world, '192.168.20.77', 'plex.tv', 'example.org');
}
