import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressFromOctets, type IpAddress } from '../../src/base/ip-address.ts';
import { createMemoryDriver } from '../../src/firewall/memory/driver.ts';
import { adding, changes, rejection, signal } from '../contract/driver-contract.ts';

const octets = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
const sets = fc.array(octets.map(addressFromOctets), { maxLength: 20 }).map((list) => new Set(list));

test('a firewall that applies the difference holds what was desired', () =>
  fc.assert(
    fc.asyncProperty(sets, sets, async (current, desired) => {
      const driver = createMemoryDriver();
      await driver.apply(changes({ add: forever(current) }), signal());
      const add = forever([...desired].filter((address) => !current.has(address)));
      const remove = [...current].filter((address) => !desired.has(address));
      await driver.apply(changes({ add, remove }), signal());
      expect(new Set((await driver.read(signal())).keys())).toEqual(desired);
    }),
  ));

test('it is never taken for a firewall that stops packets', async () => {
  const driver = createMemoryDriver();
  expect(driver.capabilities.enforces).toBe(false);
  expect((await driver.examine(signal()))[0]).toMatchObject({ check: 'rule-uses-alias', result: 'failed' });
});

test('it can be made to fail once, and to lose what it is told', async () => {
  const driver = createMemoryDriver();
  driver.failNext(new Error('cable pulled'));
  expect((await rejection(driver.read(signal()))).message).toBe('cable pulled');
  driver.loseWrites(true);
  await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
  expect(driver.table.size).toBe(0);
});

function forever(addresses: Iterable<IpAddress>) {
  return [...addresses].map((address) => ({ address, forMs: 600_000 }));
}
