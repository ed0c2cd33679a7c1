/**
 * The main job against an OPNsense that takes 40 ms a call: what resolves is in its table before it is answered, and
 * leaves it with its lease. The table of the simulator is the truth; what Sallyport says of it is compared with that.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { DEFAULT_USER, start as startOpnsense } from '../../scripts/simulators/opnsense.ts';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import type { DenialAllowed, DenialPage } from '../../src/api/contract/denials.ts';
import type { LeaseList } from '../../src/api/contract/leases.ts';
import { PATIENCE_MS, PLEX, type Product, startProduct, until } from './product.ts';

const ALIAS = 'plexfw_live';

/** Every name has an address of its own, so that an address in the table tells which name put it there. */
const ZONE = {
  'first.example.net': { a: ['198.51.100.1'], aaaa: ['2001:db8:ffff::1'], ttl: 30 },
  'rotating.example.net': { a: ['198.51.100.31', '198.51.100.32', '198.51.100.33'], take: 1, ttl: 1 },
  'chained.example.net': { cname: 'cdn.example.org', ttl: 30 },
  'cdn.example.org': { a: ['198.51.100.2'], ttl: 30 },
  'refused.example.net': { a: ['198.51.100.3'], ttl: 30 },
  'approved.example.net': { a: ['198.51.100.4'], ttl: 30 },
  'brief.example.net': { a: ['198.51.100.5'], ttl: 1 },
  'unlisted.example.net': { a: ['198.51.100.6'], ttl: 1 },
  'revoked.example.net': { a: ['198.51.100.7'], ttl: 60 },
  'outage.example.net': { a: ['198.51.100.8'], ttl: 1 },
};

const config = (url: string) => `
groups:
  - name: plex
    clients: [${PLEX}]
    mode: enforce
    grace: 1s
    headroom: 1s
    rules:
      - allow: first.example.net
      - allow: rotating.example.net
      - allow: chained.example.net
      - { allow: brief.example.net, warm: false }
      - allow: outage.example.net
firewalls:
  - name: edge
    driver: opnsense
    url: ${url}
    key: ${DEFAULT_USER.key}
    secret: ${DEFAULT_USER.secret}
    alias: ${ALIAS}
    groups: [plex]
`;

let toy: ToyInternet;
let opnsense: Awaited<ReturnType<typeof startOpnsense>>;
let product: Product;

beforeAll(async () => {
  toy = await startToyInternet({ zone: ZONE });
  opnsense = await startOpnsense({ aliases: [ALIAS], switches: { latencyMs: 40 } });
  product = await startProduct({ config: config(opnsense.url), upstreamPort: toy.port });
  await until(
    'the firewall is up',
    PATIENCE_MS,
    async () => (await product.status()).firewalls[0]?.state === 'up',
  );
});
afterAll(async () => {
  await product.close();
  await opnsense.close();
  await toy.close();
});

const open = (address: string) => opnsense.table(ALIAS).includes(address);
const leases = async () =>
  (await product.api<z.infer<typeof LeaseList>>('GET', '/api/v1/leases?group=plex')).items;
const denialOf = async (name: string) => {
  const page = await product.api<z.infer<typeof DenialPage>>('GET', '/api/v1/denials');
  return page.items.find((denial) => denial.name === name);
};

test('an allowed name is answered when the table holds its addresses, over UDP and TCP, for A and AAAA', async () => {
  expect(open('198.51.100.1')).toBe(false);
  const a = await product.ask('first.example.net');
  expect(a).toMatchObject({ rcode: 'NOERROR', addresses: ['198.51.100.1'] });
  expect(open('198.51.100.1')).toBe(true);
  const aaaa = await product.ask('first.example.net', { type: 'AAAA', over: 'tcp' });
  expect(aaaa.addresses).toEqual(['2001:db8:ffff::1']);
  expect(open('2001:db8:ffff::1')).toBe(true);
});

test('behind a chain the addresses at its end are opened', async () => {
  expect((await product.ask('chained.example.net')).addresses).toEqual(['198.51.100.2']);
  expect(open('198.51.100.2')).toBe(true);
});

test('no answer of a name whose addresses rotate is ever ahead of the table', async () => {
  for (let turn = 0; turn < 12; turn++) {
    const { addresses } = await product.ask('rotating.example.net');
    expect(addresses).not.toEqual([]);
    for (const address of addresses) expect(open(address)).toBe(true);
  }
  expect((await product.status()).counters.toldUnconfirmed).toBe(0);
});

test('a refused name is NXDOMAIN, never reaches the upstream, and nothing is opened for it', async () => {
  for (const over of ['udp', 'tcp'] as const) {
    expect(await product.ask('refused.example.net', { over })).toMatchObject({
      rcode: 'NXDOMAIN',
      addresses: [],
    });
  }
  expect(toy.counts()['refused.example.net']).toBeUndefined();
  expect(open('198.51.100.3')).toBe(false);
});

