import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { getDenial } from '../../src/store/denials.ts';
import { findGroupByName } from '../../src/store/groups.ts';
import { pinsInForce } from '../../src/store/pins.ts';
import { prefix } from '../store/world.ts';
import { anna, createWorld, firewall, group, ip, openAddress, refused, type World } from './world.ts';

const MINE = '0123456789abcdef'.repeat(2);
const OTHER = 'b'.repeat(32);

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const change = (plexDirect: object) => world.actions.changeGroup({ group: 'plex', plexDirect }, anna);
const settings = () => findGroupByName(world.db, 'plex')?.plexDirect;
const open = () =>
  pinsInForce(world.db, world.clock.now()).map(({ prefix, note, plexServer }) => [
    prefix.address,
    note,
    plexServer,
  ]);
const lastEntry = () => listAudit(world.db, { limit: 1 }).items[0];

test('own servers and addresses are set, whatever the case; what is not given stays', async () => {
  group(world);
  await change({ hashes: [MINE.toUpperCase(), MINE, `s${OTHER}`] });
  await change({ ownAddresses: ['192.168.20.5', '2001:db8:20::/64'] });
  expect(settings()).toMatchObject({
    hashes: [MINE, `s${OTHER}`],
    ownAddresses: [
      { address: '192.168.20.5', length: 32 },
      { address: '2001:db8:20::', length: 64 },
    ],
  });
  expect(lastEntry()).toMatchObject({
    action: 'group.change',
    before: { plexDirect: { hashes: [MINE, `s${OTHER}`], ownAddresses: [] } },
    after: { plexDirect: { ownAddresses: ['192.168.20.5', '2001:db8:20::/64'] } },
  });
  expect(world.calls).toContain('reload');
});

test.each([
  [{ hashes: ['0123'] }, 'invalid-input'],
  [{ hashes: [`${MINE}.plex.direct`] }, 'invalid-input'],
  [{ ownAddresses: ['plex.home.arpa'] }, 'invalid-input'],
  [{ hashes: [MINE], shared: [{ hash: MINE, addresses: ['203.0.113.9'] }] }, 'invalid-input'],
  [{ shared: [{ hash: OTHER, addresses: ['203.0.113.0/24'] }] }, 'invalid-input'],
  [{ shared: [{ hash: OTHER, addresses: ['192.168.1.9'] }] }, 'address-never-opened'],
  [{ shared: [{ hash: OTHER, addresses: ['8.8.8.8'] }] }, 'address-never-opened'],
])('%j is refused, and nothing changes', async (input, code) => {
  group(world);
  await expect(change(input)).rejects.toMatchObject({ code });
  expect(settings()).toEqual({ hashes: [], ownAddresses: [], shared: [] });
  expect(listAudit(world.db, { limit: 1 }).items).toEqual([]);
});

test('the addresses of a shared server are open for as long as it is shared, and are no one’s to close by themselves', async () => {
  group(world);
  world.firewalls.push(firewall());
  const { pin } = await world.actions.pinAddress(
    { group: 'plex', address: '203.0.113.9', note: 'by hand' },
    anna,
  );
  world.open.push(openAddress({ address: ip('203.0.113.10'), cause: 'pin', name: 'Bo' }));
  const { effect } = await change({
    shared: [{ hash: OTHER, addresses: ['203.0.113.9', '203.0.113.10'], note: 'Bo' }],
  });
  const note = 'shared Plex server bbbbbbbb…: Bo';
  expect(open()).toEqual([
    ['203.0.113.9', 'by hand', undefined],
    ['203.0.113.9', note, OTHER],
    ['203.0.113.10', note, OTHER],
  ]);
  expect(effect).toMatchObject({ firewalls: [{ state: 'confirmed' }] });
  expect(effect.addresses).toContain('203.0.113.10');
  await expect(world.actions.unpinAddress(pin.id + 1, anna)).rejects.toMatchObject({
    code: 'of-plex-direct',
    hint: expect.stringContaining('--unshare'),
  });
  await world.actions.unpinAddress(pin.id, anna);
  await change({ shared: [{ hash: OTHER, addresses: ['203.0.113.10'] }] });
  expect(open()).toEqual([['203.0.113.10', 'shared Plex server bbbbbbbb…', OTHER]]);
  await change({ shared: [] });
  expect(open()).toEqual([]);
});

test('a change is taken back, its open addresses with it, unless it was changed again since', async () => {
  group(world);
  await change({ hashes: [MINE], shared: [{ hash: OTHER, addresses: ['203.0.113.9'] }] });
  const first = lastEntry()?.id ?? 0;
  const { entry } = await world.actions.revertEntry(first, anna);
  expect(settings()).toEqual({ hashes: [], ownAddresses: [], shared: [] });
  expect(open()).toEqual([]);
  await world.actions.revertEntry(entry.id, anna);
  expect(settings()).toMatchObject({ hashes: [MINE] });
  expect(open()).toHaveLength(1);
  await change({ ownAddresses: ['192.168.20.5'] });
  const second = lastEntry()?.id ?? 0;
  await change({ ownAddresses: [] });
  await expect(world.actions.revertEntry(second, anna)).rejects.toMatchObject({
    code: 'not-revertible',
    message: expect.stringContaining('changed again'),
  });
});

test('what a file manages is changed there', async () => {
  group(world, 'plex', { origin: 'file', place: 'sallyport.yaml:3' });
  await expect(change({ hashes: [MINE] })).rejects.toMatchObject({ code: 'managed-by-file' });
});

