/** `kill -9` at any moment of writing, again and again on one data directory: what was acknowledged is there in the next life. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { DEFAULT_USER, start as startOpnsense } from '../../scripts/simulators/opnsense.ts';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { PLEX, type Product, startProduct } from '../scenarios/product.ts';
import { fault, type Row } from './table.ts';

/** Each costs the start of a whole process; `npm run test:kills` lives two hundred. */
const LIVES = Number(process.env['SALLYPORT_TEST_KILLS'] ?? 25);
const ALIAS = 'plexfw_live';
/** Milliseconds of writing before the end of a life: some end with the first write, some among hundreds. */
const LONGEST_LIFE_MS = 600;
const WRITERS = 3;
const MINUTES = 60_000;

let toy: ToyInternet;
let opnsense: Awaited<ReturnType<typeof startOpnsense>>;
let directory: string;
beforeAll(async () => {
  toy = await startToyInternet({ zone: { '*.many.example.net': { a: ['198.51.100.5'], ttl: 3600 } } });
  opnsense = await startOpnsense({ aliases: [ALIAS] });
  directory = await mkdtemp(join(tmpdir(), 'sallyport-killed-'));
});
afterAll(async () => {
  await opnsense.close();
  await toy.close();
  await rm(directory, { recursive: true, force: true });
});

fault('killed', liveOften, LIVES * MINUTES);

async function liveOften(row: Row): Promise<void> {
  const known: Known = { rules: new Map(), ended: new Set(), pins: new Set(), told: new Set() };
  let written = 0;
  for (let life = 1; life <= LIVES; life++) {
    const product = await startProduct({ directory, config: configuration(), upstreamPort: toy.port });
    try {
      await expectAll(product, known);
      const before = count(known);
      await liveAndDie(product, known, life);
      written += count(known) - before;
      expect(await product.process.ended).toBe('SIGKILL');
    } finally {
      await product.process.stop('SIGKILL');
    }
  }
  // As a shell reports SIGKILL.
  expect(row.exitCode).toBe(128 + 9);
  // A life in which nothing was written shows nothing.
  expect(written).toBeGreaterThan(LIVES);
  for (const name of ['sallyport.db', 'querylog.db']) {
    const file = openSqlite(join(directory, 'data', name));
    expect(file.pragma('integrity_check', { simple: true }), name).toBe('ok');
    file.close();
  }
}

/** What was acknowledged. */
interface Known {
  /** Pattern by id, of the rules in force. */
  readonly rules: Map<number, string>;
  readonly ended: Set<number>;
  readonly pins: Set<string>;
  /** Names that were answered with an address. */
  readonly told: Set<string>;
}

const count = ({ rules, ended, pins, told }: Known) => rules.size + ended.size + pins.size + told.size;

function configuration(): string {
  return `
groups:
  - name: plex
    clients: [${PLEX}]
    mode: enforce
    gate: { onHoldLimit: servfail }
    rules: [{ allow: '*.example.net', warm: false }]
firewalls:
  - name: edge
    driver: opnsense
    url: ${opnsense.url}
    key: ${DEFAULT_USER.key}
    secret: ${DEFAULT_USER.secret}
    alias: ${ALIAS}
    groups: [plex]
limits: { wildcard: { names: 0 } }
`;
}

async function expectAll(product: Product, known: Known): Promise<void> {
  const get = <Body>(path: string) => product.api<Body>('GET', `/api/v1${path}`);
  const rules = await get<{ items: { id: number; pattern: string }[] }>('/rules?group=plex');
  const inForce = new Map(rules.items.map(({ id, pattern }) => [id, pattern]));
  for (const [id, pattern] of known.rules) expect(inForce.get(id), `rule ${id}`).toBe(pattern);
  for (const id of known.ended) expect(inForce.has(id), `ended rule ${id}`).toBe(false);
  const pins = await get<{ items: { address: string }[] }>('/addresses?group=plex');
  expect(pins.items.map(({ address }) => address)).toEqual(expect.arrayContaining([...known.pins]));
  const leases = await get<{ items: { name: string }[] }>('/leases?group=plex');
  expect(leases.items.map(({ name }) => name)).toEqual(expect.arrayContaining([...known.told]));
  expect(await get('/audit/verification')).toMatchObject({ sound: true });
}

/** Writes over several connections at once until the process is killed among them. */
async function liveAndDie(product: Product, known: Known, life: number): Promise<void> {
  let isAlive = true;
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let serial = 0; isAlive; serial++) {
      try {
        await writeOnce(product, known, `${life}-${writer}-${serial}`, serial);
      } catch (error) {
        if (isAlive) throw error;
      }
    }
  });
  const end = new Promise<void>((resolve) => {
    setTimeout(() => {
      isAlive = false;
      process.kill(product.process.pid, 'SIGKILL');
      resolve();
    }, Math.random() * LONGEST_LIFE_MS);
  });
  await Promise.all([end, ...writers]);
}

async function writeOnce(product: Product, known: Known, label: string, serial: number): Promise<void> {
  switch (serial % 5) {
    case 0:
    case 1: {
      const pattern = `rule-${label}.example.org`;
      const made = await product.api<{ rule: { id: number } }>('POST', '/api/v1/rules', {
        group: 'plex',
        allow: pattern,
      });
      known.rules.set(made.rule.id, pattern);
      return;
    }
    case 2: {
      const [id] = known.rules.keys();
      if (id === undefined) return;
      // It may have ended in the life before without a word, so from here on neither is asked for.
      known.rules.delete(id);
      await product.api('DELETE', `/api/v1/rules/${id}`);
      known.ended.add(id);
      return;
    }
    case 3: {
      const address = `203.0.${known.pins.size >> 8}.${known.pins.size & 255}`;
      await product.api('POST', '/api/v1/addresses', { group: 'plex', address });
      known.pins.add(address);
      return;
    }
    default: {
      const name = `name-${label}.many.example.net`;
      const { addresses } = await product.ask(name);
      if (addresses.length > 0) known.told.add(name);
    }
  }
}
