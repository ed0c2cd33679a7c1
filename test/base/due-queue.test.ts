import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueQueue } from '../../src/base/due-queue.ts';

test('gives back what is due, soonest first, and leaves the rest', () => {
  const queue = new DueQueue<string>();
  queue.set('late', 30);
  queue.set('soon', 10);
  queue.set('next', 20);
  expect(queue.next()).toBe(10);
  expect([queue.take(20), queue.take(20), queue.take(20)]).toEqual(['soon', 'next', undefined]);
  expect(queue.size).toBe(1);
});

test('the last moment a key was given counts, earlier or later; one that was deleted is not due', () => {
  const queue = new DueQueue<string>();
  queue.set('a', 10);
  queue.set('a', 50);
  queue.set('b', 40);
  queue.set('b', 20);
  queue.set('c', 5);
  queue.delete('c');
  expect(queue.next()).toBe(20);
  expect([queue.take(100), queue.take(100), queue.take(100)]).toEqual(['b', 'a', undefined]);
  expect(queue.next()).toBeUndefined();
});

test('a key that takes the place of another is due when that was', () => {
  const queue = new DueQueue<string>();
  queue.set('a', 10);
  queue.set('b', 20);
  queue.replace('a', 'c');
  queue.replace('not here', 'd');
  expect([queue.has('a'), queue.dueAt('c'), queue.has('d')]).toEqual([false, 10, false]);
  expect([queue.take(100), queue.take(100), queue.take(100)]).toEqual(['c', 'b', undefined]);
});

test('whatever is set and deleted, what comes out is what was last set, in order', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(20), fc.option(fc.nat(1000), { nil: undefined })), { maxLength: 400 }),
      (steps) => {
        const queue = new DueQueue<number>();
        const expected = new Map<number, number>();
        for (const [key, at] of steps) {
          if (at === undefined) {
            queue.delete(key);
            expected.delete(key);
          } else {
            queue.set(key, at);
            expected.set(key, at);
          }
          expect(queue.next()).toBe(expected.size === 0 ? undefined : Math.min(...expected.values()));
        }
        const taken: number[] = [];
        for (let key = queue.take(1000); key !== undefined; key = queue.take(1000)) {
          taken.push(expected.get(key) ?? -1);
          expected.delete(key);
        }
        expect(expected.size).toBe(0);
        expect(taken).toEqual(taken.toSorted((a, b) => a - b));
      },
    ),
  ));
