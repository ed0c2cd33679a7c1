/** The query log: one list of history and what comes live, its filter, the line itself, and the log as a file. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { findGroup } from '../../src/actions/find-group.ts';
import type { QueryRecord } from '../../src/actions/query-port.ts';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { listDenials } from '../../src/store/denials.ts';
import { recordDenials } from '../../src/store/refusals.ts';
import { anna, group, ip, MINUTE, NOON } from '../actions/world.ts';
import { axeFindings } from './axe.ts';
import { eachInItsHouse, type House } from './house.ts';

let house: House;

eachInItsHouse((opened) => {
  house = opened;
  group(house.world, 'plex', { mode: 'enforce' });
});

const line = (id: number, change: Partial<QueryRecord> = {}): QueryRecord => ({
  id,
  at: NOON - id * MINUTE,
  client: '192.168.20.5',
  group: 'plex',
  name: `n${id}.example.org`,
  type: 'A',
  verdict: 'allowed',
  reason: 'rule',
  rule: { id: 7, action: 'allow', pattern: '.example.org' },
  rcode: 'NOERROR',
  source: 'udp://192.0.2.53:53',
  durationMs: 12,
  answers: ['192.0.2.7'],
  count: 1,
  ...change,
});

/** As the thread that writes the log tells them. */
function tell(...records: readonly QueryRecord[]) {
  house.world.news.tell({ kind: 'queries', rows: records, dropped: 0 });
  house.world.clock.advance(1_000);
}

async function goTo(path: string) {
  await house.setUp();
  await house.page.goto(house.base + path);
  await house.page.getByRole('heading', { level: 1, name: 'Query log' }).waitFor();
}

const filterOf = () => new URL(house.page.url()).searchParams.get('q');
const row = (text: string) => house.page.getByRole('row').filter({ hasText: text });

test('what is typed becomes chips and stands in the address; a click on a cell narrows it down', async () => {
  const { page, world } = house;
  world.queryLog.push(line(1), line(2, { verdict: 'denied', reason: 'no-rule', client: '192.168.20.6' }));
  await goTo('/log');
  await row('n1.example.org').waitFor();
  const field = page.getByPlaceholder(/^tmdb/);
  await field.fill('verdict:denied');
  await row('n1.example.org').waitFor({ state: 'detached' });
  await row('n2.example.org').waitFor();
  expect(filterOf()).toBe('verdict:denied');
  await row('n2.example.org').getByRole('button', { name: '192.168.20.6' }).click();
  await page.getByRole('button', { name: 'Remove the filter client:192.168.20.6' }).waitFor();
  expect(filterOf()).toBe('verdict:denied client:192.168.20.6');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Remove the filter verdict:denied' }).click();
  await page.getByRole('button', { name: 'Clear all' }).click();
  await row('n1.example.org').waitFor();
  expect(filterOf()).toBeNull();
  await field.fill('example type:A');
  await field.press('Enter');
  await page.getByRole('button', { name: 'Remove the filter type:A' }).waitFor();
  expect(filterOf()).toBe('example type:A');
});

test('nothing of how many, and one click to a wider time', async () => {
  const { page, world } = house;
  world.queryLog.push(...Array.from({ length: 12 }, (_, n) => line(n + 1)));
  await goTo('/log?q=verdict:failed%20since:15m');
  await page.getByText('0 of 12 questions in 15m').waitFor();
  await page.getByRole('button', { name: 'Widen to 1h' }).click();
  await page.getByRole('button', { name: '1h', exact: true, pressed: true }).waitFor();
  expect(filterOf()).toBe('verdict:failed since:1h');
  await page.goto(`${house.base}/log?q=since:never`);
  await page.getByRole('alert').getByText(/since/).waitFor();
});

