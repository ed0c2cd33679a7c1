import { describe, expect, test } from 'vitest';
import { type PromiseFacts, reportPromises } from '../../src/actions/promises.ts';
import { firewall, ip, NOON } from './world.ts';

const enforced = { state: 'enforced', sentence: '' } as const;
const facts: PromiseFacts = {
  groups: [{ name: 'plex', enforcement: enforced }],
  counters: {
    denied: 3,
    toldUnconfirmed: 0,
    toldOverBudget: 0,
    held: 2,
    droppedLogLines: 0,
    droppedDenials: 0,
    cutShort: 0,
    endedInOutage: 0,
  },
  firewalls: [firewall()],
  planes: [{ name: 'data', state: 'running', restarts: 0 }],
  ledger: { endsBeforeTold: 0, keptThroughOutage: 0, historySince: NOON, storageProblem: undefined },
};
const report = (change: Partial<PromiseFacts>, id: string) =>
  reportPromises({ ...facts, ...change }).find((promise) => promise.id === id);

test('a house in order keeps all seven', () => {
  const promises = reportPromises(facts);
  expect(promises.map(({ id }) => id)).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7']);
  expect(promises.filter(({ holds }) => !holds)).toEqual([]);
});

describe('nothing is claimed that is not so', () => {
  test.each([
    ['nobody is protected', { groups: [] }, 'P1', 'No host is protected yet; whoever asks is refused.'],
    [
      'a group learns',
      { groups: [{ name: 'tv', enforcement: { state: 'learning', sentence: '' } }] },
      'P1',
      'Names nobody allowed are answered for tv, which does not enforce; 3 questions were refused before any upstream saw them.',
    ],
    [
      'no firewall enforces',
      { groups: [{ name: 'plex', enforcement: { state: 'names-only', sentence: '' } }] },
      'P3',
      'No answer is confirmed by a firewall: addresses are NOT enforced.',
    ],
    [
      'there is no firewall',
      { firewalls: [] },
      'P2',
      'No firewall is connected: what is open elsewhere is not known.',
    ],
    [
      'an alias holds what nobody knows',
      { firewalls: [firewall({ unexplained: 2 })] },
      'P2',
      'The last read showed 2 addresses without a cause, or long past their end, on edge; see sallyport firewalls.',
    ],
    [
      'an alias holds a network',
      { firewalls: [firewall({ wider: ['198.51.100.0/24', '0.0.0.0/1', '128.0.0.0/1', '::/0'] })] },
      'P2',
      'edge holds more than single addresses (198.51.100.0/24, 0.0.0.0/1, 128.0.0.0/1 and 1 more), which Sallyport neither opened nor removes.',
    ],
    [
      'what was told is not held for as long',
      { counters: { ...facts.counters, cutShort: 2 } },
      'P4',
      '2 addresses that clients were told are held for less than that and the grace, or not at all.',
    ],
    [
      'an outage has closed something',
      { counters: { ...facts.counters, endedInOutage: 1 } },
      'P5',
      'Since the start: 1 address closed while upstreams failed.',
    ],
    [
      'something was removed that nobody knows',
      { firewalls: [firewall({ status: { ...firewall().status, unexplainedRemovals: 3 } })] },
      'P5',
      'Since the start: 3 addresses removed from edge for no reason that is known.',
    ],
    [
      'an answer did not wait',
      { counters: { ...facts.counters, toldUnconfirmed: 1 } },
      'P3',
      '1 answer was told before the firewall was read to hold its addresses; 2 answers waited for the firewall. Strict mode (`onHoldLimit: servfail`) tells none.',
    ],
    [
      'a lease ends too soon',
      { ledger: { ...facts.ledger, endsBeforeTold: 1 } },
      'P4',
      '1 address will close before clients were told to stop using it.',
    ],
    [
      'the data plane is away',
      { planes: [{ name: 'data', state: 'crashed', restarts: 1 }] },
      'P6',
      'Names do not resolve now; data is being restarted; 1 thread was restarted since the start.',
    ],
    [
      'log lines were lost',
      { counters: { ...facts.counters, droppedLogLines: 2 } },
      'P7',
      '2 lines of the log or of refused names lost; what was opened can be explained (since 2026-11-22T12:00:00.000Z).',
    ],
    [
      'the disk is full',
      { ledger: { ...facts.ledger, storageProblem: 'No space left' } },
      'P7',
      'What happens now cannot be written down: No space left.',
    ],
  ] as const)('when %s', (_, change, id, sentence) => {
    expect(report(change as Partial<PromiseFacts>, id)).toMatchObject({ holds: false, sentence });
  });
});

test('what is kept and what is held is a promise at work', () => {
  const { status, ...rest } = firewall();
  const heldPlan = { at: NOON, why: 'all of it', removals: [ip('192.0.2.7')] };
  const change = {
    firewalls: [{ ...rest, status: { ...status, heldPlan } }],
    ledger: { ...facts.ledger, keptThroughOutage: 4 },
  };
  expect(report(change, 'P5')).toEqual({
    id: 'P5',
    holds: true,
    sentence:
      'Failure never empties: 4 addresses kept open while upstreams fail; the removal of 1 address from edge waits for your OK.',
    counters: { keptThroughOutage: 4, heldRemovals: 1, endedInOutage: 0, unexplainedRemovals: 0 },
  });
});
