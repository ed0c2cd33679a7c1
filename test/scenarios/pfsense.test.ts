/**
 * The main job against a pfSense that takes 3 s to reload its filter. Writes are dear there: what may wait waits,
 * addresses linger, and Sallyport says how long opening takes.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { DEFAULT_USER, start as startPfsense } from '../../scripts/simulators/pfsense.ts';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import type { DenialAllowed, DenialPage } from '../../src/api/contract/denials.ts';
import type { LeaseList } from '../../src/api/contract/leases.ts';
import type { RuleEffect } from '../../src/api/contract/rules.ts';
import { PATIENCE_MS, PLEX, type Product, startProduct, until } from './product.ts';

const ALIAS = 'Plex_Allowed';
const RELOAD_MS = 3_000;

const ZONE = {
  'approved.example.net': { a: ['198.51.100.4'], ttl: 60 },
  'lingering.example.net': { a: ['198.51.100.5'], ttl: 1 },
  'temporary.example.net': { a: ['198.51.100.6'], ttl: 1 },
  'refused.example.net': { a: ['198.51.100.7'], ttl: 1 },
};

const config = (url: string) => `
groups:
  - name: plex
    clients: [${PLEX}]
    mode: enforce
    grace: 1s
    headroom: 1s
    rules:
      - { allow: lingering.example.net, warm: false }
firewalls:
  - name: edge
    driver: pfsense
    url: ${url}
    key: ${DEFAULT_USER.key}
    alias: ${ALIAS}
    groups: [plex]
`;

let toy: ToyInternet;
let pfsense: Awaited<ReturnType<typeof startPfsense>>;
let product: Product;

beforeAll(async () => {
  toy = await startToyInternet({ zone: ZONE });
  const alias = { name: ALIAS, type: 'host', descr: '', address: [], detail: [] };
  pfsense = await startPfsense({ aliases: [alias], switches: { latencyMs: 40, reloadMs: RELOAD_MS } });
  product = await startProduct({ config: config(pfsense.url), upstreamPort: toy.port });
  await until(
    'the firewall is up',
    PATIENCE_MS,
    async () => (await product.status()).firewalls[0]?.state === 'up',
  );
});
afterAll(async () => {
  await product.close();
  await pfsense.close();
  await toy.close();
});

const open = (address: string) => pfsense.table(ALIAS)?.includes(address) === true;
const leased = async (address: string) =>
  (await product.api<z.infer<typeof LeaseList>>('GET', `/api/v1/leases?address=${address}`)).items.length > 0;

test('approving is usable within 8 s, and says in words how long opening takes', async () => {
  const name = 'approved.example.net';
  expect((await product.ask(name)).rcode).toBe('NXDOMAIN');
  expect(toy.counts()[name]).toBeUndefined();
  const denials = async () => (await product.api<z.infer<typeof DenialPage>>('GET', '/api/v1/denials')).items;
  await until('the refusal is written down', PATIENCE_MS, async () => (await denials()).length > 0);

  const began = performance.now();
  const { effect } = await product.api<z.infer<typeof DenialAllowed>>(
    'POST',
    `/api/v1/denials/${(await denials())[0]?.id}/allow`,
    { for: '1h' },
  );
  expect(effect.firewalls).toEqual([
    {
      name: 'edge',
      state: 'unaffected',
      note: 'a new address opens in about 4 s: a first connection may have to be tried again',
    },
  ]);
  await until('its address is open', 8_000, async () => {
    await product.ask(name);
    return open('198.51.100.4');
  });
  expect((await product.ask(name)).addresses).toEqual(['198.51.100.4']);
  expect(performance.now() - began).toBeLessThan(8_000);
});

test('status and command line say the same of a slow firewall', async () => {
  const [edge] = (await product.status()).firewalls;
  expect(edge).toMatchObject({ state: 'up', writesToday: 1 });
  expect(edge?.sentence).toMatch(
    /^edge holds what it should \(1 address\); a new address opens in about 4 s; 1 write today\.$/,
  );
  expect(await product.cli('firewalls')).toContain(edge?.sentence);
  expect(await product.cli('allow', 'refused.example.net', '--for', '1s')).toContain(
    'edge: in sync (a new address opens in about 4 s',
  );
});

test('the address of an ended lease lingers: a write for it would buy nothing', async () => {
  await until('it is told and open', 8_000, async () => {
    const { addresses } = await product.ask('lingering.example.net');
    return addresses.length > 0 && open('198.51.100.5');
  });
  await until('the lease has ended', 20_000, async () => !(await leased('198.51.100.5')));
  const { run } = await product.api<{ run: { outcome: string } }>('POST', '/api/v1/firewalls/edge/sync');
  expect(run.outcome).toBe('unchanged');
  expect(open('198.51.100.5')).toBe(true);
});

test('what is revoked does not linger', async () => {
  expect(open('198.51.100.4')).toBe(true);
  const { items } = await product.api<{ items: { id: number; pattern: string }[] }>('GET', '/api/v1/rules');
  const rule = items.find(({ pattern }) => pattern === 'approved.example.net');
  await product.api('DELETE', `/api/v1/rules/${rule?.id}`);
  expect((await product.ask('approved.example.net')).rcode).toBe('NXDOMAIN');
  await until('the address is closed', PATIENCE_MS, () => !open('198.51.100.4'));
  expect(open('198.51.100.5')).toBe(true);
});

test('what a temporary rule opened does not linger', async () => {
  const { rule } = await product.api<z.infer<typeof RuleEffect>>('POST', '/api/v1/rules', {
    group: 'plex',
    allow: 'temporary.example.net',
    for: '10s',
  });
  expect(rule.expiresAt).toBeDefined();
  await until('it is open', 8_000, async () => {
    await product.ask('temporary.example.net');
    return open('198.51.100.6');
  });
  await until('the rule has ended', 12_000, async () => {
    return (await product.ask('temporary.example.net')).rcode === 'NXDOMAIN';
  });
  await until('its address is closed', PATIENCE_MS, () => !open('198.51.100.6'));
});

test('after kill -9 and a restart nothing is written that was there', async () => {
  const before = { table: pfsense.table(ALIAS), revisions: pfsense.state.revisions };
  expect(before.table).toEqual(['198.51.100.5']);
  product = await product.restart('SIGKILL');
  await until(
    'the firewall is up',
    PATIENCE_MS,
    async () => (await product.status()).firewalls[0]?.state === 'up',
  );
  expect({ table: pfsense.table(ALIAS), revisions: pfsense.state.revisions }).toEqual(before);
});
