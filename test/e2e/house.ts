/** A world of the actions' tests behind the real page: what the browser's tests stand on. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { type Browser, openBrowser } from '../../scripts/support/browser.ts';
import { ensurePage } from '../../scripts/support/page.ts';
import { createSetupToken, setupLink } from '../../src/api/access/setup-token.ts';
import { createApi } from '../../src/api/server.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { createWorld, type World } from '../actions/world.ts';
import { apiDeps, PASSWORD } from '../api/stage.ts';
import { type WatchedPage, watchedPage } from './browser.ts';

export interface House extends WatchedPage {
  readonly world: World;
  readonly base: string;
  readonly link: string;
  /** Makes the admin by the link, and waits for the overview. */
  setUp(): Promise<void>;
  /** Of the rules in force, in the order of the alphabet. */
  patterns(): readonly string[];
  /** Sallyport goes away; the page stays. */
  goAway(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds for a build of the page and the start of a browser on a busy machine. */
export const START_MS = 180_000;

/** Milliseconds for one test: a browser on a busy machine takes its time, and nothing here judges it. */
export const PATIENCE_MS = 120_000;

export async function startBrowser(): Promise<Browser> {
  await ensurePage();
  return openBrowser();
}

/**
 * A browser for the tests of this file, and a house of its own for each of them. What the page complains of fails the test, and a
 * browser on a busy machine takes its time, which nothing here judges.
 */
export function eachInItsHouse(enter: (house: House) => void, basePath = ''): void {
  let browser: Browser;
  let house: House;
  vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });
  beforeAll(async () => {
    browser = await startBrowser();
  }, START_MS);
  afterAll(() => browser.close());
  beforeEach(async () => {
    house = await openHouse(browser, basePath);
    enter(house);
  });
  afterEach(async () => {
    await house.close();
    expect(house.complaints).toEqual([]);
  });
}

export async function openHouse({ context }: Browser, basePath = ''): Promise<House> {
  const world = createWorld();
  const setupToken = createSetupToken(world.clock);
  const app = createApi('web', apiDeps(world, { setupToken, basePath }));
  const base = `${await app.listen({ host: '127.0.0.1', port: 0 })}${basePath}`;
  const link = setupLink(base, setupToken.token);
  await context.clearCookies();
  const watched = await watchedPage(context, base);
  const { page } = watched;
  return {
    ...watched,
    world,
    base,
    link,
    async setUp() {
      await page.goto(link);
      await page.getByLabel('Password for this page').fill(PASSWORD);
      await page.getByRole('button', { name: 'Set it and sign in' }).click();
      await page.getByRole('heading', { level: 1, name: 'Set-up' }).waitFor();
      await page.goto(`${base}/`);
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    },
    patterns: () =>
      rulesInForce(world.db, world.clock.now())
        .map(({ pattern }) => pattern)
        .sort(),
    goAway: () => app.close(),
    async close() {
      await page.close();
      await app.close();
      world.close();
    },
  };
}
