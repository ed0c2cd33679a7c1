import { beforeEach, expect, test } from 'vitest';
import { series } from '../../src/reports/series.ts';
import { addGroup, type Group } from '../../src/store/groups.ts';
import type { MainDb, QueryLogDb } from '../../src/store/open.ts';
import { createQueryLogWriter, type LoggedQuery } from '../../src/store/querylog/writer.ts';
import { addRule } from '../../src/store/rules.ts';
import { mainDb, queryLogDb } from '../store/temp.ts';
import { HOUR, ip, NOON, name } from '../store/world.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';

const QUARTER = HOUR / 4;
let main: MainDb;
let queryLog: QueryLogDb;
let clock: ManualClock;
let [plex, nas]: Group[] = [];
let temporary: number;

beforeEach(() => {
  main = mainDb();
  queryLog = queryLogDb();
  clock = manualClock(NOON + QUARTER / 3);
  [plex, nas] = ['plex', 'nas'].map((one) =>
    addGroup(main, { name: one, clients: [], origin: 'person', createdAt: NOON - HOUR, mode: 'enforce' }),
  );
  const { rule } = addRule(main, {
    groupId: plex?.id ?? 0,
    action: 'allow',
    pattern: 'plex.tv',
    origin: 'person',
    createdAt: NOON - HOUR,
    createdBy: 'anna',
    expiresAt: NOON + HOUR,
  });
  temporary = rule.id;
});

function asked(more: Partial<LoggedQuery>, group: Group | undefined = plex) {
  createQueryLogWriter(queryLog.sql).write([
    {
      at: NOON,
      client: ip('192.168.20.5'),
      groupId: group?.id,
      name: name('plex.tv'),
      qtype: 1,
      verdict: 'allowed',
      reason: 'rule',
      ruleId: undefined,
      rcode: 0,
      source: 'cache',
      durationUs: 100,
      answers: [],
      count: 1,
      ...more,
    },
  ]);
}
const report = (stopwatch?: () => number) => series({ main, queryLog, clock }, stopwatch);
const at = (found: ReturnType<ReturnType<typeof series>>, when: number) =>
  found.steps.find((step) => step.at === when);

test('counts the questions of a day by how they were answered, each in its quarter of an hour', () => {
  asked({ count: 3 });
  asked({ ruleId: temporary, reason: 'not-confirmed' });
  asked({ verdict: 'denied', at: NOON - 1 });
  asked({ verdict: 'failed' });
  asked({ at: NOON - 25 * HOUR });
  const found = report()({});
  expect(found.steps).toHaveLength(96);
  expect([found.since, found.countedSince]).toEqual([NOON - 95 * QUARTER, NOON - 95 * QUARTER]);
  expect(found.until).toBe(NOON + QUARTER);
  expect(at(found, NOON)).toEqual({
    at: NOON,
    allowed: 3,
    temporary: 1,
    refused: 0,
    failed: 1,
    beforeReady: 1,
  });
  expect(at(found, NOON - QUARTER)).toMatchObject({ allowed: 0, refused: 1 });
  expect(found.steps.reduce((sum, step) => sum + step.allowed, 0)).toBe(3);
});

test('of one group, or of all clients with those of no group', () => {
  asked({}, nas);
  asked({ verdict: 'denied', groupId: undefined }, undefined);
  const run = report();
  expect(at(run({}), NOON)).toMatchObject({ allowed: 1, refused: 1 });
  expect(at(run({ group: 'nas' }), NOON)).toMatchObject({ allowed: 1, refused: 0 });
  expect(at(run({ group: 'plex' }), NOON)).toMatchObject({ allowed: 0, refused: 0 });
  expect(() => run({ group: 'tv' })).toThrow('group tv');
});

test('what is under way is counted anew, and what is over is read once', () => {
  asked({ at: NOON - HOUR });
  const run = report();
  run({});
  asked({});
  // Late by an hour: as no line is.
  asked({ at: NOON - HOUR });
  const found = run({});
  expect(at(found, NOON)).toMatchObject({ allowed: 1 });
  expect(at(found, NOON - HOUR)).toMatchObject({ allowed: 1 });
  clock.advance(QUARTER);
  expect(at(run({}), NOON)).toMatchObject({ allowed: 1 });
});

test('when the time of one report is up it says how far it counted, and goes on when it is asked again', () => {
  asked({ at: NOON - 20 * HOUR });
  let now = 0;
  const run = report(() => {
    now += 10;
    return now;
  });
  const first = run({});
  expect(first.countedSince).toBeGreaterThan(NOON - 6 * HOUR);
  for (let times = 0; times < 8; times++) run({});
  expect(run({}).countedSince).toBe(NOON - 95 * QUARTER);
});
