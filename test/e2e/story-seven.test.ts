/**
 * "I undo or shorten a decision" — at once in the notice, later from the audit; the rule comes back with its end, the address goes
 * from the alias, and what that means for open connections is said.
 */
import { expect, test } from 'vitest';
import { askApi } from './ask-api.ts';
import { allInTheDemoHouse, type SignedInDemo } from './demo-house.ts';

interface Rule {
  readonly id: number;
  readonly pattern: string;
  readonly note: string;
  readonly expiresAt?: string;
  readonly endedAt?: string;
}

let house: SignedInDemo;

allInTheDemoHouse((entered) => {
  house = entered;
});

/** The newest of that pattern. */
async function ruleFor(pattern: string): Promise<Rule | undefined> {
  const { items } = await askApi<{ readonly items: readonly Rule[] }>(
    house.page,
    'GET',
    '/rules?group=plex&limit=50',
  );
  return items.find((rule) => rule.pattern === pattern && rule.endedAt === undefined);
}

test('within ten seconds, in the notice: refused again, waiting again, out of the alias', async () => {
  const { page } = house;
  const name = 'artworks.thetvdb.com';
  await house.lookUp(name);
  await page.getByRole('button', { name: `Allow 15 min: ${name}` }).click();
  const undo = page.getByRole('button', { name: `Undo: Allowed for 15 minutes: ${name}` });
  await undo.waitFor();
  const { addresses } = await house.lookUp(name);
  expect(house.tables().OPNsense).toEqual(expect.arrayContaining([...addresses]));
  await undo.click();

  const tracker = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
  await tracker.getByText('Undone: it is refused again').waitFor();
  await tracker.getByText(/Connections that are open go on until they end/).waitFor();
  for (const address of addresses) await tracker.getByText(address).waitFor();
  await page.getByRole('button', { name: `Allow 15 min: ${name}` }).waitFor();
  expect((await house.lookUp(name)).result).toBe('no such name');
  await expect
    .poll(() => house.tables().OPNsense.filter((address) => addresses.includes(address)), { timeout: 30_000 })
    .toEqual([]);
  // The run is written down when the alias was read back.
  for (const address of addresses)
    await expect.poll(() => removals(address), { timeout: 30_000 }).toContain('opnsense');
});

test('a rule that was there before and was only extended has its former end again', async () => {
  const { page } = house;
  const name = 'api.themoviedb.org';
  await house.lookUp(name);
  await page.getByRole('button', { name: `Allow 15 min: ${name}` }).click();
  await page
    .getByRole('button', { name: `+1 h: ${name}` })
    .first()
    .waitFor();
  const before = await ruleFor(name);
  await page.getByRole('button', { name: `Make permanent: ${name}` }).click();
  await page.getByText(`In force for the next question: ${name}`).waitFor();
  expect((await ruleFor(name))?.expiresAt).toBeUndefined();

  await page.getByRole('link', { name: 'Audit' }).click();
  const revert = `Rule changed plex ${name}`;
  await page
    .getByRole('button', { name: new RegExp(`: ${revert}$`) })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revert' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await ruleFor(name)).toEqual(before);
});

test('a rule that was ended is made again as it was, with its end', async () => {
  const { page } = house;
  const name = 'assets.fanart.tv';
  await askApi(page, 'POST', '/rules', { group: 'plex', allow: name, for: '24h', note: 'fan art' });
  const before = await ruleFor(name);
  await askApi(page, 'DELETE', `/rules/${before?.id}`);
  expect(await ruleFor(name)).toBeUndefined();
  await page.reload();
  await page
    .getByRole('button', { name: new RegExp(`: Rule ended plex ${name}$`) })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revert' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await ruleFor(name)).toMatchObject({
    pattern: name,
    note: 'fan art',
    expiresAt: before?.expiresAt,
  });
  expect(house.complaints).toEqual([]);
});

/** Which firewalls were read to have let go of it, as its history tells. */
async function removals(address: string): Promise<readonly string[]> {
  const { address: told } = await askApi<{
    readonly address: {
      readonly leases: readonly {
        readonly pushes: readonly { readonly firewall: string; readonly change: string }[];
      }[];
    };
  }>(house.page, 'GET', `/why?address=${address}`);
  return told.leases.flatMap(({ pushes }) =>
    pushes.filter(({ change }) => change === 'remove').map(({ firewall }) => firewall),
  );
}
