/** Firewalls that mislead, forget, hang or vanish: what is open stays told, and what is not is never called so. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_USER as OPNSENSE_USER, start as startOpnsense } from '../../scripts/simulators/opnsense.ts';
import { DEFAULT_USER as PFSENSE_USER, start as startPfsense } from '../../scripts/simulators/pfsense.ts';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import { PATIENCE_MS, PLEX, type Product, startProduct, until } from './product.ts';

/** A host whose group would rather have no answer than one that is not open. */
const STRICT = '127.0.0.3';

/** Each test asks names of its own: n of them, with one address each. */
const NAMES = Array.from({ length: 30 }, (_, i) => `name-${i}.example.net`);
const ZONE = Object.fromEntries(NAMES.map((name, i) => [name, { a: [`198.51.100.${i + 1}`], ttl: 60 }]));
const address = (n: number) => `198.51.100.${n + 1}`;
const name = (n: number) => `name-${n}.example.net`;

const config = (firewall: string) => `
groups:
  - { name: plex, clients: [${PLEX}], mode: enforce, rules: [{ allow: '*.example.net' }] }
  - name: strict
    clients: [${STRICT}]
    mode: enforce
    gate: { holdLimit: 1s, onHoldLimit: servfail }
    rules: [{ allow: '*.example.net' }]
firewalls:
  - name: edge
${firewall}
    groups: [plex, strict]
# Every second instead of every minute: what only a full read-back notices is noticed soon.
sync: { schedule: '* * * * * *' }
`;

const opnsenseConfig = (url: string) =>
  config(`    driver: opnsense
    url: ${url}
    key: ${OPNSENSE_USER.key}
    secret: ${OPNSENSE_USER.secret}
    alias: ${ALIAS}`);
const ALIAS = 'plexfw_live';

let toy: ToyInternet;
beforeAll(async () => {
  toy = await startToyInternet({ zone: ZONE });
});
afterAll(() => toy.close());

const edge = async (product: Product) => {
  const [firewall] = (await product.status()).firewalls;
  if (firewall === undefined) throw new Error('no firewall is configured');
  return firewall;
};
const untilState = (product: Product, state: string) =>
  until(`the firewall is ${state}`, 15_000, async () => (await edge(product)).state === state);
const toldUnconfirmed = async (product: Product) => (await product.status()).counters.toldUnconfirmed;

/** The counters are reported once a second. */
const untilCounted = (product: Product, count: number) =>
  until(
    `${count} unconfirmed answers are counted`,
    PATIENCE_MS,
    async () => (await toldUnconfirmed(product)) >= count,
  );

describe('OPNsense', () => {
  let opnsense: Awaited<ReturnType<typeof startOpnsense>>;
  let product: Product;
  const open = (n: number) => opnsense.table(ALIAS).includes(address(n));

  beforeAll(async () => {
    opnsense = await startOpnsense({ aliases: [ALIAS], switches: { latencyMs: 5 } });
    product = await startProduct({ config: opnsenseConfig(opnsense.url), upstreamPort: toy.port });
    await untilState(product, 'up');
  });
  afterAll(async () => {
    await product.close();
    await opnsense.close();
  });
  afterEach(async () => {
    opnsense.set({ doneDoesNothing: false, htmlInsteadOfJson: false, configdDown: false });
    await untilState(product, 'up');
  });

  test('a `done` that did nothing is not believed: behind, and said so, until the table shows it', async () => {
    const before = await toldUnconfirmed(product);
    opnsense.set({ doneDoesNothing: true });
    expect(await product.ask(name(0), { from: STRICT })).toMatchObject({ rcode: 'SERVFAIL', addresses: [] });
    const told = await product.ask(name(0));
    expect(told.addresses).toEqual([address(0)]);
    expect(told.ttl).toBeLessThanOrEqual(10);
    expect(open(0)).toBe(false);
    await untilState(product, 'behind');
    expect((await edge(product)).sentence).toMatch(
      /^edge is behind: the firewall said yes, but its table does not show 1 of 1 changes \(first: add 198\.51\.100\.1\); nothing new is confirmed/,
    );
    await untilCounted(product, before + 1);

    opnsense.set({ doneDoesNothing: false });
    await until('the table shows it', PATIENCE_MS, () => open(0));
    await until('the strict host is told', PATIENCE_MS, async () => {
      return (await product.ask(name(0), { from: STRICT })).addresses[0] === address(0);
    });
  });

  test('a table lost in a reboot is noticed and filled again, without anybody asking', async () => {
    for (const n of [1, 2, 3]) expect((await product.ask(name(n))).addresses).toEqual([address(n)]);
    opnsense.reboot();
    expect(open(1)).toBe(false);
    await until('the table is filled again', PATIENCE_MS, () => open(1) && open(2) && open(3));
  });

  test('HTML instead of JSON is named, and nothing is taken for removed', async () => {
    expect((await product.ask(name(4))).addresses).toEqual([address(4)]);
    opnsense.set({ htmlInsteadOfJson: true });
    await untilState(product, 'down');
    const { sentence } = await edge(product);
    expect(sentence).toContain('with text/html instead of JSON');
    expect(sentence).toContain('A web page answers there instead of the API: check the url');
    expect(await product.cli('status')).toContain(sentence);
    expect((await product.ask(name(4))).addresses).toEqual([address(4)]);
    expect(open(4)).toBe(true);
  });

  test('a silent backend answers an empty list: not believed, nothing is counted as gone', async () => {
    expect((await product.ask(name(5))).addresses).toEqual([address(5)]);
    opnsense.set({ configdDown: true, configdDelayMs: 50 });
    await untilState(product, 'down');
    expect((await edge(product)).sentence).toContain('its backend (configd) is silent');
    expect((await product.ask(name(5), { from: STRICT })).rcode).toBe('SERVFAIL');
    expect((await product.ask(name(5))).addresses).toEqual([address(5)]);
  });

  test('unreachable: confirmed names go on, new ones as onHoldLimit says, at once and counted', async () => {
    const before = await toldUnconfirmed(product);
    expect((await product.ask(name(6))).addresses).toEqual([address(6)]);
    expect((await product.ask(name(6), { from: STRICT })).addresses).toEqual([address(6)]);
    const { port } = new URL(opnsense.url);
    await opnsense.close();
    await untilState(product, 'down');
    await until('it says that nobody listens there', PATIENCE_MS, async () =>
      /^edge is down: .*127\.0\.0\.1.*refused/i.test((await edge(product)).sentence),
    );

    for (const from of [PLEX, STRICT])
      expect((await product.ask(name(6), { from })).addresses).toEqual([address(6)]);
    const answered = await product.ask(name(7));
    expect(answered.addresses).toEqual([address(7)]);
    const refused = await product.ask(name(8), { from: STRICT });
    expect(refused.rcode).toBe('SERVFAIL');
    // Nobody waits for what cannot come: far below the hold limit of a second.
    expect(Math.max(answered.tookMs, refused.tookMs)).toBeLessThan(800);
    await untilCounted(product, before + 1);
    expect((await product.status()).groups.map((group) => group.enforcement.sentence)).toContain(
      'Names are filtered; addresses are NOT enforced: no answer from firewall edge',
    );

    // It comes back as after a power cut: with an empty table.
    opnsense = await startOpnsense({ port: Number(port), aliases: [ALIAS] });
    await until('the table holds what was told', 15_000, () => open(6) && open(7));
  });
});