test('of a filter that is not understood it is said what is wrong, and no line is shown as if it matched', async () => {
  const { page, world } = house;
  world.queryLog.push(line(1));
  await goTo('/log');
  await row('n1.example.org').waitFor();
  const field = page.getByPlaceholder(/^tmdb/);
  await field.fill('client:xyz');
  await field.press('Enter');
  await page
    .getByText('client:xyz is nothing to filter by: an address such as client:192.168.20.5')
    .waitFor();
  expect(filterOf()).toBeNull();

  // What only the server can tell.
  await field.fill('client:999.1.1.1');
  await field.press('Enter');
  await page
    .getByRole('alert')
    .getByText(/999\.1\.1\.1/)
    .waitFor();
  expect(await row('n1.example.org').count()).toBe(0);

  await page.goto(`${house.base}/log?q=client:xyz`);
  const alert = page.getByRole('alert').filter({ hasText: 'This filter is not understood' });
  await alert.getByText('client:xyz is nothing to filter by').waitFor();
  expect(await page.getByRole('row').count()).toBe(0);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Remove the filter client:xyz' }).click();
  await row('n1.example.org').waitFor();
});

test('every refused line that waits for somebody says so, however many wait, and stops when it was decided', async () => {
  const { world } = house;
  const plex = findGroup(world.db, 'plex');
  const names = Array.from({ length: 620 }, (_, n) => `n${n + 1}.example.org`);
  recordDenials(
    world.db,
    names.map((name, n) => ({
      groupId: plex.id,
      name: parseDomainName(name),
      qtype: 1,
      client: ip('192.168.20.5'),
      reason: 'no-rule' as const,
      ruleId: undefined,
      count: 1,
      firstAt: NOON - n * MINUTE,
      lastAt: NOON - n * MINUTE,
    })),
  );
  const refusal = { verdict: 'denied', reason: 'no-rule', answers: [], rcode: 'NXDOMAIN' } as const;
  world.queryLog.push(line(1, refusal), line(610, refusal), line(700, refusal));
  await goTo('/log');
  await row('n1.example.org').getByRole('link', { name: 'Allow' }).waitFor();
  await row('n610.example.org').getByRole('link', { name: 'Allow' }).waitFor();
  expect(await row('n700.example.org').getByRole('link').count()).toBe(0);

  const [one] = listDenials(world.db, { names: ['n610.example.org'], limit: 1 }).items;
  world.actions.muteDenial(one?.id ?? 0, anna);
  world.clock.advance(1_000);
  await row('n610.example.org').getByRole('link', { name: 'Allow' }).waitFor({ state: 'detached' });
  expect(await row('n1.example.org').getByRole('link', { name: 'Allow' }).count()).toBe(1);
});

test('space holds the list still, and says how many came meanwhile', async () => {
  const { page } = house;
  house.world.queryLog.push(line(1));
  await goTo('/log');
  await row('n1.example.org').waitFor();
  tell(line(101, { at: NOON }));
  await row('n101.example.org').waitFor();
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Pause (space)', pressed: true }).waitFor();
  tell(line(102, { at: NOON }), line(103, { at: NOON, verdict: 'denied' }));
  await page.getByRole('button', { name: '2 new' }).waitFor();
  await expect.poll(() => row('n102.example.org').count()).toBe(0);
  await page.getByRole('button', { name: '2 new' }).click();
  await row('n102.example.org').waitFor();
  await page.getByRole('button', { name: 'Pause (space)', pressed: false }).waitFor();
});

