import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../../src/base/domain-name.ts';
import {
  type BudgetReport,
  createNameBudgets,
  DEFAULT_BUDGET,
  type NameBudgetsOptions,
} from '../../../src/dns/limits/name-budgets.ts';
import { parsePattern } from '../../../src/policy/pattern.ts';
import { manualClock } from '../../support/manual-clock.ts';

const HOUR_MS = 3_600_000;

function budgets(more: Partial<NameBudgetsOptions> = {}) {
  const clock = manualClock();
  const told: BudgetReport[] = [];
  const made = createNameBudgets({
    clock,
    standard: { ...DEFAULT_BUDGET, names: 3 },
    others: new Map(),
    isKnown: () => false,
    onSpent: (report) => told.push(report),
    ...more,
  });
  const spend = (name: string, pattern = '*.example.org', id = 7) =>
    made.spend(1, { id, pattern: parsePattern(pattern) }, parseDomainName(name));
  const within = (name: string, pattern?: string, id?: number) => spend(name, pattern, id).within;
  return { ...made, clock, told, spend, within };
}

describe('a wildcard rule', () => {
  test('lets so many new names out an hour, and what it let out once for ever', () => {
    const { within, clock } = budgets();
    expect(['a', 'b', 'c', 'd'].map((label) => within(`${label}.example.org`))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(within('b.example.org')).toBe(true);
    clock.advance(HOUR_MS - 1);
    expect(within('d.example.org')).toBe(false);
    clock.advance(1);
    expect(within('d.example.org')).toBe(true);
    expect(within('a.example.org')).toBe(true);
  });

  test('has a budget of its own, and an exact rule or the name of the pattern needs none', () => {
    const { within } = budgets();
    for (const label of ['a', 'b', 'c', 'd']) within(`${label}.example.org`);
    expect(within('d.example.org', '.d.example.org', 8)).toBe(true);
    expect(within('x.d.example.org', '.d.example.org', 8)).toBe(true);
    expect(within('d.example.org', 'd.example.org', 9)).toBe(true);
    expect(within('example.org', '.example.org')).toBe(true);
  });

  test('goes on with names that are open on a firewall, after a restart of ours too', () => {
    const open = parseDomainName('open.example.org');
    const { within } = budgets({ isKnown: (groupId, name) => groupId === 1 && name === open });
    for (const label of ['a', 'b', 'c', 'd']) within(`${label}.example.org`);
    expect(within('open.example.org')).toBe(true);
    expect(within('other.example.org')).toBe(false);
  });

  /** Names, a thousand of which are the budget. */
  const costOf = (name: string, pattern: string): number => {
    const { within } = budgets({ standard: { ...DEFAULT_BUDGET, names: 1000 } });
    within(name, pattern);
    let left = 0;
    while (within(`x${left}.${pattern.slice(2)}`, pattern)) left++;
    return 1000 - left;
  };

  test.each([
    ['a label as long as a hash', `${'a'.repeat(40)}.example.org`, 1],
    ['a longer label', `${'a'.repeat(41)}.example.org`, 10],
    ['a longer label further up', `www.${'a'.repeat(41)}.example.org`, 10],
    ['100 octets below it', `${'a'.repeat(33)}.${'b'.repeat(32)}.${'c'.repeat(33)}.example.org`, 1],
    ['101 octets below it', `${'a'.repeat(34)}.${'b'.repeat(32)}.${'c'.repeat(33)}.example.org`, 10],
    ['a long label of the pattern itself', `www.${'a'.repeat(60)}.org`, 1],
  ])('%s costs its share', (_, name, expected) => {
    const pattern = name.includes('example') ? '*.example.org' : `*.${'a'.repeat(60)}.org`;
    expect(costOf(name, pattern)).toBe(expected);
  });

  test('may have another budget, or none', () => {
    const { within } = budgets({
      others: new Map([
        ['*.cdn.example.org', { names: 4, labelLength: 63, nameLength: 255 }],
        ['.free.example.org', { names: 0, labelLength: 1, nameLength: 1 }],
      ]),
    });
    expect(within(`${'a'.repeat(63)}.cdn.example.org`, '*.cdn.example.org')).toBe(true);
    expect(within(`${'a'.repeat(63)}.example.org`)).toBe(false);
    const names = Array.from({ length: 9 }, (_, i) => `long-label-${i}.free.example.org`);
    expect(names.every((name) => within(name, '.free.example.org', 8))).toBe(true);
  });
});

test('a spent budget is news once an hour, and status counts what it refused', () => {
  const { spend, report, told, clock } = budgets();
  for (let i = 0; i < 103; i++) spend(`n${i}.example.org`);
  expect(told).toHaveLength(1);
  expect(report()).toEqual([{ ruleId: 7, pattern: '*.example.org', refused: 100, names: 3, until: HOUR_MS }]);
  clock.advance(HOUR_MS);
  expect(report()).toEqual([]);
  for (let i = 0; i < 4; i++) spend(`m${i}.example.org`);
  expect(told).toHaveLength(2);
});

test('two hundred thousand names are counted without being kept', () => {
  const { within, known, report } = budgets();
  let refused = 0;
  for (let i = 0; i < 200_000; i++) if (!within(`x${i}.example.org`)) refused++;
  expect(refused).toBe(199_997);
  expect(known()).toBe(3);
  expect(report()).toMatchObject([{ refused: 199_997 }]);
});

test('only so many refused names are listed for a person', () => {
  const { spend } = budgets();
  const spent = Array.from({ length: 203 }, (_, i) => spend(`n${i}.example.org`));
  expect(spent.filter((one) => !one.within)).toHaveLength(200);
  expect(spent.filter((one) => !one.within && one.listed)).toHaveLength(50);
});
