/**
 * "After 48 h of Learn I review what Plex used and turn on Enforce without breaking it": names by software and by domain, what the
 * catalog knows is ticked and nothing else, what would have been refused, one confirmation, one click back.
 */
import { expect, test } from 'vitest';
import { findGroup } from '../../src/actions/find-group.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { firewall, group, HOUR, ip, NOON } from '../actions/world.ts';
import { asLogged, readRecording } from '../fixtures/plex-boot/load.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';
import { isAsWideAsItsWindow, LOOKS, look } from './looks.ts';

const CLIENT = ip('192.168.20.5');
let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

/** Four days of Plex, and two names of which the catalog knows nothing: one that comes again, and one that does not. */
function learnt(): void {
  const { id: groupId } = group(house.world, 'plex', {
    mode: 'learn',
    createdAt: NOON - 96 * HOUR,
  });
  const recording = readRecording();
  const answered = { at: 0, type: 'A', answers: ['203.0.113.5'] };
  const plex = recording.map((one) => asLogged(one, { start: NOON - 96 * HOUR, groupId, client: CLIENT }));
  const others = [
    ['sync.somebody.example', NOON - 30 * HOUR],
    ['sync.somebody.example', NOON - 5 * HOUR],
    ['sync.somebody.example', NOON - 2 * HOUR],
    ['once.elsewhere.example', NOON - 4 * HOUR],
  ] as const;
  createQueryLogWriter(house.world.queryLogDb.sql).write([
    ...plex,
    ...others.map(([name, start]) => asLogged({ ...answered, name }, { start, groupId, client: CLIENT })),
  ]);
}

test('learnt, reviewed, enforced and taken back', async () => {
  const { page, world } = house;
  learnt();
  world.firewalls.push(firewall());
  await house.setUp();
  await page.getByRole('link', { name: 'Review what it asked' }).click();
  await page.getByRole('heading', { name: /^Known to the catalog: \d+ of \d+ ticked/ }).waitFor();
  await page.getByRole('heading', { name: /^Not known: 0 of \d+ ticked/ }).waitFor();

  const plexTv = page.getByRole('checkbox', { name: /^plex\.tv .*×, last .* ago/ });
  await expect.poll(() => plexTv.isChecked()).toBe(true);
  const unknown = page.getByRole('checkbox', { name: /^sync\.somebody\.example 3×, last 2 h ago/ });
  await expect.poll(() => unknown.isChecked()).toBe(false);
  // Of one that was asked within an hour and never again, no rule is offered.
  await page.getByText('once.elsewhere.example').first().waitFor({ state: 'attached' });

  const sentence = page.getByText(
    /^With what is ticked, (\d+) names? \/ (\d+) questions? answered in the last 24 hours/,
  );
  await sentence.waitFor();
  const [names, questions] = numbersIn(await sentence.textContent());
  expect(questions).toBeGreaterThanOrEqual(names);
  await unknown.check();
  await page.getByRole('heading', { name: /^Not known: 1 of \d+ ticked/ }).waitFor();
  // Two of its three questions were asked in the last day.
  await page
    .getByText(new RegExp(`^With what is ticked, ${names - 1} names? / ${questions - 2} questions?`))
    .waitFor();
  expect([findGroup(world.db, 'plex').mode, house.patterns()]).toEqual(['learn', []]);

  const ticked = await page.evaluate(
    `[...document.querySelectorAll('li input:checked')].map((box) => box.closest('li').querySelector('.name').textContent)`,
  );
  await page.getByRole('button', { name: /^Enforce with these \d+ rules/ }).click();
  await page.getByText('plex is enforced from now on').waitFor();
  expect(findGroup(world.db, 'plex').mode).toBe('enforce');
  // What was ticked, and nothing else, is allowed.
  expect(house.patterns()).toEqual([...(ticked as string[])].sort());
  expect(house.patterns()).toContain('sync.somebody.example');

  await page.getByRole('button', { name: /^Undo: plex is enforced/ }).click();
  await page.getByRole('link', { name: 'Review what it asked' }).waitFor();
  expect([findGroup(world.db, 'plex').mode, house.patterns()]).toEqual(['learn', []]);
});

test('later, learning is one click away from the review, and the rules stay', async () => {
  const { page, world } = house;
  learnt();
  await world.actions.enforceGroup(
    { group: 'plex', rules: [{ pattern: 'plex.tv' }], presets: [], override: true },
    { name: 'user:anna', origin: '' },
  );
  await house.setUp();
  await page.goto(`${house.base}/learn`);
  await page.getByRole('button', { name: 'Back to learning: plex' }).click();
  await page.getByText('plex learns again; its rules stay').waitFor();
  expect([findGroup(world.db, 'plex').mode, house.patterns()]).toEqual(['learn', ['plex.tv']]);
});

test('without a firewall that enforces addresses a person has to say that names shall be refused all the same', async () => {
  const { page, world } = house;
  learnt();
  await house.setUp();
  await page.goto(`${house.base}/learn`);
  await page.getByRole('button', { name: /^Enforce with these \d+ rules/ }).click();
  await page.getByText('Names are filtered; addresses are NOT enforced.', { exact: true }).waitFor();
  expect(findGroup(world.db, 'plex').mode).toBe('learn');
  await page.getByRole('button', { name: 'Refuse names all the same' }).click();
  await page.getByText('plex is enforced from now on').waitFor();
  expect(findGroup(world.db, 'plex')).toMatchObject({ mode: 'enforce', enforceOverride: true });
});

test('nothing for axe to find, and nothing sideways', async () => {
  const { page } = house;
  learnt();
  await house.setUp();
  for (const one of LOOKS) {
    await look(page, one);
    await page.goto(`${house.base}/learn`);
    await page.getByText(/^With what is ticked/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await isAsWideAsItsWindow(page)).toBe(true);
  }
});

function numbersIn(text: string | null): readonly [number, number] {
  const [names = 0, questions = 0] = (text ?? '').match(/\d+/g)?.map(Number) ?? [];
  return [names, questions];
}
