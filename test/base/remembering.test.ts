import { expect, test } from 'vitest';
import { remembering } from '../../src/base/remembering.ts';

test('computes once for each key, and forgets all when there are too many', () => {
  const computed: number[] = [];
  const double = remembering((key: number) => {
    computed.push(key);
    return 2 * key;
  }, 2);
  expect([1, 1, 2, 1].map(double)).toEqual([2, 2, 4, 2]);
  expect(computed).toEqual([1, 2]);
  expect([3, 3, 1].map(double)).toEqual([6, 6, 2]);
  expect(computed).toEqual([1, 2, 3, 1]);
});
