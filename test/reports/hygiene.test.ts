import { expect, test } from 'vitest';
import { hygiene } from '../../src/reports/hygiene/hygiene.ts';
import { createQueryLogWriter, type LoggedQuery } from '../../src/store/querylog/writer.ts';
import { recordDenials } from '../../src/store/refusals.ts';
import { addRule, endRule, type NewRule } from '../../src/store/rules.ts';
import { mainDb, queryLogDb, tempDir } from '../store/temp.ts';
import { group as addGroup, DAY, HOUR, ip, NOON, name } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

function stage() {
  const dir = tempDir();
  const main = mainDb(dir);
  const queryLog = queryLogDb(dir);
  const { id: groupId } = addGroup(main, 'plex', '192.168.20.5');
  const write = createQueryLogWriter(queryLog.sql).write;
  const run = hygiene({ main, queryLog, clock: manualClock(NOON) });
  const asked = (
    ruleId: number | undefined,
    text: string,
    more: Partial<LoggedQuery> & { daysAgo?: number } = {},
  ) =>
    write([
      {
        at: NOON - (more.daysAgo ?? 1) * DAY,
        client: ip('192.168.20.5'),
        groupId,
        name: name(text),
        qtype: 1,
        verdict: 'allowed',
        reason: 'rule',
        ruleId,
        rcode: 0,
        source: 'cache',
        durationUs: 100,
        answers: [ip('198.51.100.7')],
        count: 1,
        ...more,
      },
    ]);
  return {
    main,
    groupId,
    asked,
    /** Answers are counted since then. */
    countedFor: (days: number) => asked(undefined, 'other.org', { daysAgo: days, reason: 'learn' }),
    rule: (pattern: string, { daysOld = 200, ...more }: Partial<NewRule> & { daysOld?: number } = {}) =>
      addRule(main, {
        groupId,
        action: 'allow',
        pattern,
        origin: 'person',
        createdAt: NOON - daysOld * DAY,
        createdBy: 'anna',
        ...more,
      }).rule.id,
    refused: (ruleId: number, text: string, daysAgo: number, reason = 'deny-rule') => {
      const at = NOON - daysAgo * DAY;
      const client = ip('192.168.20.5');
      recordDenials(main, [
        { groupId, name: name(text), qtype: 1, client, reason, ruleId, count: 2, firstAt: at, lastAt: at },
      ]);
    },
    report: () => run({ group: 'plex' }),
    kinds: () =>
      run({ group: 'plex' }).findings.map(({ kind, rules, days }) => [
        kind,
        ...rules,
        ...(days ? [days] : []),
      ]),
  };
}

test('a rule is told with its first and last use, and how long it was watched', () => {
  const { rule, asked, report } = stage();
  const id = rule('plex.tv');
  asked(id, 'plex.tv', { daysAgo: 100, count: 4 });
  asked(id, 'plex.tv', { daysAgo: 2 });
  expect(report()).toMatchObject({
    countedSince: NOON - 100 * DAY,
    findings: [],
    rules: [
      {
        rule: { id, action: 'allow', pattern: 'plex.tv' },
        state: 'used',
        watchedSince: NOON - 100 * DAY,
        watchedDays: 100,
        uses: 5,
        names: 1,
        firstAt: NOON - 100 * DAY,
        lastAt: NOON - 2 * DAY,
      },
    ],
  });
});

test.each([
  // [days the rule is old, days that answers are counted, days since its last use, finding]
  [200, 200, undefined, 90],
  [200, 200, 95, 90],
  [200, 200, 40, 30],
  [200, 60, undefined, 30],
  [35, 200, undefined, 30],
  [200, 200, 29, undefined],
  [29, 200, undefined, undefined],
  [200, 29, undefined, undefined],
])('a rule %i days old, counted for %i days, last used %s days ago', (daysOld, counted, lastUse, days) => {
  const { rule, asked, countedFor, report } = stage();
  const id = rule('a.org', { daysOld });
  countedFor(counted);
  if (lastUse !== undefined) asked(id, 'a.org', { daysAgo: lastUse });
  const { findings, rules } = report();
  expect(findings.map((one) => one.days)).toEqual(days === undefined ? [] : [days]);
  const state = days !== undefined ? 'unused' : lastUse === undefined ? 'not-watched-long-enough' : 'used';
  expect(rules).toMatchObject([{ state }]);
});

test('without any count nothing is called unused', () => {
  const { rule, report } = stage();
  rule('a.org');
  expect(report()).toMatchObject({
    findings: [],
    rules: [{ state: 'not-watched-long-enough', watchedDays: 0 }],
  });
});

test('a deny rule is used by what it refuses, and a budget that is spent is a use', () => {
  const { rule, refused, countedFor, report, kinds } = stage();
  countedFor(100);
  const [used, idle, spent, typed] = [
    rule('ads.org', { action: 'deny' }),
    rule('old.org', { action: 'deny' }),
    rule('*.cdn.org'),
    rule('a.org'),
  ];
  refused(used, 'ads.org', 3);
  refused(spent, 'x1.cdn.org', 3, 'budget');
  refused(typed, 'a.org', 3, 'qtype');
  expect(report().rules.map(({ state }) => state)).toEqual(['used', 'unused', 'used', 'unused']);
  expect(kinds()).toEqual([
    ['unused', idle, 90],
    ['unused', typed, 90],
  ]);
});

