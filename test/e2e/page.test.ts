import { expect, test } from 'vitest';
import { rulesInForce } from '../../src/store/rules.ts';
import { endSession, listSessions } from '../../src/store/sessions.ts';
import { firewall, group, NOON, newHost, openAddress, refused } from '../actions/world.ts';
import { PASSWORD } from '../api/stage.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

/** As the plane that writes refusals down does; live events go out when the clock moves on. */
const tellOf = ({ id }: { readonly id: number }) => {
  house.world.news.tell({ kind: 'denials-moved', ids: [id] });
  house.world.clock.advance(0);
};

test('set-up by the link, sign out, sign in', async () => {
  const { page, base, setUp } = house;
  await page.goto(base);
  await page.getByText('Open the set-up link from the log').waitFor();
  await setUp();
  expect(page.url()).toBe(`${base}/`);

  await page.getByRole('button', { name: 'Account: admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('Password', { exact: true }).fill('wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('user and password do not fit').waitFor();
  await page.getByText('Forgotten? Run `sallyport reset-password`').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
});

test('where the admin is made, it says that a provider can vouch for people instead', async () => {
  const { page, base, link, setUp } = house;
  const sentence = page.getByText(/OpenID Connect.*docs\/sign-in\.md/);
  await page.goto(link);
  await sentence.waitFor();
  await setUp();
  await page.goto(`${base}/setup?step=admin`);
  await sentence.waitFor();
});

test('a session that has ended says so, and leads back to where it was', async () => {
  const { page, world, setUp } = house;
  await setUp();
  for (const { tokenHash } of listSessions(world.db)) endSession(world.db, tokenHash);
  await page.getByRole('link', { name: 'Domains' }).click();
  await page.getByRole('alert').getByText('Your session has ended. Sign in again').waitFor();
  expect(await page.getByText('Authorization').count()).toBe(0);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Domains' }).waitFor();

  await page.getByRole('button', { name: 'Account: admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect(await page.getByText('Your session has ended').count()).toBe(0);
});

test('a name refused meanwhile appears without a reload, and one click allows it for 15 minutes', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  await setUp();
  await page.getByText('Names are filtered; addresses are NOT enforced: no firewall connected.').waitFor();

  tellOf(refused(world, plex, 'image.tmdb.org'));
  await page.getByRole('button', { name: 'Allow 15 min: image.tmdb.org' }).click();
  await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
  await page.getByText('Waiting to be asked again').waitFor();
  await page.getByText('Nothing was refused in the last 15 minutes').waitFor();
  expect(rulesInForce(world.db, NOON)).toMatchObject([
    { pattern: 'image.tmdb.org', createdBy: 'user:admin', expiresAt: NOON + 900_000 },
  ]);

  await page.getByRole('button', { name: 'Undo: image.tmdb.org' }).click();
  await page.getByText('Undone: it is refused again').waitFor();
  expect(rulesInForce(world.db, NOON)).toEqual([]);
});

test('a row of the overview stays under the pointer while others are refused', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  for (let n = 1; n <= 5; n++) refused(world, plex, `n${n}.example.org`);
  await setUp();
  const allow = page.getByRole('button', { name: 'Allow 15 min: n3.example.org' });
  await allow.hover();
  const before = await allow.boundingBox();
  for (const name of ['c2.example.net', 'c3.example.net', 'c4.example.net']) {
    world.clock.advance(1000);
    tellOf(refused(world, plex, name));
    await page.getByRole('heading', { name }).waitFor();
  }
  expect(await allow.boundingBox()).toEqual(before);
  await page.getByRole('heading', { level: 1 }).hover();
  world.clock.advance(1000);
  tellOf(refused(world, plex, 'c5.example.net'));
  await allow.waitFor({ state: 'detached' });
  expect(await page.getByRole('article').first().getAttribute('aria-label')).toBe('c5.example.net');
});

test('what cannot be read is not called none', async () => {
  const { page, world, setUp } = house;
  group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  await page.route(/temporary=true/, (route) =>
    route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{}' }),
  );
  await setUp();
  const expiring = page.getByRole('region', { name: 'Expiring soon' });
  await expiring.getByRole('button', { name: 'Try again' }).waitFor();
  expect(await expiring.getByText('No temporary rule ends').count()).toBe(0);
  await page.unroute(/temporary=true/);
  await expiring.getByRole('button', { name: 'Try again' }).click();
  await expiring.getByText('No temporary rule ends').waitFor();
});

test('muting takes a name out of the list, and can be undone', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  refused(world, plex, 'metrics.plex.tv');
  await setUp();
  await page.getByRole('link', { name: /^Refused/ }).click();
  await page.getByRole('button', { name: 'Mute: metrics.plex.tv' }).click();
  await page.getByText('No refused name is waiting').waitFor();
  await page.getByRole('button', { name: 'Undo: Muted: metrics.plex.tv' }).click();
  await page.getByRole('heading', { name: 'metrics.plex.tv' }).waitFor();
});

test('many are allowed and muted with one notice, and taken back with one click', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  for (let n = 1; n <= 12; n++) refused(world, plex, `n${n}.example.org`);
  await setUp();
  await page.getByRole('link', { name: /^Refused/ }).click();
  await page.getByLabel('Select all shown').check();
  await page.getByRole('button', { name: 'Allow 15 min: 12 selected' }).click();
  await page.getByText('Allowed for 15 minutes: 12 names').waitFor();
  await expect.poll(() => page.locator('.notice').count()).toBe(1);
  expect(rulesInForce(world.db, NOON)).toHaveLength(12);
  await page.getByRole('button', { name: 'Undo: Allowed for 15 minutes: 12 names' }).click();
  await page.getByText('Undone: 12 names').waitFor();
  expect(rulesInForce(world.db, NOON)).toEqual([]);

  await page.getByLabel('Select n3.example.org').check();
  await page.getByRole('button', { name: 'Mute: 1 selected' }).click();
  await page.getByText('Muted: n3.example.org').waitFor();
});

