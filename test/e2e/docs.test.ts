/** The API's description in a browser: rendered under our own policy, without asking anybody else for anything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Api, createApi } from '../../src/api/server.ts';
import { createWorld, type World } from '../actions/world.ts';
import { apiDeps, bearer } from '../api/stage.ts';

let profile: string;
let browser: BrowserContext;
let world: World;
let app: Api;

beforeAll(async () => {
  profile = mkdtempSync(join(tmpdir(), 'sallyport-browser-'));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    extraHTTPHeaders: bearer,
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
beforeEach(() => {
  world = createWorld();
});
afterEach(async () => {
  await app.close();
  world.close();
});

test.each(['', '/sallyport'])(
  'below "%s" it shows the routes and tries one',
  async (basePath) => {
    app = createApi('web', apiDeps(world, { basePath }));
    const base = await app.listen({ host: '127.0.0.1', port: 0 });
    const page = await browser.newPage();
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => asked.push(request.url()));

    await page.goto(`${base}${basePath}/api/v1/docs`);
    await page.getByRole('heading', { name: 'Sallyport' }).waitFor();
    await page.locator('#operations-tag-groups').click();
    const route = page.locator('#operations-groups-get_api_v1_groups');
    await route.locator('button.opblock-summary-control').click();
    await route.getByRole('button', { name: 'Try it out' }).click();
    await route.getByRole('button', { name: 'Execute' }).click();
    await route.locator('.live-responses-table').getByText('200').first().waitFor();

    expect(said).toEqual([]);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.filter((url) => !url.startsWith(`${base}${basePath}/`) && !url.startsWith('data:'))).toEqual(
      [],
    );
    await page.close();
  },
  60_000,
);

test('a stranger gets none of it', async () => {
  app = createApi('web', apiDeps(world));
  for (const path of ['', '/docs.js', '/swagger-ui-bundle.js', '/swagger-ui.css']) {
    const { statusCode } = await app.inject({ url: `/api/v1/docs${path}`, headers: { host: '127.0.0.1' } });
    expect([path, statusCode]).toEqual([path, 403]);
  }
});