test('approving a refused name makes it usable within 2 s', async () => {
  const name = 'approved.example.net';
  expect((await product.ask(name)).rcode).toBe('NXDOMAIN');
  await until('the refusal is written down', PATIENCE_MS, async () => (await denialOf(name)) !== undefined);
  const denial = await denialOf(name);

  const began = performance.now();
  const { rule, effect } = await product.api<z.infer<typeof DenialAllowed>>(
    'POST',
    `/api/v1/denials/${denial?.id}/allow`,
    { for: '15m' },
  );
  const told = await product.ask(name);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(told.addresses).toEqual(['198.51.100.4']);
  expect(open('198.51.100.4')).toBe(true);
  expect(rule).toMatchObject({ action: 'allow', pattern: name });
  expect(effect.firewalls).toEqual([{ name: 'edge', state: 'unaffected' }]);
  expect(await denialOf(name)).toBeUndefined();
});

test('the end of a lease takes its address out of the table', async () => {
  expect((await product.ask('brief.example.net')).addresses).toEqual(['198.51.100.5']);
  expect(open('198.51.100.5')).toBe(true);
  await until('the address has left the table', 20_000, () => !open('198.51.100.5'));
  expect((await leases()).map((lease) => lease.address)).not.toContain('198.51.100.5');
});

test('revoking a rule refuses its names at once, and closes what only it had opened', async () => {
  const { rule } = await product.api<{ rule: { id: number } }>('POST', '/api/v1/rules', {
    group: 'plex',
    allow: 'revoked.example.net',
    for: 'always',
  });
  expect((await product.ask('revoked.example.net')).addresses).toEqual(['198.51.100.7']);
  expect(open('198.51.100.7')).toBe(true);

  const { effect } = await product.api<{ effect: { addresses: string[] } }>(
    'DELETE',
    `/api/v1/rules/${rule.id}`,
  );
  expect(effect.addresses).toEqual(['198.51.100.7']);
  expect((await product.ask('revoked.example.net')).rcode).toBe('NXDOMAIN');
  await until('the address has left the table', PATIENCE_MS, () => !open('198.51.100.7'));
});

test('while paused an unlisted name is answered and opened; after the pause it is refused and closed', async () => {
  const name = 'unlisted.example.net';
  expect((await product.ask(name)).rcode).toBe('NXDOMAIN');
  await product.api('POST', '/api/v1/groups/plex/pause', { for: '4s' });
  expect((await product.ask(name)).addresses).toEqual(['198.51.100.6']);
  await until('its address is open', PATIENCE_MS, () => open('198.51.100.6'));
  await until('the pause ends', PATIENCE_MS, async () => (await product.ask(name)).rcode === 'NXDOMAIN');
  await until('its address is closed', PATIENCE_MS, () => !open('198.51.100.6'));
});

test('after kill -9 and a restart the table is as it was, and known names are answered at once', async () => {
  const names = ['first.example.net', 'chained.example.net', 'approved.example.net'];
  const alive: string[] = [];
  for (const name of names) alive.push(...(await product.ask(name)).addresses);
  const before = opnsense.table(ALIAS);

  product = await product.restart('SIGKILL');
  for (const address of alive) expect(open(address)).toBe(true);
  for (const [i, name] of names.entries()) {
    const told = await product.ask(name);
    expect(told.addresses).toEqual([alive[i]]);
  }
  expect((await product.ask('refused.example.net')).rcode).toBe('NXDOMAIN');
  for (const address of opnsense.table(ALIAS)) expect(before).toContain(address);
  expect((await product.status()).counters.toldUnconfirmed).toBe(0);
});

test('with the upstream silent past every ttl nothing is removed, and names go on being answered', {
  timeout: 60_000,
}, async () => {
  expect((await product.ask('outage.example.net')).addresses).toEqual(['198.51.100.8']);
  toy.silence(true);
  const before = opnsense.table(ALIAS);
  expect(before).toContain('198.51.100.8');
  const ends = (await leases()).filter((lease) => lease.name === 'outage.example.net');
  const lastEnd = Math.max(...ends.map((lease) => Date.parse(lease.until ?? '')));

  await until('its lease would have ended', 40_000, async () => {
    expect((await product.ask('outage.example.net')).addresses).toEqual(['198.51.100.8']);
    expect(open('198.51.100.8')).toBe(true);
    return Date.now() > lastEnd + 3_000;
  });
  const kept = (await leases()).find((lease) => lease.name === 'outage.example.net');
  expect(kept).toMatchObject({ cause: 'outage' });
  toy.silence(false);
});
