/** What is told while an address is on its way out. */
import { expect, test } from 'vitest';
import type { Driver } from '../../src/firewall/driver.ts';
import { endRule } from '../../src/store/rules.ts';
import { MINUTE, SECOND } from '../store/world.ts';
import { settle, until } from '../support/settle.ts';
import { a } from '../support/toy-upstream.ts';
import { house } from './house.ts';

test('a lease asked for in the turn in which a withdrawal is acknowledged keeps the address open', async () => {
  const removed: string[] = [];
  const watched = (driver: Driver): Driver => ({
    ...driver,
    apply(changes, signal) {
      removed.push(...changes.remove);
      return driver.apply(changes, signal);
    },
  });
  const { upstream, answer, ask, allow, control, db, table, pass, holdMessages, hearAll } = await house({
    allowed: ['b.example'],
    wrap: watched,
  });
  const rule = allow('a.example');
  await control.policy.reload();
  for (const name of ['a.example', 'b.example']) upstream.answers(`${name} A`, a(name, '198.51.100.1'));
  await answer('a.example');

  holdMessages();
  const asked = ask('b.example');
  await until('the upstream was asked', () => upstream.asked.includes('b.example A'));
  await settle();
  endRule(db, rule, { at: 0, by: 'anna' });
  void control.policy.reload();
  control.sync.nudge();
  await settle();
  hearAll();
  await pass(SECOND);
  expect(removed).toEqual([]);
  expect(table()).toEqual(['198.51.100.1']);
  expect(asked.told).toMatchObject({ addresses: ['198.51.100.1'] });
});

test('an address told while learning as a cap was ending it stays open', async () => {
  const { upstream, answer, table, pass, holdMessages, hearOne, hearAll } = await house({
    group: { mode: 'learn' },
    addressLimits: { name: 16, rule: 1000, group: 5000, learn: 1 },
  });
  upstream.answers('old.example A', a('old.example', '198.51.100.1', 60));
  upstream.answers('new.example A', a('new.example', '198.51.100.2', 60));
  await answer('old.example');
  await pass(18 * MINUTE, MINUTE);
  expect(table()).toEqual(['198.51.100.1']);

  holdMessages();
  await answer('new.example');
  await settle();
  await answer('old.example');
  await settle();
  // The sightings and the lease of the new one, which makes room; what the workers are told then crosses the other.
  hearOne();
  hearOne();
  await settle();
  hearAll();
  await pass(SECOND);
  expect(table()).toEqual(['198.51.100.1', '198.51.100.2']);
});
