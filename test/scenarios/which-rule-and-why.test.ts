/** A line of the log, a refused name and an open address each say which rule and why: over the API and in a terminal. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { DEFAULT_USER, start as startOpnsense } from '../../scripts/simulators/opnsense.ts';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import type { DenialPage } from '../../src/api/contract/denials.ts';
import type { LeaseList } from '../../src/api/contract/leases.ts';
import type { QueryPage } from '../../src/api/contract/queries.ts';
import type { Why } from '../../src/api/contract/why.ts';
import { PATIENCE_MS, PLEX, type Product, startProduct, until } from './product.ts';

const ZONE = { 'art.example.net': { a: ['198.51.100.1'], ttl: 60 } };
const RULE = { action: 'allow', pattern: '.example.net' };
const DENY = { action: 'deny', pattern: 'ads.example.net' };

let toy: ToyInternet;
let opnsense: Awaited<ReturnType<typeof startOpnsense>>;
let product: Product;

beforeAll(async () => {
  toy = await startToyInternet({ zone: ZONE });
  opnsense = await startOpnsense();
  product = await startProduct({
    upstreamPort: toy.port,
    config: `
groups:
  - name: plex
    clients: [${PLEX}]
    mode: enforce
    rules:
      - { allow: .example.net, note: artwork }
      - { deny: ads.example.net, note: no telemetry }
firewalls:
  - name: edge
    driver: opnsense
    url: ${opnsense.url}
    key: ${DEFAULT_USER.key}
    secret: ${DEFAULT_USER.secret}
    alias: plexfw_live
    groups: [plex]
`,
  });
  await product.ask('art.example.net');
  await product.ask('ads.example.net');
  await product.ask('elsewhere.example.org');
  await until('all three are in the log', PATIENCE_MS, async () => (await queries()).length === 3);
  await until('both refusals are written down', PATIENCE_MS, async () => (await denials()).length === 2);
});
afterAll(async () => {
  await product.close();
  await opnsense.close();
  await toy.close();
});

const queries = async () => (await product.api<z.infer<typeof QueryPage>>('GET', '/api/v1/queries')).items;
/** Waiting for a person, and decided by a rule. */
const denials = async () => {
  const lists = ['waiting', 'decided'].map((state) =>
    product.api<z.infer<typeof DenialPage>>('GET', `/api/v1/denials?state=${state}`),
  );
  return (await Promise.all(lists)).flatMap(({ items }) => items);
};
const why = (asked: string) => product.api<Why>('GET', `/api/v1/why?${asked}`);

test('a line of the log names the verdict, the reason and the rule', async () => {
  const line = async (name: string) => (await queries()).find((query) => query.name === name);
  expect(await line('art.example.net')).toMatchObject({
    verdict: 'allowed',
    reason: 'rule',
    rule: RULE,
    answers: ['198.51.100.1'],
  });
  expect(await line('ads.example.net')).toMatchObject({ verdict: 'denied', reason: 'deny-rule', rule: DENY });
  const nobody = await line('elsewhere.example.org');
  expect(nobody).toMatchObject({ verdict: 'denied', reason: 'no-rule' });
  expect(nobody).not.toHaveProperty('rule');

  const printed = await product.cli('queries');
  expect(printed).toMatch(/art\.example\.net .* allowed +rule: rule \d+ \.example\.net .*198\.51\.100\.1/);
  expect(printed).toMatch(/ads\.example\.net .* denied +deny-rule: rule \d+ ads\.example\.net/);
  expect(printed).toMatch(/elsewhere\.example\.org .* denied +no-rule /);
});

