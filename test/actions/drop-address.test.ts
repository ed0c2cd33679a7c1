import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { anna, createWorld, firewall, group, ip, openAddress, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
  group(world, 'plex', { mode: 'enforce' });
  world.firewalls.push(firewall());
});
afterEach(() => world.close());

test('an address that answers have open is closed now, written down before', async () => {
  world.open.push(openAddress(), openAddress({ name: 'api.tmdb.org' }));
  const { names, effect } = await world.actions.dropAddress({ group: 'plex', address: '192.0.2.7' }, anna);
  expect(names).toEqual(['image.tmdb.org', 'api.tmdb.org']);
  expect(effect).toMatchObject({ closed: ['192.0.2.7'], firewalls: [{ name: 'edge', state: 'pending' }] });
  expect(world.calls.slice(0, 2)).toEqual(['revoke plex 192.0.2.7', 'reload']);
  expect(listAudit(world.db, { limit: 1 }).items).toMatchObject([
    { action: 'address.drop', subject: 'plex 192.0.2.7', actor: 'user:anna', before: { names } },
  ]);
});

test('what is open by hand too stays, and is named', async () => {
  const pin = openAddress({ cause: 'pin', name: 'a note', until: Number.POSITIVE_INFINITY });
  world.open.push(openAddress(), pin);
  const { effect } = await world.actions.dropAddress({ group: 'plex', address: '192.0.2.7' }, anna);
  expect(effect).toMatchObject({ closed: [], staysOpen: [{ cause: 'pin', name: 'a note' }] });
});

test.each([
  { open: [], hint: /sallyport leases/ },
  { open: [openAddress({ cause: 'feed', name: 'cdn', address: ip('192.0.2.7') })], hint: /sallyport feeds/ },
])('what no answer has open is refused with where to look', async ({ open, hint }) => {
  world.open.push(...open);
  await expect(
    world.actions.dropAddress({ group: 'plex', address: '192.0.2.7' }, anna),
  ).rejects.toMatchObject({ code: 'not-found', hint: expect.stringMatching(hint) });
  expect(listAudit(world.db, { limit: 1 }).items).toEqual([]);
});
