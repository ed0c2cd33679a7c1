/** Every screen, filled and empty, in light and dark, on a desk and on a phone: nothing for axe to find, nothing sideways. */
import { describe, expect, test } from 'vitest';
import { firewall, group, ip, NOON, newHost, openAddress, refused } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';
import { isAsWideAsItsWindow, LOOKS, look } from './looks.ts';

const SET_UP = [
  '/setup?step=dns',
  '/setup?step=firewall',
  '/setup?step=host',
  '/setup?step=learn',
  '/setup?step=point',
  '/setup?step=leaks',
  '/setup?step=done',
];
const SCREENS = [
  '/',
  '/refused',
  '/domains',
  '/firewall',
  '/learn',
  '/log',
  '/audit',
  '/audit?view=hygiene',
  '/settings',
  ...SET_UP,
];
let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

/** What is wrong with these screens, all of it at once. */
async function findingsOn(paths: readonly string[]): Promise<readonly string[]> {
  const { page } = house;
  const findings: string[] = [];
  for (const path of paths) {
    await page.goto(house.base + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('[role=status][aria-label="Loading…"]').first().waitFor({ state: 'detached' });
    findings.push(...(await axeFindings(page)).map((finding) => `${path} ${finding}`));
    const isWithin = await isAsWideAsItsWindow(page);
    if (!isWithin) findings.push(`${path} is wider than the window`);
  }
  return findings;
}

describe.each(LOOKS)('%s at %s pixels', (colorScheme, width) => {
  test('every screen of a house that is lived in', async () => {
    await look(house.page, [colorScheme, width]);
    fill(house);
    await house.setUp();
    expect(await findingsOn(SCREENS)).toEqual([]);
  });
});

test('every screen of an empty house', async () => {
  await house.setUp();
  expect(await findingsOn(SCREENS)).toEqual([]);
});

test('set-up and sign-in', async () => {
  const { page } = house;
  for (const one of LOOKS) {
    await look(page, one);
    await page.goto(house.link);
    await page.getByLabel('Password for this page').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  }
  await house.setUp();
  await house.page.context().clearCookies();
  for (const one of LOOKS) {
    await look(page, one);
    await page.goto(house.base);
    await page.getByLabel('Password', { exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  }
});

test('an entry of the audit, opened', async () => {
  const { page } = house;
  fill(house);
  await house.setUp();
  await page.getByRole('button', { name: 'Allow 15 min: image.tmdb.org' }).click();
  await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
  await page.goto(`${house.base}/audit`);
  await page.getByText('Details').first().click();
  await page.getByText('After', { exact: true }).first().waitFor();
  expect(await axeFindings(page)).toEqual([]);
});

test.each(['light', 'dark'] as const)(
  'dialogs, menus and a change that is followed, in %s',
  { timeout: 120_000 },
  async (colorScheme) => {
    const { page } = house;
    await look(house.page, [colorScheme, 1280]);
    fill(house);
    await house.setUp();
    await page.getByRole('button', { name: 'Allow 15 min: image.tmdb.org' }).click();
    await page.getByRole('heading', { name: 'Just allowed' }).waitFor();
    expect(await axeFindings(page), 'just allowed').toEqual([]);
    for (const [button, dialog] of [
      ['Always: updates.example.org', 'Always allow updates.example.org'],
      ['Why?: updates.example.org', 'Why: updates.example.org'],
      ['Pause: plex', 'Pause the protection of plex'],
      ['Back to learning: plex', 'Back to learning: plex'],
      ['What does not work?', 'What does not work?'],
      ['Search a name or an address', 'Search a name or an address'],
    ] as const) {
      await page.getByRole('button', { name: button }).click();
      await page.getByRole('dialog', { name: dialog }).waitFor();
      expect(await axeFindings(page), dialog).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await axeFindings(page), 'shortcuts').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Account: admin' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    expect(await axeFindings(page), 'account').toEqual([]);
  },
);

function fill({ world }: House) {
  const plex = group(world, 'plex', { mode: 'enforce' });
  const nas = group(world, 'nas');
  const edge = firewall({ groups: ['plex'] });
  const held = {
    at: NOON,
    why: 'would remove 12 of 14 addresses that this ledger does not know',
    removals: [ip('192.0.2.1')],
  };
  world.firewalls.push(edge, {
    ...firewall({ name: 'backup', driver: 'pfsense', groups: ['nas'], connected: false }),
    status: {
      ...edge.status,
      state: 'down',
      lastError: 'The firewall did not answer: 192.168.1.2:443 after 5000 ms',
      heldPlan: held,
    },
  });
  world.open.push(
    openAddress(),
    openAddress({
      name: 'metadata.provider.plex.tv',
      address: ip('2001:db8:93a1:ff00::7'),
      rule: { id: 3, pattern: '.plex.tv' },
      firewalls: [{ name: 'edge', state: 'waiting' }],
    }),
  );
  refused(world, plex, 'image.tmdb.org');
  refused(
    world,
    plex,
    'a-very-long-label-that-somebody-made-up-to-see-what-happens.another-quite-long-label.cdn.example.net',
    { type: 'AAAA' },
  );
  refused(world, nas, 'updates.example.org');
  newHost(world, '192.168.20.77', 'plex.tv', 'example.org');
}
