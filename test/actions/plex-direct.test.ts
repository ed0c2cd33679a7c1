import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { getDenial } from '../../src/store/denials.ts';
import { findGroupByName } from '../../src/store/groups.ts';
import { pinsInForce } from '../../src/store/pins.ts';
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
