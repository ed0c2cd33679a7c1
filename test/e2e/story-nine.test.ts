/**
 * "I move to another host": a backup that is made and fetched on the page, brought back by the command the page names into an empty
 * directory; what was there is there again. The real process, and its own command line.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Browser } from '../../scripts/support/browser.ts';
import { freePort } from '../../scripts/support/ports.ts';
import {
  isHealthy,
  launchSallyport,
  onLoopback,
  type SallyportProcess,
  untilUp,
} from '../../scripts/support/sallyport-process.ts';
import { watchedPage } from './browser.ts';
import { PATIENCE_MS, START_MS, startBrowser } from './house.ts';

vi.setConfig({ testTimeout: 2 * PATIENCE_MS });

const PASSWORD = 'correct horse battery';
const PASSPHRASE = 'a whole sentence for the file';

let browser: Browser;
let directory: string;
/** The same on both machines, so that what is exported can be compared as it is. */
let ports: { readonly dnsPort: number; readonly webPort: number };
const running: SallyportProcess[] = [];
beforeAll(async () => {
  browser = await startBrowser();
  ports = { dnsPort: await freePort(), webPort: await freePort() };
  directory = await mkdtemp(join(tmpdir(), 'sallyport-moves-'));
}, START_MS);
afterAll(async () => {
  for (const one of running) await one.stop();
  await browser.close();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

async function start(dataDirectory: string, env: Readonly<Record<string, string>> = {}) {
  const sallyport = launchSallyport({
    env: { ...onLoopback({ dataDirectory, ...ports, upstreamPort: 9 }), ...env },
  });
  running.push(sallyport);
  await untilUp(sallyport, () => isHealthy(ports.webPort));
  return { sallyport, base: `http://127.0.0.1:${ports.webPort}` };
}

async function signIn(base: string) {
  await browser.context.clearCookies();
  const { page, complaints } = await watchedPage(browser.context, base);
  await page.goto(`${base}/settings`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  return { page, complaints };
}

const exported = async (page: Page): Promise<string> =>
  ((await page.evaluate("fetch('/api/v1/config').then((answer) => answer.json())")) as { yaml: string }).yaml;
const tokensOf = async (page: Page): Promise<unknown> =>
  page.evaluate(
    "fetch('/api/v1/tokens').then((answer) => answer.json()).then(({ items }) => items.map(({ name, prefix }) => name + prefix))",
  );

test('a backup from the page makes an empty machine the one it was', async () => {
  const before = await start(join(directory, 'old'), { SALLYPORT_ADMIN_PASSWORD: PASSWORD });
  const { page, complaints } = await signIn(before.base);
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name', { exact: true }).fill('dashboard');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  const backup = page.getByRole('region', { name: 'Backup', exact: true });
  await backup.getByLabel('Passphrase').fill(PASSPHRASE);
  await backup.getByRole('button', { name: 'Make a backup' }).click();
  const link = backup.getByRole('link', { name: /^Download/ });
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const file = join(directory, download.suggestedFilename());
  await download.saveAs(file);
  const [yaml, tokens] = [await exported(page), await tokensOf(page)];
  expect(complaints).toEqual([]);
  await page.close();
  await before.sallyport.stop();

  const elsewhere = join(directory, 'new');
  expect(await restore(elsewhere, file, 'not the passphrase')).not.toBe(0);
  expect(await restore(elsewhere, file, PASSPHRASE)).toBe(0);
  // Its password came along: the environment says none.
  const after = await start(elsewhere);
  const { page: again } = await signIn(after.base);
  expect(await exported(again)).toBe(yaml);
  expect(await tokensOf(again)).toEqual(tokens);
  await again.close();
});

/** The command the page names; the passphrase is the first line it reads. */
async function restore(dataDir: string, file: string, passphrase: string): Promise<number> {
  const child = spawn(
    process.execPath,
    ['scripts/run.mjs', 'src/cli/main.ts', 'restore', file, '--data-dir', dataDir],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  child.stdin.end(`${passphrase}\n`);
  const [code] = (await once(child, 'close')) as [number];
  return code;
}