test('a refused name below plex.direct is no matter of a rule, and is decided with the server', async () => {
  const plex = group(world);
  const name = `192-168-20-5.${MINE}.plex.direct`;
  const mine = refused(world, plex, name, { reason: 'plex-direct-foreign' });
  const foreign = refused(world, plex, `192-168-20-5.${OTHER}.plex.direct`, {
    reason: 'plex-direct-foreign',
  });
  for (const pattern of [name, `*.${MINE}.plex.direct`, '*.plex.direct', '.plex.direct']) {
    await expect(world.actions.allowName({ group: 'plex', pattern }, anna)).rejects.toMatchObject({
      code: 'of-plex-direct',
      hint: expect.stringContaining('sallyport plex-direct'),
    });
  }
  const approval = { id: mine.id, for: '15m', scope: 'exact', note: '' } as const;
  await expect(world.actions.approveDenial(approval, anna)).rejects.toMatchObject({ code: 'of-plex-direct' });
  expect(getDenial(world.db, mine.id).state).toBe('waiting');

  await change({ hashes: [MINE], ownAddresses: ['192.168.20.5'] });
  expect(getDenial(world.db, mine.id)).toMatchObject({ state: 'decided', decidedBy: 'user:anna' });
  expect(getDenial(world.db, foreign.id).state).toBe('waiting');
  expect(world.told).toContainEqual({ kind: 'denials-moved', ids: [mine.id] });
});

describe('finding the hash', () => {
  const found = (hashes: readonly string[]) => ({
    hashes,
    names: [],
    identity: undefined,
    problem: undefined,
  });
  const find = (server?: string) => world.actions.findPlexDirect({ group: 'plex', server });

  test('asks the hosts of the group, proposes what is new, and changes nothing', async () => {
    group(world, 'plex', { clients: ['192.168.20.5', '192.168.20.6', '192.168.30.0/24'].map(prefix) });
    world.looks.set('192.168.20.5', found([MINE]));
    const { items, proposal } = await find();
    expect(world.calls).toEqual(['look 192.168.20.5 32400', 'look 192.168.20.6 32400']);
    expect(items).toMatchObject([
      {
        server: '192.168.20.5:32400',
        hashes: [MINE],
        sentence: expect.stringContaining(`*.${MINE}.plex.direct`),
      },
      { hashes: [], sentence: '192.168.20.6:32400 does not answer as a Plex server: nobody answers there.' },
    ]);
    expect(proposal).toEqual({ hashes: [MINE], ownAddresses: ['192.168.20.5'] });
    expect(settings()?.hashes).toEqual([]);
    expect(listAudit(world.db, { limit: 1 }).items).toEqual([]);

    await change({ ...proposal });
    expect((await find()).proposal).toBeUndefined();
    await change({ hashes: [], shared: [{ hash: MINE, addresses: ['203.0.113.9'] }] });
    expect((await find()).proposal).toBeUndefined();
  });

  test.each([
    ['127.0.0.1', 'look 127.0.0.1 32400'],
    ['192.168.7.7:32401', 'look 192.168.7.7 32401'],
    ['[fd00::5]:1234', 'look fd00::5 1234'],
    ['fd00::5', 'look fd00::5 32400'],
    ['::ffff:10.0.0.1', 'look 10.0.0.1 32400'],
    ['100.64.0.9', 'look 100.64.0.9 32400'],
    // A host of the group, with a public address of its own.
    ['2001:db8:20::5', 'look 2001:db8:20::5 32400'],
  ])('asks %s, whom an admin has named', async (server, call) => {
    group(world, 'plex', { clients: [prefix('2001:db8:20::/64')] });
    await find(server);
    expect(world.calls).toEqual([call]);
  });

  test.each([
    ...[
      '203.0.113.9',
      '8.8.8.8',
      '169.254.169.254',
      '[fe80::1]:80',
      '0.0.0.0',
      '255.255.255.255',
      '224.0.0.1',
    ],
    ...['::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2001:db8:21::5'],
    ...[
      'plex.home.arpa',
      'localhost',
      'http://192.168.20.5',
      '192.168.20.5:0',
      '192.168.20.5:65536',
      '0x7f.1',
      '',
    ],
    ...['192.168.20.5/24', '192.168.20.5:80/identity', 'a@192.168.20.5', '192.168.20.5:80:80', '[::1'],
  ])('asks nobody at %s', async (server) => {
    group(world, 'plex', { clients: [prefix('2001:db8:20::/64')] });
    await expect(find(server)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(world.calls).toEqual([]);
  });

  test('a group of networks alone has to be told the server', async () => {
    group(world, 'plex', { clients: [prefix('192.168.30.0/24')] });
    await expect(find()).rejects.toMatchObject({
      code: 'invalid-input',
      hint: expect.stringContaining('find 192.168.20.5'),
    });
  });

  test('at most ten hosts are asked, and one look at a time', async () => {
    group(world, 'plex', { clients: Array.from({ length: 12 }, (_, i) => prefix(`192.168.20.${i + 1}`)) });
    const first = find();
    await expect(find()).rejects.toMatchObject({ code: 'request-under-way' });
    expect((await first).items).toHaveLength(10);
    expect((await find('192.168.20.11')).items).toHaveLength(1);
  });

  test('a server without the certificate is told for what it is', async () => {
    group(world);
    const identity = { machineIdentifier: 'aabbccdd', version: '1.43.4', claimed: false };
    world.looks.set('192.168.20.5', { ...found([]), identity, problem: 'no TLS' });
    const { items, proposal } = await find();
    expect(items[0]?.sentence).toMatch(
      /is a Plex server 1\.43\.4 .*aabbccdd\), which is not the hash\. Nobody has claimed it/,
    );
    expect(proposal).toBeUndefined();
  });
});
