/** The house of the demo with the browser signed in on its page: the real process among simulated firewalls. */
import { afterAll, beforeAll, vi } from 'vitest';
import { buildDemoHouse, type DemoHouse, PLEX } from '../../scripts/demo/house.ts';
import { type Lookup, muslLookup } from '../../scripts/plex-boot/musl-resolver.ts';
import type { Browser } from '../../scripts/support/browser.ts';
import { type WatchedPage, watchedPage } from './browser.ts';
import { PATIENCE_MS, START_MS, startBrowser } from './house.ts';
import { signIn } from './one-name.ts';

export interface SignedInDemo extends DemoHouse, WatchedPage {
  readonly base: string;
  /** One look-up, by Plex unless somebody else is named. */
  lookUp(name: string, from?: string): Promise<Lookup>;
}

/** One house for all tests of this file, which go on from where the one before has left it: on the Overview at first. */
export function allInTheDemoHouse(enter: (demo: SignedInDemo) => void): void {
  let browser: Browser;
  let house: DemoHouse;
  vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });
  beforeAll(async () => {
    browser = await startBrowser();
    house = await buildDemoHouse();
    const { dnsPort, webPort, password } = house;
    const base = `http://127.0.0.1:${webPort}`;
    const watched = await watchedPage(browser.context, base);
    await signIn(watched.page, base, password);
    const lookUp = (name: string, from = PLEX) =>
      muslLookup(name, { address: '127.0.0.1', port: dnsPort, from });
    enter({ ...house, ...watched, base, lookUp });
  }, START_MS);
  afterAll(async () => {
    await browser.close();
    await house.close();
  });
}