test('a wrong key is tried once and said with its remedy; it is not tried again', async () => {
  const opnsense = await startOpnsense({
    aliases: [ALIAS],
    users: [{ ...OPNSENSE_USER, secret: 'another-secret' }],
    switches: { loginDelayMs: 100 },
  });
  const product = await startProduct({ config: opnsenseConfig(opnsense.url), upstreamPort: toy.port });
  try {
    await untilState(product, 'down');
    const { sentence } = await edge(product);
    expect(sentence).toContain('refused the key');
    expect(sentence).toContain('Check key and secret (System > Access > Users > API keys)');
    await until('it says that it stopped', PATIENCE_MS, async () => {
      return (await edge(product)).sentence.includes('not tried again for 5 min');
    });
    const tried = opnsense.state.requests.length;
    const { run } = await product.api<{ run: { outcome: string } }>('POST', '/api/v1/firewalls/edge/sync');
    expect(run.outcome).toBe('failed');
    expect(opnsense.state.requests.length).toBe(tried);
    expect(tried).toBe(1);
    expect(product.said()).not.toContain(OPNSENSE_USER.secret);
    expect((await product.ask(name(10))).addresses).toEqual([address(10)]);
  } finally {
    await product.close();
    await opnsense.close();
  }
});

describe('pfSense', () => {
  const OTHER = { name: 'Other_Alias', type: 'host', descr: '', address: ['203.0.113.9'], detail: [] };
  const OURS = { name: 'Plex_Allowed', type: 'host', descr: '', address: [], detail: [] };
  let pfsense: Awaited<ReturnType<typeof startPfsense>>;
  let product: Product;
  const open = (n: number) => pfsense.table(OURS.name)?.includes(address(n)) === true;

  beforeAll(async () => {
    pfsense = await startPfsense({ aliases: [{ ...OTHER, name: 'First_Alias' }, OTHER, OURS] });
    product = await startProduct({
      config: config(`    driver: pfsense
    url: ${pfsense.url}
    key: ${PFSENSE_USER.key}
    alias: ${OURS.name}`),
      upstreamPort: toy.port,
    });
    await untilState(product, 'up');
  });
  afterAll(async () => {
    await product.close();
    await pfsense.close();
  });

  test('when ids shift under a write, the name guard keeps the other alias whole', async () => {
    pfsense.set({ shiftIdsBeforeNextPatch: true });
    expect((await product.ask(name(20), { timeoutMs: 6_000 })).addresses).toEqual([address(20)]);
    await until('its address is open', PATIENCE_MS, () => open(20));
    expect(pfsense.state.aliases.map((alias) => [alias.name, alias.address])).toEqual([
      [OTHER.name, OTHER.address],
      [OURS.name, [address(20)]],
    ]);
  });

  test('a reload slower than anybody waits: told at the hold limit and counted, confirmed when it is', async () => {
    const before = await toldUnconfirmed(product);
    pfsense.set({ reloadMs: 7_000 });
    const told = await product.ask(name(21), { timeoutMs: 6_000 });
    expect(told.addresses).toEqual([address(21)]);
    expect(told.ttl).toBeLessThanOrEqual(10);
    expect(told.tookMs).toBeGreaterThan(1_000);
    expect(open(21)).toBe(false);
    await untilCounted(product, before + 1);
    expect((await edge(product)).sentence).toContain('a new address opens in about 4 s');
    await until('its address is open', 15_000, () => open(21));
    await until('the strict host is told', PATIENCE_MS, async () => {
      return (await product.ask(name(21), { from: STRICT })).addresses[0] === address(21);
    });
    pfsense.set({ reloadMs: 50 });
  });
});
