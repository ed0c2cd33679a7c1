/** How far a name that was allowed has come, as the page says it. */
import { expect, test } from 'vitest';
import { stepsOf } from '../../web/src/features/effects/steps.ts';

const firewalls = [{ name: 'edge', state: 'pending' as const }];
const NOON = Date.parse('2026-11-22T12:00:00Z');
const texts = (of: Parameters<typeof stepsOf>[0]) => stepsOf(of).map(({ text, tone }) => `${text} ${tone}`);

test('a name that does not exist was answered, and no step is under way any more', () => {
  expect(texts({ addresses: [], firewalls, answeredAt: NOON, rcode: 'NXDOMAIN' })).toEqual([
    'Allowed good',
    'Asked again good',
    'Answered: no such name warn',
  ]);
});

test('one that has addresses by now is resolved, whatever was answered first', () => {
  expect(texts({ addresses: ['192.0.2.1'], firewalls, answeredAt: NOON, rcode: 'NXDOMAIN' })).toEqual([
    'Allowed good',
    '1 address good',
    'In edge soft',
    'Asked again good',
  ]);
});

test('until it is asked, it waits', () => {
  expect(texts({ addresses: [], firewalls })).toEqual([
    'Allowed good',
    'Resolved soft',
    'In edge soft',
    'Waiting to be asked again soft',
  ]);
});
