/** The heart of story one, against whichever firewall: refused, seen, one click, answered, in the alias, asked again. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { askApi } from './ask-api.ts';

export interface OneName {
  readonly name: string;
  /** What the alias' step of the tracker calls the firewall. */
  readonly firewall: string;
  /** One look-up by the protected host; empty: there is no such name. */
  readonly ask: () => Promise<readonly string[]>;
  /** What the firewall's table holds. */
  readonly table: () => readonly string[] | Promise<readonly string[]>;
}

/** From the overview, without a reload; prints what took how long, and judges only the order. */
export async function allowWhatIsRefused(page: Page, { name, firewall, ask, table }: OneName): Promise<void> {
  const times: Record<string, number> = {};
  const refusedAt = performance.now();
  expect(await ask()).toEqual([]);
  const allow = page.getByRole('button', { name: `Allow 15 min: ${name}` });
  await allow.waitFor();
  times['refused → on the screen'] = performance.now() - refusedAt;

  await allow.click();
  const clickedAt = performance.now();
  const tracker = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
  await tracker.getByText('Allowed', { exact: false }).first().waitFor();
  times['click → allowed'] = performance.now() - clickedAt;

  const addresses = await ask();
  times['click → answered'] = performance.now() - clickedAt;
  expect(addresses).not.toEqual([]);
  const open = await table();
  expect(addresses.filter((address) => !open.includes(address))).toEqual([]);

  const step = await tracker.getByText(new RegExp(`^✓ In ${firewall}`)).textContent();
  await tracker.getByText(/^✓ Asked again/).waitFor();
  times['click → asked again, on the screen'] = performance.now() - clickedAt;
  await tracker.getByText(/1[45]:\d\d left/).waitFor();
  console.log(
    firewall,
    step,
    `(usual for this driver: ${await usualMs(page, firewall)} ms)`,
    Object.fromEntries(Object.entries(times).map(([what, ms]) => [what, Math.round(ms)])),
  );
}

/** What the driver says a new address takes on its kind of firewall. */
async function usualMs(page: Page, firewall: string): Promise<number | undefined> {
  const { items } = await askApi<{
    readonly items: readonly { readonly name: string; readonly typicalLatencyMs: number }[];
  }>(page, 'GET', '/firewalls');
  return items.find(({ name }) => name === firewall)?.typicalLatencyMs;
}

export async function signIn(page: Page, base: string, password: string): Promise<void> {
  await page.goto(base);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}
