import { expect, test } from 'vitest';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { HeldTable } from '../../src/sync/held-table.ts';
import { manualClock } from '../support/manual-clock.ts';

const first = parseIpAddress('192.0.2.1');
const second = parseIpAddress('192.0.2.2');
const third = parseIpAddress('192.0.2.3');

test('what is gone is held no more, also when the table is as long as what is held because something is being withdrawn', () => {
  const table = new HeldTable(manualClock());
  table.see(new Map([first, second, third].map((address) => [address, {}])), 0);
  table.withdraw([third]);
  table.takeChanges();

  table.see(new Map([first, third].map((address) => [address, {}])), 1);

  expect([...table.held.keys()]).toEqual([first]);
  expect(table.takeChanges()).toEqual([second]);
});
