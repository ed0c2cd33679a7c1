import fc from 'fast-check';
import { expect, test } from 'vitest';
import { walkBack } from '../../src/store/querylog/slices.ts';

/** Each read takes as long as `msOf` says; the clock stands still otherwise. */
function walk(rows: readonly number[], wanted: number, end: number, msOf: (width: number) => number) {
  let ms = 0;
  const slices: [number, number][] = [];
  const found = walkBack({
    first: 0,
    end,
    whole: end,
    wanted,
    clock: () => ms,
    read(from, to, most) {
      slices.push([from, to]);
      ms += msOf(to - from);
      return rows
        .filter((id) => id >= from && id < to)
        .sort((a, b) => b - a)
        .slice(0, most);
    },
  });
  return { ...found, slices, ms };
}

test('the newest are found first, and no more than wanted is looked for', () => {
  const { ids, slices } = walk([5, 99_990, 99_999], 2, 100_000, () => 1);
  expect(ids).toEqual([99_999, 99_990]);
  expect(slices).toHaveLength(1);
});

test('slices join without a gap or an overlap, whatever each of them takes', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(9_999), { maxLength: 60 }),
      fc.integer({ min: 1, max: 80 }),
      fc.array(fc.nat(60), { minLength: 1, maxLength: 20 }),
      (rows, wanted, times) => {
        let turn = 0;
        const { ids, lookedFrom, slices } = walk(
          rows,
          wanted,
          10_000,
          () => times[turn++ % times.length] ?? 0,
        );
        for (const [i, [, to]] of slices.entries()) expect(to).toBe(slices[i - 1]?.[0] ?? 10_000);
        const newest = [...rows].sort((a, b) => b - a);
        expect(ids).toEqual(newest.slice(0, ids.length));
        if (ids.length < wanted) expect(newest.filter((id) => id >= lookedFrom)).toEqual(ids);
      },
    ),
  );
});

test('it stops a moment after its time is up, also where rows are dense', () => {
  const { lookedFrom, ms } = walk([], 1, 1_000_000, (width) => width / 100);
  expect(lookedFrom).toBeGreaterThan(0);
  expect(ms).toBeLessThan(200);
});

test('where nothing lies, few slices are enough for all of it', () => {
  const { lookedFrom, slices } = walk([], 1, 2 ** 50, () => 0.05);
  expect(lookedFrom).toBe(0);
  expect(slices.length).toBeLessThan(80);
});