test('a line says how it was decided, and when its addresses were in the alias', async () => {
  const { page, world } = house;
  world.queryLog.push(line(1));
  world.answers.names.push({
    group: 'plex',
    name: 'n1.example.org',
    verdict: 'allowed',
    reason: 'rule',
    types: ['A'],
    sentence: 'n1.example.org was allowed by rule 7.',
    addresses: ['192.0.2.7'],
    refusals: [],
    lastQueries: [],
    nearest: [],
    leases: [
      {
        group: 'plex',
        name: 'n1.example.org',
        address: ip('192.0.2.7'),
        cause: 'answer',
        startedAt: NOON - MINUTE,
        answer: { at: NOON - MINUTE, ttlS: 300, chain: ['cdn.example.net'], upstream: 'udp://192.0.2.53:53' },
        pushes: [
          {
            firewall: 'edge',
            change: 'add',
            cause: 'answer',
            trigger: 'nudge',
            at: NOON - MINUTE,
            confirmedAt: NOON - MINUTE + 180,
          },
        ],
        next: 'It is open.',
      },
    ],
  });
  await goTo('/log');
  await page.getByRole('button', { name: 'Details: n1.example.org' }).click();
  const dialog = page.getByRole('dialog', { name: 'n1.example.org A' });
  await dialog.getByText('a rule allows it').waitFor();
  await dialog.getByRole('link', { name: 'allow .example.org' }).waitFor();
  await dialog.getByText('answered by udp://192.0.2.53:53, to be kept 300 s · cdn.example.net').waitFor();
  await dialog.getByText('edge: added, seen 180 ms after it was opened').waitFor();
  expect(await axeFindings(page)).toEqual([]);
});

test('a span drawn over the histogram is the time of the filter', async () => {
  const { page, world } = house;
  world.queryLog.push(line(1), line(30, { verdict: 'denied', reason: 'no-rule' }));
  await goTo('/log?q=since:1h');
  const picture = page.getByRole('img', { name: '2 questions over the time in view, 1 of them refused' });
  await picture.waitFor();
  const box = await picture.boundingBox();
  if (box === null) throw new Error('the histogram has no place');
  await page.mouse.move(box.x + box.width * 0.25, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 4 });
  await page.mouse.up();
  await page.getByRole('img', { name: '1 question over the time in view, 1 of them refused' }).waitFor();
  expect(filterOf()).toMatch(/^since:2026-11-22T11:\S+ until:2026-11-22T11:\S+$/);
});

test('a filter is kept under a name in this browser, and a link leads to it', async () => {
  const { page } = house;
  await goTo('/log?q=type:TXT');
  await page.getByRole('button', { name: /^Views/ }).click();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Odd types');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Clear all' }).click();
  await page.getByRole('button', { name: /^Views/ }).click();
  await page.getByRole('menuitem', { name: /Odd types/ }).click();
  await page.getByRole('button', { name: 'Remove the filter type:TXT' }).waitFor();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  const link = page.getByLabel('Whoever may sign in here sees the same filter');
  await expect.poll(() => link.inputValue()).toBe(page.url());
  expect(await axeFindings(page)).toEqual([]);
});

test('the whole filtered set becomes a file, however little of it is shown', async () => {
  const { page, world } = house;
  const all = Array.from({ length: 1_300 }, (_, n) =>
    line(n + 1, { verdict: n % 2 === 0 ? 'denied' : 'allowed' }),
  );
  world.queryLog.push(...all, line(2_000, { verdict: 'denied', name: '=cmd|calc!A1' }));
  await goTo('/log?q=verdict:denied');
  await page.getByRole('button', { name: 'Export…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export the query log' });
  await dialog.getByText('Everything that matches verdict:denied').waitFor();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Export', exact: true }).click(),
  ]);
  await dialog.getByText('✓ Saved: 651 lines').waitFor();
  expect(file.suggestedFilename()).toBe('sallyport-queries.csv');
  const text = await readFile(await file.path(), 'utf8');
  expect(text.trimEnd().split('\r\n')).toHaveLength(652);
  expect(text).toContain(`"'=cmd|calc!A1"`);
  expect(await axeFindings(page)).toEqual([]);
});

test('an export that is called off saves nothing, and one that is cut off says so', async () => {
  const { page, world } = house;
  world.queryLog.push(line(1));
  await goTo('/log');
  await page.getByRole('button', { name: 'Export…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export the query log' });
  await page.route('**/queries.csv*', () => undefined);
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog.getByText('0 of 1 lines').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.getByRole('button', { name: 'Export', exact: true }).waitFor();
  await page.unroute('**/queries.csv*');
  await page.route('**/queries.csv*', (route) => route.abort('connectionreset'));
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog.getByText(/It ended early, and nothing was saved/).waitFor();
});
