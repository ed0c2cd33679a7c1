/**
 * Story one against the kernel's own packet filter: Sallyport and the browser run on the router, the protected host asks over its
 * wire, and connects to what it was told. The times are printed, not judged; in strict mode, so that a slow machine makes the host
 * ask again, and never tells it of an address too early.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildStage, type Stage, until } from '../../scripts/netns/stage.ts';
import { host4, host6, PLEX_ADDRESSES } from '../../scripts/netns/topology.ts';
import { type Browser, openBrowser } from '../../scripts/support/browser.ts';
import { ensurePage } from '../../scripts/support/page.ts';
import { type WatchedPage, watchedPage } from '../e2e/browser.ts';
import { allowWhatIsRefused, signIn } from '../e2e/one-name.ts';

const NAME = 'image.tmdb.org';
const ZONE = { [NAME]: { a: [host4(1)], aaaa: [host6(1)], ttl: 20 } };
const CONFIG = `
groups:
  - name: plex
    clients: [${PLEX_ADDRESSES.join(', ')}]
    mode: enforce
    gate: { onHoldLimit: servfail }
firewalls:
  - name: router
    driver: nftables
    table: inet sallyport
    alias: plex
    groups: [plex]
`;
/** Milliseconds in which a busy machine gets round to it. */
const PATIENCE_MS = 60_000;
const BASE = 'http://127.0.0.1:8080';

let stage: Stage;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  await ensurePage();
  stage = await buildStage(ZONE);
  const password = randomBytes(9).toString('base64url');
  await stage.startSallyport({ config: CONFIG, dataDirectory: join(stage.directory, 'data'), password });
  browser = await openBrowser({ prefix: stage.within('router') });
  watched = await watchedPage(browser.context, BASE);
  await signIn(watched.page, BASE, password);
}, 180_000);
afterAll(async () => {
  await browser.close();
  await stage.close();
}, 60_000);

test('with nftables', { timeout: 120_000 }, async () => {
  expect(await stage.connect(host4(1))).toBe('dropped');
  let isAllowed = false;
  const ask = async () => {
    let found = await stage.getent(NAME);
    if (isAllowed) {
      await until('the name is answered', PATIENCE_MS, async () => {
        if (found.length === 0) found = await stage.getent(NAME);
        return found.length > 0;
      });
    }
    isAllowed = true;
    return found;
  };
  await allowWhatIsRefused(watched.page, {
    name: NAME,
    firewall: 'router',
    ask,
    table: async () => [...(await stage.openAddresses())],
  });
  expect(await stage.connect(host4(1))).toBe('connected');
  expect(await stage.connect(host6(1))).toBe('connected');
  expect(watched.complaints).toEqual([]);
});
