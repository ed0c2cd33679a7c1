/** The Firewall screen: what is open and why, closing and opening by hand, differences, the past, a firewall that is away. */
import { expect, test } from 'vitest';
import { ensureFirewall } from '../../src/store/firewalls.ts';
import { pinsInForce } from '../../src/store/pins.ts';
import { recordRun } from '../../src/store/runs.ts';
import { firewall, group, HOUR, ip, MINUTE, NOON, openAddress } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
  group(house.world, 'plex', { mode: 'enforce' });
});

const pinned = () => pinsInForce(house.world.db, NOON).map(({ prefix, note }) => [prefix.address, note]);

async function goTo(path: string) {
  await house.setUp();
  await house.page.goto(house.base + path);
  await house.page.getByRole('heading', { level: 1, name: 'Firewall' }).waitFor();
}

test('an address is one row, with every name it is open for; closing it warns of connections, and says what stays', async () => {
  const { page, world } = house;
  world.firewalls.push(firewall());
  world.open.push(openAddress(), openAddress({ name: 'api.tmdb.org', until: NOON + 2 * HOUR }));
  await goTo('/firewall');
  const row = page.getByRole('row').filter({ hasText: '192.0.2.7' });
  await row.getByText('edge: confirmed').waitFor();
  await row.getByText('and 1 name more').click();
  await row.getByText('image.tmdb.org').waitFor();
  await page.getByText('1 open address', { exact: true }).waitFor();

  await row.getByRole('button', { name: 'Close: 192.0.2.7' }).click();
  const dialog = page.getByRole('dialog', { name: 'Close 192.0.2.7' });
  await dialog.getByText(/A connection that is open already may go on/).waitFor();
  await dialog.getByText(/api\.tmdb\.org, image\.tmdb\.org/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByText('192.0.2.7 is closed until its name is asked again.').waitFor();
  await page.getByText('Nothing is open now').waitFor();
  expect(world.calls).toContain('revoke plex 192.0.2.7');
});

test('an address is opened by hand with a note and an end, and undone', async () => {
  const { page, world } = house;
  world.firewalls.push(firewall());
  await goTo('/firewall');
  await page.getByRole('button', { name: 'Open by hand' }).click();
  const dialog = page.getByRole('dialog', { name: 'Open by hand' });
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByLabel('Address').fill('192.168.1.1');
  await dialog.getByRole('button', { name: 'Open it' }).click();
  await dialog.getByText(/192\.168\.1\.1 is never opened/).waitFor();
  await dialog.getByLabel('Address').fill('198.41.192.7');
  await dialog.getByLabel('Note').fill('cloudflared');
  await dialog.getByRole('button', { name: 'Open it' }).click();
  await page.getByText('Opened by hand: 198.41.192.7').waitFor();
  expect(pinned()).toEqual([['198.41.192.7', 'cloudflared']]);
  await page.getByRole('button', { name: /^Undo/ }).click();
  await page.getByText('Closed again.').waitFor();
  expect(pinned()).toEqual([]);
});

test('a line of the firewall’s log finds its addresses, open or not', async () => {
  const { page, world } = house;
  world.open.push(openAddress(), openAddress({ address: ip('203.0.113.9'), name: 'plex.tv' }));
  await goTo('/firewall');
  await page
    .getByPlaceholder('Name, address, or a line of the firewall’s log')
    .fill('Nov 22 12:00:01 block out em0: 198.51.100.5.50112 > 192.0.2.7.443: tcp');
  await page.getByText('198.51.100.5 is not open now.').waitFor();
  await page.getByRole('row').filter({ hasText: '203.0.113.9' }).waitFor({ state: 'detached' });
  await page.getByRole('row').filter({ hasText: '192.0.2.7' }).waitFor();
  await page.getByRole('button', { name: 'Why?: 198.51.100.5' }).click();
  await page.getByText('198.51.100.5 was never open.').waitFor();
});

test('what somebody else put into the alias is kept with a note, or taken out by a sync', async () => {
  const { page, world } = house;
  world.firewalls.push(firewall({ unexplained: 1 }));
  world.seen.unexplained = [ip('203.0.113.8')];
  world.seen.missing = [ip('192.0.2.7')];
  world.open.push(openAddress());
  await goTo('/firewall');
  await page.getByText('1 address in its table is not ours.').waitFor();
  await page.getByRole('link', { name: 'See the difference' }).click();
  const edge = page.getByRole('article', { name: 'Difference: edge' });
  await edge.getByText('+ 203.0.113.8').waitFor();
  await edge.getByText('− 192.0.2.7').waitFor();
  await edge.getByText('image.tmdb.org').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await edge.getByRole('button', { name: 'Restore ours: edge' }).click();
  await page.getByText('Synced: edge (applied)').waitFor();
  expect(world.calls).toContain('run edge');
  await edge.getByRole('button', { name: 'Take theirs: edge' }).click();
  await page.getByRole('button', { name: 'Keep it open' }).click();
  await page.getByText('Opened by hand: 203.0.113.8').waitFor();
  expect(pinned()).toEqual([['203.0.113.8', 'found in the alias, kept by hand']]);
});

test('runs say what they changed; what was taken out as foreign can be had back', async () => {
  const { page, world } = house;
  world.firewalls.push(firewall());
  const edge = ensureFirewall(world.db, { name: 'edge', driver: 'opnsense', alias: 'plexfw_live' });
  const run = { trigger: 'schedule', detail: '', desired: 1, current: 2, firewallId: edge.id } as const;
  recordRun(world.db, { ...run, outcome: 'applied', startedAt: NOON, finishedAt: NOON + 180 }, [
    { address: ip('203.0.113.8'), change: 'remove', cause: 'not in the ledger', confirmed: true },
  ]);
  recordRun(
    world.db,
    {
      ...run,
      outcome: 'failed',
      detail: 'The firewall did not answer',
      startedAt: NOON,
      finishedAt: NOON + 5_000,
    },
    [],
  );
  await goTo('/firewall');
  await page.getByText('The firewall did not answer').waitFor();
  await page.getByText('−1').click();
  await page.getByText('put there by somebody else').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Take theirs: 203.0.113.8' }).click();
  await page.getByRole('button', { name: 'Keep it open' }).click();
  await page.getByText('Opened by hand: 203.0.113.8').waitFor();
});

test('what was open at an earlier time', async () => {
  const { page, world } = house;
  world.answers.past.push({
    group: 'plex',
    name: 'image.tmdb.org',
    address: ip('192.0.2.99'),
    cause: 'answer',
    startedAt: NOON - HOUR,
    endedAt: NOON - 30 * MINUTE,
    pushes: [],
    next: 'It ended in its time.',
  });
  await goTo('/firewall?view=earlier');
  await page.getByText('Choose a moment').waitFor();
  await page.getByRole('button', { name: '1 h ago' }).click();
  await page.getByRole('row').filter({ hasText: '192.0.2.99' }).waitFor();
  await page.getByText('It ended in its time.').waitFor();
  expect(new URL(page.url()).searchParams.get('at')).toMatch(/^"?\d{4}-\d\d-\d\dT\d\d:\d\d"?$/);
  expect(await axeFindings(page)).toEqual([]);
});

test('a firewall that is away: what holds, what waits, when it is tried again, what to check', async () => {
  const { page, world } = house;
  const up = firewall();
  world.firewalls.push({
    ...up,
    connected: false,
    status: {
      ...up.status,
      state: 'down',
      since: NOON - 3 * MINUTE,
      lastError: 'The firewall did not answer: 192.168.1.1:443 after 5000 ms',
      retryAt: NOON + 12_000,
    },
  });
  await goTo('/firewall');
  await page.getByText('edge has not answered for 3 min: The firewall did not answer').waitFor();
  await page
    .getByText(
      'Addresses already in plexfw_live stay as they are there; new ones are not opened until it answers.',
    )
    .waitFor();
  await page.getByText(/Next try in 00:\d\d\./).waitFor();
  await page.getByRole('button', { name: 'What to check: edge' }).click();
  await page.getByRole('dialog', { name: 'What to check: edge' }).locator('.check').first().waitFor();
  expect(await axeFindings(page)).toEqual([]);
});

test('an address that two groups have open is counted once, as on the overview', async () => {
  const { page, world } = house;
  world.firewalls.push(firewall());
  world.open.push(openAddress(), openAddress({ group: 'nas' }));
  await goTo('/firewall');
  await expect.poll(() => page.getByRole('row').filter({ hasText: '192.0.2.7' }).count()).toBe(2);
  expect(await page.getByText(/^\d+ open address/).textContent()).toBe('1 open address');
});

test('what was found at a firewall says what was looked at, and how old it is', async () => {
  const { page, world } = house;
  world.firewalls.push(
    firewall({
      findings: [
        { check: 'alias', result: 'ok', detail: 'plexfw_live is there with 3 addresses' },
        { check: 'rule-uses-alias', result: 'unknown', detail: 'It does not tell which rules use an alias' },
      ],
      examinedAt: NOON - 4 * MINUTE,
    }),
  );
  await goTo('/firewall');
  await page.getByText('Checked 4 min ago').waitFor();
  await page.getByText('A rule uses the alias (cannot be seen from here)').waitFor();
  expect(await axeFindings(page)).toEqual([]);
});

test('a viewer reads, and is offered nothing that changes', async () => {
  const { page, world } = house;
  world.firewalls.push(firewall({ unexplained: 1 }));
  world.seen.unexplained = [ip('203.0.113.8')];
  world.open.push(openAddress());
  await house.setUp();
  await page.route('**/api/v1/session', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), role: 'viewer' } });
  });
  await page.goto(`${house.base}/firewall`);
  await page.getByRole('row').filter({ hasText: '192.0.2.7' }).waitFor();
  for (const name of [/^Close:/, /^Open by hand/, /^Sync now/, /^Take theirs/])
    await expect.poll(() => page.getByRole('button', { name }).count()).toBe(0);
});
