/**
 * "A new user gets from the start to learning": the real process on an empty data directory, everything else on the page. What goes
 * wrong on the way (a port that is taken, a self-signed certificate, a wrong key, a missing alias, a bridge that hides who asks) is
 * shown with its cause and what to do; what the environment says beforehand is skipped with the variable's name.
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { muslLookup } from '../../scripts/plex-boot/musl-resolver.ts';
import { DEFAULT_USER, externalAlias, start as startOpnsense } from '../../scripts/simulators/opnsense.ts';
import { selfSigned } from '../../scripts/simulators/server.ts';
import type { Browser } from '../../scripts/support/browser.ts';
import { freePort } from '../../scripts/support/ports.ts';
import {
  isHealthy,
  launchSallyport,
  onLoopback,
  type SallyportProcess,
  untilUp,
} from '../../scripts/support/sallyport-process.ts';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import { fetchCertificate } from '../../src/base/certificate.ts';
import { axeFindings } from './axe.ts';
import { watchedPage } from './browser.ts';
import { PATIENCE_MS, START_MS, startBrowser } from './house.ts';

vi.setConfig({ testTimeout: 2 * PATIENCE_MS });

const PLEX = '127.0.0.2';
const PASSWORD = 'correct horse battery';

let browser: Browser;
let toy: ToyInternet;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  [browser, toy] = await Promise.all([startBrowser(), startToyInternet({ controlPort: 0 })]);
}, START_MS);
afterAll(async () => {
  await browser.close();
  await toy.close();
}, 60_000);
afterEach(async () => {
  for (const closer of closers.splice(0).reverse()) await closer();
}, 60_000);

/** An empty data directory and two ports, and as many starts of the process on them as it takes. */
async function emptyHouse(env: Readonly<Record<string, string>> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-fresh-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const [dnsPort, webPort] = [await freePort(), await freePort()];
  let running: SallyportProcess | undefined;
  closers.push(() => running?.stop());
  return {
    dnsPort,
    base: `http://127.0.0.1:${webPort}`,
    /** Starts it, or starts it again with more in its environment, as `docker compose up -d` does. */
    async start(more: Readonly<Record<string, string>> = {}): Promise<SallyportProcess> {
      await running?.stop();
      running = launchSallyport({
        env: {
          ...onLoopback({ dataDirectory: join(directory, 'data'), dnsPort, webPort, upstreamPort: toy.port }),
          ...env,
          ...more,
        },
      });
      await untilUp(running, () => isHealthy(webPort));
      return running;
    },
  };
}

async function openPage(base: string) {
  await browser.context.clearCookies();
  const watched = await watchedPage(browser.context, base);
  closers.push(() => watched.page.close());
  return watched;
}

/** The link that a person finds in the log. */
async function linkIn(sallyport: SallyportProcess): Promise<string> {
  const find = () => /http\S+\/setup\?token=\S+/.exec(sallyport.output.join('\n'))?.[0];
  await untilUp(sallyport, async () => find() !== undefined);
  return find() ?? '';
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 2, name });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const steps = (page: Page) => page.getByRole('navigation', { name: 'Steps of the set-up' });

