import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MultiMap } from '../../src/base/multi-map.ts';

const key = fc.integer({ min: 0, max: 3 });
const steps = fc.array(
  fc.record({ outer: key, inner: key, value: fc.option(fc.integer(), { nil: undefined }) }),
  { maxLength: 40 },
);

test('holds what maps in a map hold, in their order', () =>
  fc.assert(
    fc.property(steps, (list) => {
      const map = new MultiMap<number, number, { inner: number; value: number }>((one) => one.inner);
      const model = new Map<number, Map<number, number>>();
      for (const { outer, inner, value } of list) {
        const inside = model.get(outer) ?? new Map<number, number>();
        model.set(outer, inside);
        if (value === undefined) {
          map.delete(outer, inner);
          inside.delete(inner);
        } else {
          map.set(outer, { inner, value });
          inside.set(inner, value);
        }
        for (const [one, values] of model) {
          expect(map.of(one).map(({ value: is }) => is)).toEqual([...values.values()]);
          for (let i = 0; i < 4; i++) expect(map.get(one, i)?.value).toBe(values.get(i));
        }
        const all = [...model.values()].flatMap((values) => [...values.values()]);
        expect([...map.values()].map(({ value: is }) => is).toSorted()).toEqual(all.toSorted());
        expect(new Set(map.outerKeys())).toEqual(
          new Set([...model].filter(([, values]) => values.size > 0).map(([one]) => one)),
        );
      }
    }),
  ));