test('always is one deliberate step more, and names the exact name unless told otherwise', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  refused(world, plex, 'image.tmdb.org');
  await setUp();
  await page.getByRole('button', { name: 'Always: image.tmdb.org' }).click();
  const dialog = page.getByRole('dialog', { name: 'Always allow image.tmdb.org' });
  await dialog.getByLabel('Note (optional): what it is for').fill('posters');
  await dialog.getByRole('button', { name: 'Allow always' }).click();
  await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
  expect(rulesInForce(world.db, NOON)).toMatchObject([
    { pattern: 'image.tmdb.org', note: 'posters', expiresAt: undefined },
  ]);
});

test('the keyboard alone: to the refused names, to the second one, allowed for an hour', async () => {
  const { page, world, setUp } = house;
  const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  for (const name of ['one.example.org', 'two.example.org']) {
    refused(world, plex, name);
    world.clock.advance(1000);
  }
  await setUp();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.getByRole('heading', { name: 'Refused', exact: true }).waitFor();
  await page.getByRole('heading', { name: 'one.example.org' }).waitFor();
  for (const key of ['j', 'j', '2']) await page.keyboard.press(key);
  await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
  expect(rulesInForce(world.db, world.clock.now())).toMatchObject([
    { pattern: 'one.example.org', expiresAt: world.clock.now() + 3_600_000 },
  ]);
});

test('a new host is protected with one click', async () => {
  const { page, world, setUp } = house;
  newHost(world, '192.168.20.5', 'plex.tv', 'example.org');
  await setUp();
  await page.getByText('new host 192.168.20.5 asked 2 names').waitFor();
  await page.getByRole('button', { name: 'Protect this host: 192.168.20.5' }).click();
  await page.getByRole('heading', { name: 'plex', exact: true }).waitFor();
  await page.getByText('Learning: every name is answered').first().waitFor();
});

test('enforcing without a firewall is refused in words', async () => {
  const { page, world, setUp } = house;
  group(world);
  await setUp();
  await page.getByRole('button', { name: 'Enforce: plex' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Enforce' }).click();
  await page.getByText('--mode enforce --override').waitFor();
});

test('nothing is called enforced that is not', async () => {
  const { page, world, setUp } = house;
  group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  world.firewalls.push(firewall({ ruleUse: 'unused' }));
  await setUp();
  await page.getByText('no rule on firewall edge uses the alias.').waitFor();
  const text = await page.locator('.shell').textContent();
  expect(text).toContain('NOT enforced');
  expect(text).not.toMatch(/Enforcing|addresses are enforced/);
});

test('a hostile name is text', async () => {
  const { page, world, setUp } = house;
  const plex = group(world);
  await setUp();
  tellOf(refused(world, plex, '<img/src=x/onerror=alert(1)>.example'));
  world.open.push(openAddress({ name: '<script>alert(1)</script>.example' }));
  await page.getByRole('heading', { name: '<img/src=x/onerror=alert(1)>.example' }).waitFor();
  await page.getByRole('link', { name: 'Firewall', exact: true }).click();
  await page.getByText('<script>alert(1)</script>.example').waitFor();
  expect(await page.locator('main img, main script').count()).toBe(0);
});

test('when Sallyport goes away the page says how old it is, and keeps what it showed', async () => {
  const { page, world, setUp } = house;
  group(world);
  await setUp();
  await house.goAway();
  await page.getByText(/Sallyport does not answer\. What you see is \d+ s old/).waitFor();
  await page.getByRole('heading', { name: 'plex', exact: true }).waitFor();
});

test('why a name can or cannot be reached is one key and the name away', async () => {
  const { page, world, setUp } = house;
  group(world);
  await setUp();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('10.0.0.0/8');
  await page.getByText('This is no name, no address and no screen.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('combobox').fill('https://image.tmdb.org/t/p/');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Why: image.tmdb.org' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('over an open dialog the search does not open, and what was written there stays', async () => {
  const { page, world, setUp } = house;
  group(world, 'plex', { mode: 'enforce', enforceOverride: true });
  await setUp();
  const search = page.getByRole('dialog', { name: 'Search a name or an address' });
  // It is loaded when it is first used: from then on it would open at once.
  await page.keyboard.press('Control+k');
  await search.waitFor();
  await page.keyboard.press('Escape');
  await search.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Pause: plex' }).click();
  const reason = page.getByLabel('Why (optional, for the audit)');
  await reason.fill('a new disk');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('s');
  await expect.poll(() => search.count()).toBe(0);
  await expect.poll(() => reason.inputValue()).toBe('a new disks');
});

test('where a file manages the hosts, the overview says so and offers nothing that it would refuse', async () => {
  const { page, world, setUp } = house;
  const managed = { origin: 'file', place: 'sallyport.yaml:12' } as const;
  group(world, 'plex', { mode: 'enforce', enforceOverride: true, ...managed });
  newHost(world, '192.168.20.77', 'plex.tv');
  await setUp();
  await page.getByText('Mode and clients are managed by sallyport.yaml:12; change them there.').waitFor();
  await page.getByText('Managed by sallyport.yaml:12; add it to a group there.').waitFor();
  await expect.poll(() => page.getByRole('button', { name: /Protect|Back to learning/ }).count()).toBe(0);

  await page.getByRole('button', { name: 'Pause: plex' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume now: plex' }).waitFor();
});
