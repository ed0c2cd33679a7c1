/**
 * Pictures of every screen, from the demo's house: npm run screenshots writes docs/screenshots/<screen>-<look>.png.
 *
 *   npm run screenshots -- [--only refused] [--out /tmp/pictures]
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { buildDemoHouse, type DemoHouse, PLEX, SEERR, STRANGER } from './demo/house.ts';
import { muslLookup } from './plex-boot/musl-resolver.ts';
import { bootLikePlex } from './plex-boot.ts';
import { openBrowser } from './support/browser.ts';
import { ensurePage } from './support/page.ts';

const SCREENS = [
  ['overview', '/'],
  ['refused', '/refused'],
  ['refused-domains', '/refused?byDomain=true'],
  ['domains', '/domains'],
  ['presets', '/domains?view=presets'],
  ['hosts', '/domains?view=hosts'],
  ['firewall', '/firewall'],
  ['firewall-difference', '/firewall?view=difference'],
  ['learn', '/learn?group=plex'],
  ['log', '/log'],
  ['audit', '/audit'],
  ['tidy-up', '/audit?view=hygiene'],
  ['settings', '/settings'],
  ['setup', '/setup?step=firewall'],
] as const;
const LOOKS = [
  ['light', { width: 1280, height: 800 }, 'light'],
  ['dark', { width: 1280, height: 800 }, 'dark'],
  ['phone', { width: 390, height: 844 }, 'light'],
] as const;

const { values } = parseArgs({ options: { only: { type: 'string' }, out: { type: 'string' } } });
const OUT = values.out ?? fileURLToPath(new URL('../docs/screenshots', import.meta.url));
await ensurePage();
const house = await buildDemoHouse();
const browser = await openBrowser();
try {
  await mkdir(OUT, { recursive: true });
  await live(house);
  const page = await browser.context.newPage();
  await signIn(page, house);
  for (const [look, viewport, colorScheme] of LOOKS) {
    // To be looked at, and not to be shown: more of each screen.
    await page.setViewportSize(values.out === undefined ? viewport : { ...viewport, height: 2_000 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const [screen, path] of SCREENS) {
      if (values.only !== undefined && values.only !== screen) continue;
      await page.goto(`http://127.0.0.1:${house.webPort}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      await page.screenshot({ path: join(OUT, `${screen}-${look}.png`) });
      console.log(join(OUT, `${screen}-${look}.png`));
    }
  }
} finally {
  await browser.close();
  await house.close();
}

/** What there is to see: a boot, names that are refused, and a host that nobody knows. */
async function live({ dnsPort }: DemoHouse): Promise<void> {
  const server = { address: '127.0.0.1', port: dnsPort };
  await bootLikePlex({ ...server, from: PLEX }, () => undefined);
  await muslLookup('api.themoviedb.org', { ...server, from: SEERR });
  for (const name of ['c2.example.net', 'metrics.plex.tv', 'assets.fanart.tv', 'webservice.fanart.tv']) {
    await muslLookup(name, { ...server, from: PLEX });
  }
  await muslLookup('api4.thetvdb.com', { ...server, from: SEERR });
  await muslLookup('deb.debian.org', { ...server, from: STRANGER });
}

async function signIn(page: Page, { webPort, password }: DemoHouse): Promise<void> {
  await page.goto(`http://127.0.0.1:${webPort}/`);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}