test('from an empty directory to learning, past everything that can go wrong', async () => {
  const firewall = await startOpnsense({
    aliases: [],
    tls: selfSigned('192.168.1.1'),
    switches: { loginDelayMs: 0 },
  });
  closers.push(firewall.close);
  const house = await emptyHouse();

  // The DNS port is somebody else's.
  const squatter = createSocket('udp4');
  squatter.bind(house.dnsPort, '127.0.0.1');
  await once(squatter, 'listening');
  const first = await house.start();
  const { page, complaints } = await openPage(house.base);
  await page.goto(await linkIn(first));
  await page.getByLabel('Password for this page').fill(PASSWORD);
  await press(page, 'Set it and sign in');

  await heading(page, 'DNS self-test').waitFor();
  await page.getByText('could not be opened: EADDRINUSE').first().waitFor();
  await expect.poll(() => page.getByText('does not answer').count()).toBeGreaterThan(0);
  expect(await axeFindings(page)).toEqual([]);

  // It is freed, and Sallyport started again: the page is where it was, and says that no other host can ask on loopback.
  squatter.close();
  await house.start();
  await page.reload();
  await heading(page, 'DNS self-test').waitFor();
  await page.getByText('answered in').first().waitFor();
  await page.getByText('only, where no other host can ask').waitFor();
  await page.getByText('npm start -- --lan 192.168.1.20').waitFor();
  await press(page, 'Skip for now');

  await heading(page, 'Firewall').waitFor();
  await page.getByText('addresses are NOT enforced').first().waitFor();
  await page.getByLabel('Address of its web page').fill(firewall.url);
  await page.getByLabel('API key').fill('a-wrong-key');
  await page.getByLabel('API secret').fill('a-wrong-secret');
  await press(page, 'Test');
  await page.getByText(/The certificate of .* is self-signed/).waitFor();
  await page.getByText('no key was sent to it').waitFor();
  expect(firewall.state.requests.filter((request) => request.includes('/api/'))).toEqual([]);
  const { pin } = await fetchCertificate(firewall.url, { timeoutMs: 5_000 });
  await page.locator('main code').filter({ hasText: pin }).waitFor();
  expect(await axeFindings(page)).toEqual([]);

  await press(page, 'I compared it with what the firewall shows: trust this key');
  await page.getByText('key (wrong)').waitFor();
  await page.getByLabel('API key').fill(DEFAULT_USER.key);
  await page.getByLabel('API secret').fill(DEFAULT_USER.secret);
  await press(page, 'Test');
  await page.getByText('alias (wrong)').waitFor();
  firewall.state.aliases.set('plexfw_live', externalAlias());
  firewall.state.tables.set('plexfw_live', new Set());
  await press(page, 'Test');
  await page.getByText('Nothing is wrong with it').waitFor();

  // On the screen secrets are dots; what is taken along has them.
  expect(await page.locator('main').innerText()).not.toContain(DEFAULT_USER.secret);
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await press(page, 'Copy: Environment (.env beside docker-compose.yml)');
  await page.getByText('Copied.').waitFor();
  const lines = String(await page.evaluate('navigator.clipboard.readText()'));
  await house.start(
    Object.fromEntries(lines.split('\n').map((line) => /^(\w+)=(.*)$/.exec(line)?.slice(1) ?? [])),
  );
  await page.reload();
  await page.getByText('✓ Set by SALLYPORT_FIREWALL_DRIVER').waitFor();
  await press(page, 'Check again: default');
  await page.getByText('key (fine)').waitFor();
  await press(page, 'Next');

  await heading(page, 'What to protect').waitFor();
  await page.getByLabel('Address of the host').fill('0.0.0.0/0');
  await page.getByRole('checkbox', { name: /Plex/ }).first().waitFor();
  await press(page, 'Protect it');
  await page.getByText('0.0.0.0/0 is not a host but a very wide network').waitFor();
  await page.getByRole('button', { name: 'The whole network anyway' }).waitFor();
  await page.getByLabel('Address of the host').fill(PLEX);
  await page.getByRole('checkbox', { name: /Plex/ }).first().waitFor();
  await press(page, 'Protect it');
  await page.getByRole('heading', { name: 'Protected: plex' }).waitFor();
  await press(page, 'Next');

  await heading(page, 'Learn').waitFor();
  await page.getByText('plex learns: every name is answered').waitFor();
  await press(page, 'Next');

  await heading(page, 'Point it here').waitFor();
  await page.getByText('Waiting for the first question from a protected host').waitFor();
  const ask = () => muslLookup('plex.tv', { address: '127.0.0.1', port: house.dnsPort, from: PLEX });
  expect((await ask()).result).toBe('found');
  await page.getByText(`✓ Question from ${PLEX}: plex.tv`).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await press(page, 'Next');

  await heading(page, 'Leak check').waitFor();
  await press(page, 'Look from here');
  await page.getByText('No other resolver').waitFor();
  await press(page, 'Next');
  await heading(page, 'Done').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await press(page, 'To the overview');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.getByText('Learning').first().waitFor();
  await expect.poll(() => page.getByText('Go on with the set-up').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('what the environment sets is done, and says by which variable', async () => {
  const firewall = await startOpnsense({});
  closers.push(firewall.close);
  const house = await emptyHouse({
    SALLYPORT_ADMIN_PASSWORD: PASSWORD,
    SALLYPORT_FIREWALL_DRIVER: 'opnsense',
    SALLYPORT_FIREWALL_URL: firewall.url,
    SALLYPORT_FIREWALL_KEY: DEFAULT_USER.key,
    SALLYPORT_FIREWALL_SECRET: DEFAULT_USER.secret,
    SALLYPORT_FIREWALL_ALIAS: 'plexfw_live',
  });
  await house.start();
  const { page, complaints } = await openPage(house.base);
  await page.goto(house.base);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await press(page, 'Sign in');
  await page.getByRole('link', { name: 'Go on with the set-up' }).click();
  // The first that is open: DNS is set beforehand, but where no other host can ask.
  await heading(page, 'DNS self-test').waitFor();
  await page.getByText('✓ Set by SALLYPORT_DNS_LISTEN').waitFor();
  for (const [step, variable] of [
    ['Admin', 'SALLYPORT_ADMIN_PASSWORD'],
    ['DNS self-test', 'SALLYPORT_DNS_LISTEN'],
    ['Firewall', 'SALLYPORT_FIREWALL_DRIVER'],
  ] as const) {
    await steps(page)
      .getByRole('button', { name: `${step} Set by ${variable}` })
      .waitFor();
  }
  expect(complaints).toEqual([]);
});

test('a bridge that hides who asks is named, with the two ways to mend it', async () => {
  const bridge = await bridgedNetwork();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bridged-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const sallyport = launchSallyport({
    prefix: ['ip', 'netns', 'exec', bridge.namespace],
    env: {
      SALLYPORT_DATA_DIR: directory,
      SALLYPORT_DNS_LISTEN: '0.0.0.0:1053',
      SALLYPORT_WEB_LISTEN: `${bridge.inside}:8080`,
      SALLYPORT_UPSTREAMS: `udp://${bridge.gateway}:5353`,
      SALLYPORT_ADMIN_PASSWORD: PASSWORD,
    },
  });
  closers.push(() => sallyport.stop());
  const base = `http://${bridge.inside}:8080`;
  await untilUp(sallyport, async () =>
    fetch(`${base}/healthz`).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  const { page } = await openPage(base);
  await page.goto(`${base}/setup?step=dns`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await press(page, 'Sign in');
  await heading(page, 'DNS self-test').waitFor();
  await page.getByText('Nobody has asked yet').waitFor();
  // From here, as a host behind Docker's bridge looks to a container.
  const asked = await muslLookup('plex.tv', { address: bridge.inside, port: 1053, timeoutMs: 500 });
  expect(asked.result).not.toBe('found');
  await page.getByText(`Every question seems to come from ${bridge.gateway}`).waitFor();
  await page.getByText('COMPOSE_PROFILES=lan').waitFor();
  await page.getByText('"userland-proxy": false').waitFor();
  expect(await axeFindings(page)).toEqual([]);
});

/** A namespace with one wire to us, and us as its default gateway: a container on Docker's bridge. */
async function bridgedNetwork() {
  const namespace = `sallyport-bridged-${process.pid}`;
  const wire = `spb${process.pid % 100_000}`;
  const [gateway, inside] = ['10.231.77.1', '10.231.77.2'];
  const ip = (...args: readonly string[]) =>
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  ip('netns', 'add', namespace);
  // The wire goes with it.
  closers.push(() => ip('netns', 'delete', namespace));
  ip('link', 'add', wire, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  ip('address', 'add', `${gateway}/30`, 'dev', wire);
  ip('link', 'set', wire, 'up');
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  ip('-n', namespace, 'address', 'add', `${inside}/30`, 'dev', 'eth0');
  ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  ip('-n', namespace, 'route', 'add', 'default', 'via', gateway);
  return { namespace, gateway, inside };
}
