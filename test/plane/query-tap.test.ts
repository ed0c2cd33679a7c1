import { expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import type { LogLine } from '../../src/plane/protocol.ts';
import { createQueryTap, type FromTap } from '../../src/plane/query-tap.ts';
import { manualClock } from '../support/manual-clock.ts';

const line: LogLine = {
  at: 0,
  client: parseIpAddress('192.168.20.5'),
  groupId: 1,
  name: parseDomainName('plex.tv'),
  qtype: 1,
  verdict: 'allowed',
  reason: 'rule',
  ruleId: 1,
  rcode: 0,
  source: 'cache',
  durationUs: 80,
  answers: [],
  count: 1,
};
const lines = (count: number) => Array.from({ length: count }, () => line);
const ids = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

function tapped() {
  const clock = manualClock();
  const batches: FromTap[] = [];
  return { clock, batches, tap: createQueryTap(clock, (batch) => batches.push(batch)) };
}

test('nothing is kept or sent while nobody watches', () => {
  const { clock, batches, tap } = tapped();
  tap.add(lines(10), ids(10));
  clock.advance(1000);
  tap.obey({ kind: 'watch', on: true });
  tap.add(lines(10), ids(10));
  tap.obey({ kind: 'watch', on: false });
  clock.advance(1000);
  expect(batches).toEqual([]);
});

test('lines go out with their ids, four times a second, 250 each', () => {
  const { clock, batches, tap } = tapped();
  tap.obey({ kind: 'watch', on: true });
  tap.add(lines(200), ids(200));
  tap.add(lines(200), ids(200));
  clock.advance(250);
  expect(batches).toMatchObject([{ rows: { length: 250 }, dropped: 150 }]);
  expect(batches[0]?.rows[199]?.id).toBe(200);
  expect(batches[0]?.rows[200]?.id).toBe(1);
});

test('lines that could not be written down are shown all the same', () => {
  const { clock, batches, tap } = tapped();
  tap.obey({ kind: 'watch', on: true });
  tap.add(lines(1), []);
  clock.advance(250);
  expect(batches[0]?.rows).toEqual([{ ...line, id: undefined }]);
});

test('whoever takes nothing is sent two batches, and everything after that is only counted', () => {
  const { clock, batches, tap } = tapped();
  tap.obey({ kind: 'watch', on: true });
  for (let i = 0; i < 100; i++) {
    tap.add(lines(500), ids(500));
    clock.advance(250);
  }
  expect(batches).toHaveLength(2);
  tap.obey({ kind: 'taken' });
  clock.advance(250);
  expect(batches[2]).toMatchObject({ rows: { length: 250 }, dropped: 98 * 500 - 250 });
});