test('pages of the log follow each other to its end', async () => {
  const all = await queries();
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const at = cursor === undefined ? '' : `&cursor=${cursor}`;
    const page = await product.api<z.infer<typeof QueryPage>>('GET', `/api/v1/queries?limit=1${at}`);
    seen.push(...page.items.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(all.map(({ name }) => name));
});

test('other rules are tried on what was asked, and nothing is changed', async () => {
  const printed = await product.cli('replay', '--allow', '*.example.org', '--deny', '.example.net');
  expect(printed).toContain('3 questions of plex for 3 names');
  expect(printed).toMatch(/REFUSED INSTEAD.*\nart\.example\.net +A +1 +127\.0\.0\.2 .*deny \.example\.net/);
  expect(printed).toMatch(/ANSWERED INSTEAD.*\nelsewhere\.example\.org +A +1 .*allow \*\.example\.org/);
  expect(printed).toContain('1 open address would close: 198.51.100.1');
  expect((await queries()).length).toBe(3);
  await expect(product.cli('replay', '--without', '4711')).rejects.toThrow(
    'rule 4711 is not in force in plex',
  );
});

test('a file is tried before it is applied', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'sallyport-candidate-')), 'new.yaml');
  await writeFile(
    file,
    `groups:\n  - name: plex\n    clients: [${PLEX}]\n    rules:\n      - allow: .example.org\n`,
  );
  const printed = await product.cli('replay', '--file', file);
  await rm(dirname(file), { recursive: true });
  expect(printed).toMatch(/REFUSED INSTEAD.*\nart\.example\.net +A +1 .*no-rule/);
  expect(printed).toMatch(/ANSWERED INSTEAD.*\nelsewhere\.example\.org +A +1 .*allow \.example\.org/);
});

test('each rule says how it was used, and how far its addresses reach', async () => {
  expect(await product.cli('hygiene', '--all')).toMatch(/allow +\.example\.net +used +1 +1 /);
  expect(await product.cli('risks')).toMatch(
    / plex +\d+ \.example\.net +1 +198\.51\.100\.1: No name of anybody else/,
  );
  expect(await product.cli('leases', '--risk')).toMatch(/198\.51\.100\.1 +15 +art\.example\.net/);
  expect(await product.cli('why', '198.51.100.1')).toContain('Shared (15 of 100): No name of anybody else');
});

test('a refused name names the rule that denied it, or that none allows it', async () => {
  const denial = async (name: string) => (await denials()).find((one) => one.name === name);
  expect(await denial('ads.example.net')).toMatchObject({ reason: 'deny-rule', rule: DENY, refused: true });
  expect(await denial('elsewhere.example.org')).toMatchObject({ reason: 'no-rule', refused: true });

  expect(await product.cli('denied')).toMatch(/elsewhere\.example\.org .*no-rule/);
  expect(await product.cli('denied', '--state', 'decided')).toMatch(
    /ads\.example\.net .*deny-rule: rule \d+ ads\.example\.net/,
  );
});

test('an open address names the rule, the name and what the firewall was read to hold', async () => {
  const list = await product.api<z.infer<typeof LeaseList>>('GET', '/api/v1/leases');
  expect(list.items).toEqual([
    expect.objectContaining({
      group: 'plex',
      name: 'art.example.net',
      address: '198.51.100.1',
      cause: 'answer',
      rule: expect.objectContaining({ pattern: RULE.pattern }),
      firewalls: [{ name: 'edge', state: 'confirmed' }],
    }),
  ]);
  expect(await product.cli('leases')).toMatch(
    /198\.51\.100\.1 +art\.example\.net .*answer, rule \d+ \.example\.net .*edge confirmed/,
  );
});

test('why, of a name: the rule, its note, and what was asked', async () => {
  const allowed = (await why('name=art.example.net')).names?.[0];
  expect(allowed).toMatchObject({ verdict: 'allowed', rule: RULE, addresses: ['198.51.100.1'] });
  expect(allowed?.sentence).toMatch(
    /^art\.example\.net is allowed in plex by rule \d+ \(allow \.example\.net, by file: artwork\)\.$/,
  );
  expect((await why('name=ads.example.net')).names?.[0]?.sentence).toMatch(
    /^ads\.example\.net is refused in plex by rule \d+ \(deny ads\.example\.net, by file: no telemetry\)\.$/,
  );
  expect((await why('name=elsewhere.example.org')).names?.[0]?.sentence).toBe(
    'No rule of plex allows elsewhere.example.org.',
  );
  expect(await product.cli('why', 'ads.example.net')).toContain('by file: no telemetry');
});

test('why, of an address: the name and the rule that opened it, and who made that rule', async () => {
  const { address } = await why('address=198.51.100.1');
  expect(address).toMatchObject({
    open: true,
    sentence: '198.51.100.1 is open because of art.example.net.',
    leases: [{ name: 'art.example.net', cause: 'answer', rule: RULE, approvedBy: 'file' }],
  });
  expect((await why('address=198.51.100.9')).address).toMatchObject({ open: false, leases: [] });
  expect(await product.cli('why', '198.51.100.1')).toMatch(
    /for art\.example\.net \(plex\), [\s\S]*why +answer, rule \d+ allow \.example\.net, by file [\s\S]*add +edge, .*read back/,
  );
});
