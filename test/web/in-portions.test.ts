import { expect, test } from 'vitest';
import { eachInPortions } from '../../web/src/lib/in-portions.ts';

test('each is done, a few at a time, and one that fails keeps none from being done', async () => {
  let now = 0;
  let most = 0;
  const act = async (item: number) => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
    if (item === 3) throw new Error('decided already');
    return item * 10;
  };
  const { done, problems } = await eachInPortions([1, 2, 3, 4, 5, 6, 7], 3, act);
  expect(done).toEqual([10, 20, 40, 50, 60, 70]);
  expect(problems).toEqual([new Error('decided already')]);
  expect(most).toBe(3);
});
