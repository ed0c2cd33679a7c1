import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { addPin, pinsInForce } from '../../src/store/pins.ts';
import { prefix } from '../store/world.ts';
import { anna, createWorld, firewall, group, HOUR, NOON, openAddress, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const audited = () =>
  listAudit(world.db, { limit: 10 }).items.map(
    ({ action, actor, subject }) => `${actor} ${action} ${subject}`,
  );

test('an address is opened until it is closed, and both are written down', async () => {
  group(world);
  world.firewalls.push(firewall());
  world.open.push(openAddress({ address: prefix('198.51.100.7').address, cause: 'pin', name: 'push' }));
  const { pin, effect } = await world.actions.pinAddress(
    { group: 'plex', address: '198.51.100.7/32', note: 'push', ports: [443] },
    anna,
  );
  expect(pin).toMatchObject({ note: 'push', ports: [443], until: undefined, createdBy: 'user:anna' });
  expect(effect).toMatchObject({
    addresses: ['198.51.100.7'],
    firewalls: [{ name: 'edge', state: 'confirmed' }],
  });
  expect(world.calls).toEqual(['reload', 'nudge']);

  world.open.length = 0;
  const closing = await world.actions.unpinAddress(pin.id, anna);
  expect(closing.effect).toMatchObject({ addresses: ['198.51.100.7'], firewalls: [{ state: 'pending' }] });
  expect(pinsInForce(world.db, NOON)).toEqual([]);
  expect(audited()).toEqual([
    'user:anna address.close plex 198.51.100.7',
    'user:anna address.open plex 198.51.100.7',
  ]);
  await expect(world.actions.unpinAddress(pin.id, anna)).rejects.toMatchObject({ code: 'not-found' });
});

test('an address closed by hand that a lease keeps open is not called closing', async () => {
  group(world);
  world.firewalls.push(firewall());
  const { pin } = await world.actions.pinAddress({ group: 'plex', address: '192.0.2.7' }, anna);
  world.open.push(openAddress());
  const { effect } = await world.actions.unpinAddress(pin.id, anna);
  expect(effect).toMatchObject({
    addresses: [],
    closed: [],
    staysOpen: [{ address: '192.0.2.7', cause: 'answer', name: 'image.tmdb.org' }],
    firewalls: [{ state: 'unaffected' }],
  });
});

test('opened again, it gets the new note and end', async () => {
  group(world);
  const first = await world.actions.pinAddress({ group: 'plex', address: '198.51.100.7', for: '1h' }, anna);
  const again = await world.actions.pinAddress(
    { group: 'plex', address: '198.51.100.7', note: 'longer', for: '24h' },
    anna,
  );
  expect(again.pin).toMatchObject({ id: first.pin.id, note: 'longer', until: NOON + 24 * HOUR });
});

test('end and note can be changed, each alone', async () => {
  group(world);
  const { pin } = await world.actions.pinAddress({ group: 'plex', address: '198.51.100.7', note: 'a' }, anna);
  const ending = await world.actions.changePinned({ id: pin.id, for: '1h' }, anna);
  expect(ending.pin).toMatchObject({ note: 'a', until: NOON + HOUR });
  const noted = await world.actions.changePinned({ id: pin.id, note: 'b' }, anna);
  expect(noted.pin).toMatchObject({ note: 'b', until: NOON + HOUR });
  const endless = await world.actions.changePinned({ id: pin.id, for: 'always' }, anna);
  expect(endless.pin.until).toBeUndefined();
});

test.each([
  ['198.51.100.0/24', 'invalid-input', /a network, and an alias holds single addresses/],
  ['192.168.1.7', 'address-never-opened', /192\.168\.1\.7 is never opened/],
  ['9.9.9.9', 'address-never-opened', /9\.9\.9\.9 is never opened/],
  ['plex.tv', 'invalid-input', /not an IP address/],
])('%s is refused with the reason and the remedy', async (address, code, message) => {
  group(world);
  const asked = world.actions.pinAddress({ group: 'plex', address }, anna);
  await expect(asked).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    hint: expect.any(String),
  });
  expect(audited()).toEqual([]);
});

test('an end in the past is refused', async () => {
  group(world);
  const asked = world.actions.pinAddress({ group: 'plex', address: '198.51.100.7', until: NOON - 1 }, anna);
  await expect(asked).rejects.toMatchObject({ code: 'invalid-input' });
});

test('what the file opened is changed in the file', async () => {
  const { id: groupId } = group(world);
  const { id } = addPin(world.db, {
    groupId,
    prefix: prefix('198.51.100.7'),
    ports: [],
    note: '',
    until: undefined,
    origin: 'file',
    createdAt: NOON,
    createdBy: 'file',
  });
  const managed = { code: 'managed-by-file' };
  await expect(world.actions.unpinAddress(id, anna)).rejects.toMatchObject(managed);
  await expect(world.actions.changePinned({ id, note: 'x' }, anna)).rejects.toMatchObject(managed);
  await expect(
    world.actions.pinAddress({ group: 'plex', address: '198.51.100.7' }, anna),
  ).rejects.toMatchObject(managed);
});