test('rules of a preset stand or fall together', () => {
  const { rule, asked, countedFor, report } = stage();
  countedFor(200);
  const of = (preset: string) => ({ origin: 'catalog', preset }) as const;
  const used = rule('plex.tv', of('plex-core'));
  rule('servers.plex.tv', of('plex-core'));
  const idle = [rule('guide.org', of('plex-livetv')), rule('epg.org', of('plex-livetv'))];
  asked(used, 'plex.tv');
  expect(report().findings).toMatchObject([{ kind: 'unused', preset: 'plex-livetv', rules: idle, days: 90 }]);
});

test.each([
  [
    'NXDOMAIN on two days',
    [
      { rcode: 3, answers: [] },
      { rcode: 3, answers: [], daysAgo: 3 },
    ],
    'such a name',
  ],
  ['NODATA on two days', [{ answers: [] }, { answers: [], daysAgo: 3 }], 'such a name'],
  [
    'no answer on two days',
    [
      { verdict: 'failed', rcode: 2, answers: [] },
      { verdict: 'failed', rcode: 2, answers: [], daysAgo: 3 },
    ],
    'no upstream ever answered',
  ],
  ['NXDOMAIN on one day', [{ rcode: 3, answers: [] }], undefined],
  ['one address among them', [{ rcode: 3, answers: [] }, { daysAgo: 3 }], undefined],
  [
    'a text',
    [
      { qtype: 16, answers: [] },
      { qtype: 16, answers: [], daysAgo: 3 },
    ],
    undefined,
  ],
] as const)('never resolved: %s', (_, queries, sentence) => {
  const { rule, asked, report } = stage();
  const id = rule('a.org');
  for (const one of queries)
    asked(id, 'a.org', { ...one, answers: 'answers' in one ? [] : [ip('192.0.2.1')] });
  const { findings } = report();
  expect(findings.map(({ kind }) => kind)).toEqual(sentence === undefined ? [] : ['never-resolved']);
  if (sentence !== undefined) expect(findings[0]?.sentence).toContain(sentence);
});

test('a wildcard of which one name was used is too wide', () => {
  const { rule, asked, countedFor, report } = stage();
  countedFor(60);
  const [wide, apex, busy, young] = [
    rule('*.cdn.org'),
    rule('.site.org'),
    rule('*.busy.org'),
    rule('*.young.org', { daysOld: 10 }),
  ];
  asked(wide, 'img.cdn.org');
  asked(wide, 'img.cdn.org', { qtype: 28 });
  asked(apex, 'site.org');
  asked(busy, 'a.busy.org');
  asked(busy, 'b.busy.org');
  asked(young, 'a.young.org');
  expect(report().findings).toMatchObject([
    {
      kind: 'too-wide',
      rules: [wide],
      suggested: 'img.cdn.org',
      command: 'sallyport allow img.cdn.org --for always --group plex',
    },
    { kind: 'too-wide', rules: [apex], suggested: 'site.org' },
  ]);
});

test('what is allowed for a while again and again could stay', () => {
  const { main, rule, report, asked } = stage();
  const forAWhile = (pattern: string, daysOld: number) => {
    const id = rule(pattern, { daysOld, expiresAt: NOON - daysOld * DAY + HOUR });
    endRule(main, id, { at: NOON - daysOld * DAY + HOUR, by: 'expiry' });
    return id;
  };
  for (const days of [30, 20]) forAWhile('often.org', days);
  const last = forAWhile('often.org', 10);
  for (const days of [30, 20]) forAWhile('twice.org', days);
  for (const days of [30, 20, 10]) forAWhile('settled.org', days);
  for (const days of [30, 20, 10]) forAWhile('img.wide.org', days);
  for (const days of [420, 410, 10]) forAWhile('longago.org', days);
  asked(rule('settled.org'), 'settled.org');
  asked(rule('.wide.org', { daysOld: 5 }), 'img.wide.org');
  expect(report().findings).toMatchObject([
    { kind: 'comes-back', rules: [last], command: 'sallyport allow often.org --for always --group plex' },
  ]);
});

test('what a file manages is put right in the file', () => {
  const { rule, countedFor, report } = stage();
  countedFor(100);
  rule('a.org', { origin: 'file', place: 'sallyport.yaml:12' });
  const [finding] = report().findings;
  expect(finding).toMatchObject({ remedy: 'Take it out of the file (sallyport.yaml:12).' });
  expect(finding).not.toHaveProperty('command');
});

test('a group that is not there is said so', () => {
  const { main } = stage();
  const queryLog = queryLogDb();
  expect(() => hygiene({ main, queryLog, clock: manualClock(NOON) })({ group: 'tv' })).toThrow('group tv');
});
