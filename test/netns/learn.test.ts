/**
 * From learning to enforcing on real packets: a Plex host boots while its group learns, what is suggested is taken over
 * the API, and it boots again, through the kernel's packet filter.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildStage, type Sallyport, type Stage, until } from '../../scripts/netns/stage.ts';
import { host4, host6, PLEX_ADDRESSES } from '../../scripts/netns/topology.ts';
import { BOOT } from '../../scripts/plex-boot.ts';

/** What only the owner knows, and what a program that got in asks for. */
const OWN = 'hooks.home.example.org';
const HOSTILE = 'p1ex.tv';
/** Codecs come with the first transcode, and nobody transcodes while the group learns. */
const LATER = 'downloads.plex.tv';

const needed = BOOT.filter(({ breaks }) => breaks !== undefined).map(({ name }) => name);
const unneeded = BOOT.filter(({ breaks }) => breaks === undefined).map(({ name }) => name);
const names = [...new Set(BOOT.map(({ name }) => name)), OWN, HOSTILE];
/** Every name has an address of its own, so that an open address tells which name opened it. */
const numberOf = (name: string) => names.indexOf(name) + 1;
const ZONE = Object.fromEntries(
  names.map((name) => [name, { a: [host4(numberOf(name))], aaaa: [host6(numberOf(name))], ttl: 2 }]),
);

const CONFIG = `
file: seed
groups:
  - name: plex
    clients: [${PLEX_ADDRESSES.join(', ')}]
    grace: 1s
    headroom: 3s
firewalls:
  - name: router
    driver: nftables
    table: inet sallyport
    alias: plex
    groups: [plex]
`;

interface Report {
  readonly mode: string;
  readonly names: number;
  readonly suggestion: {
    readonly rules: readonly { pattern: string; types: string[]; selected: boolean }[];
    readonly leftOut: readonly { name: string; code: string; risks: readonly { code: string }[] }[];
  };
}

let stage: Stage;
let sallyport: Sallyport;
let report: Report;

const start = () => stage.startSallyport({ config: CONFIG, dataDirectory: join(stage.directory, 'data') });

beforeAll(async () => {
  stage = await buildStage(ZONE);
  sallyport = await start();
});
afterAll(() => stage.close());

const lookUp = (name: string) => stage.plex.do('lookup', { name });

test('while the group learns, everything resolves and connects', async () => {
  for (const name of names.filter((one) => one !== LATER)) {
    const addresses = await lookUp(name);
    expect(new Set(addresses)).toEqual(new Set([host4(numberOf(name)), host6(numberOf(name))]));
    // Nothing is held for the firewall while learning, so the first attempt may come too early.
    for (const address of addresses)
      await until(`${name} connects`, 5_000, async () => (await stage.connect(address)) === 'connected');
  }
});

test('the report suggests what Plex needs, and says why it suggests the rest not', async () => {
  await until('the questions are in the log', 10_000, async () => {
    report = await sallyport.api<Report>('GET', '/api/v1/groups/plex/report');
    return report.names >= names.length - 1;
  });
  const selected = report.suggestion.rules.filter((rule) => rule.selected).map(({ pattern }) => pattern);
  expect(selected).toEqual(expect.arrayContaining([...new Set(needed)]));
  expect(report.suggestion.rules).toContainEqual(expect.objectContaining({ pattern: OWN, selected: false }));
  const left = new Map(report.suggestion.leftOut.map((one) => [one.name, one]));
  for (const name of unneeded) expect(left.get(name)?.code).toBe('refused-on-purpose');
  expect(left.get(HOSTILE)?.risks).toMatchObject([{ code: 'lookalike' }]);
});

test('one call enforces it; the second boot is refused nothing it needs, and no packet of it is dropped', async () => {
  const rules = report.suggestion.rules
    .filter(({ selected }) => selected)
    .map(({ pattern, types }) => ({ pattern, types }));
  const enforced = await sallyport.api<{ group: { enforcement: { state: string } } }>(
    'POST',
    '/api/v1/groups/plex/enforce',
    { rules },
  );
  expect(enforced.group.enforcement.state).toBe('enforced');

  const dropped = await stage.droppedPackets();
  for (const name of needed) {
    const addresses = await lookUp(name);
    expect(new Set(addresses)).toEqual(new Set([host4(numberOf(name)), host6(numberOf(name))]));
    for (const address of addresses) expect(await stage.connect(address)).toBe('connected');
  }
  expect(await stage.droppedPackets()).toBe(dropped);
});

test('what was not suggested is refused, asks nobody, and its address is closed', async () => {
  for (const name of [...unneeded, OWN, HOSTILE]) {
    const asked = await stage.packetsFor(name);
    expect(await stage.getent(name)).toEqual([]);
    expect(await stage.packetsFor(name)).toBe(asked);
    const address = host4(numberOf(name));
    await until(`${name} is closed`, 20_000, async () => !(await stage.openAddresses()).has(address));
    expect(await stage.connect(address)).toBe('dropped');
  }
});

interface Reproducing {
  readonly running: boolean;
  readonly refused?: readonly { readonly name: string }[];
  readonly rules?: readonly unknown[];
}
const reproduce = (method: 'GET' | 'POST', rest = '') =>
  sallyport.api<Reproducing>(
    method,
    `/api/v1/groups/plex/reproduce${rest}`,
    method === 'GET' ? undefined : {},
  );

test('what fails is reproduced over a restart, let through, tried again, and kept', async () => {
  await reproduce('POST');
  await sallyport.stop('SIGKILL');
  sallyport = await start();
  expect(await stage.getent(OWN)).toEqual([]);
  let found: Reproducing = { running: false };
  await until('the refusal shows', 10_000, async () => {
    found = await reproduce('GET');
    return (found.refused ?? []).length > 0;
  });
  expect(found).toMatchObject({ running: true, refused: [{ name: OWN }] });

  expect((await reproduce('POST', '/allow')).rules).toMatchObject([{ pattern: OWN }]);
  expect((await reproduce('POST', '/verify')).refused).toEqual([]);
  const addresses = await lookUp(OWN);
  expect(new Set(addresses)).toEqual(new Set([host4(numberOf(OWN)), host6(numberOf(OWN))]));
  for (const address of addresses) expect(await stage.connect(address)).toBe('connected');
  expect((await reproduce('GET')).refused).toEqual([]);
  const [kept] = (await reproduce('POST', '/keep')).rules ?? [];
  expect(kept).not.toHaveProperty('expiresAt');
});

test('one call goes back to learning', async () => {
  const { group } = await sallyport.api<{ group: { mode: string } }>('POST', '/api/v1/groups/plex/learn', {});
  expect(group.mode).toBe('learn');
  expect(new Set(await lookUp(HOSTILE))).toEqual(
    new Set([host4(numberOf(HOSTILE)), host6(numberOf(HOSTILE))]),
  );
});
