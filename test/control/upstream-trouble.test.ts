import { expect, test } from 'vitest';
import { doUpstreamsFail } from '../../src/control/upstream-trouble.ts';
import type { UpstreamReport } from '../../src/plane/protocol.ts';

const upstream = (
  id: string,
  [queries, answered, failures, timeouts]: readonly [number, number, number, number],
  more: Partial<UpstreamReport> = {},
): UpstreamReport => ({
  id,
  state: 'up',
  counters: { queries, answered, failures, timeouts, mismatched: 0 },
  ...more,
});
const A = upstream('a', [9, 9, 0, 0]);
const down = { state: 'down' } as const;
const home = { domain: '.int.example.org' } as const;

test.each([
  ['nothing was asked', [A], [A], false],
  ['what was asked waits for its answer', [A], [upstream('a', [11, 9, 0, 0])], false],
  ['all that was asked failed', [A], [upstream('a', [11, 9, 1, 1])], true],
  ['one of them was answered', [A], [upstream('a', [12, 10, 1, 1])], false],
  [
    'one failed twice, silent and then with SERVFAIL, and one was answered',
    [A],
    [upstream('a', [11, 10, 1, 1])],
    false,
  ],
  [
    'another one answered',
    [A, upstream('b', [5, 5, 0, 0])],
    [upstream('a', [11, 9, 0, 2]), upstream('b', [7, 7, 0, 0])],
    false,
  ],
  ['the only one is down', [], [upstream('a', [3, 3, 0, 0], down)], true],
  ['one of two is down', [], [upstream('a', [3, 3, 0, 0], down), upstream('b', [3, 3, 0, 0])], false],
  ['those of one domain are down', [], [A, upstream('a', [3, 3, 0, 0], { ...down, ...home })], false],
  ['those of one domain fail', [A], [A, upstream('h', [3, 0, 3, 0], home)], false],
  [
    'the data plane began again, and was answered',
    [upstream('a', [90, 9, 80, 1])],
    [upstream('a', [4, 3, 1, 0])],
    false,
  ],
  [
    'the data plane began again, and was not',
    [upstream('a', [90, 89, 1, 0])],
    [upstream('a', [4, 0, 4, 0])],
    true,
  ],
  ['none is configured', [], [], false],
] as const)('%s', (_, before, now, fails) => {
  expect(doUpstreamsFail(before, now)).toBe(fails);
});
