/** Answers whose addresses the ledger does not open. */
import { describe, expect, test } from 'vitest';
import type { Cap } from '../../src/ledger/lease.ts';
import { allow, type RoomOptions, room } from '../dns/room.ts';
import { settle } from '../support/settle.ts';
import { a } from '../support/toy-upstream.ts';

const gated = ({ group }: RoomOptions = {}) => {
  const made = room({ rules: [allow('cdn.example')], group: { gated: true, ...group } });
  const answers = (...last: readonly number[]) =>
    made.upstream.answers('cdn.example A', ...last.map((n) => a('cdn.example', `198.51.100.${n}`, 60)));
  return {
    ...made,
    answers,
    /** What was asked for since the last time is left out, and what `held` says is open. */
    leaveOut(cap: Cap, heldUntil?: number) {
      const leftOut = made.requested.splice(0).map((request) => ({ ...request, cap }));
      made.gate.update(
        heldUntil === undefined ? [] : leftOut.map((one) => ({ ...one, heldUntil })),
        [],
        [],
        heldUntil === undefined ? leftOut : [],
      );
    },
  };
};

describe.each(['answer', 'servfail'] as const)('with onHoldLimit: %s', (onHoldLimit) => {
  test.each([
    ['name', 'limits.addresses.name'],
    ['rule', 'limits.addresses.rule'],
    ['group', 'limits.addresses.group'],
    ['storage', 'cannot be written'],
  ] as const)('an answer left out because of the %s cap fails at once, and says so', async (cap, says) => {
    const { ask, now, answers, leaveOut } = gated({ group: { onHoldLimit } });
    answers(1, 2);
    const answer = ask('cdn.example');
    await settle();
    leaveOut(cap);
    expect(await now(answer)).toMatchObject({ rcode: 'SERVFAIL', answers: [], ede: { code: 14 } });
    expect((await answer).ede?.text).toContain(says);
  });

  test('neither the deadline nor a firewall that is gone lets out what was left out', async () => {
    const { ask, now, answers, requested, gate, clock } = gated({ group: { onHoldLimit } });
    answers(1, 2);
    const answer = ask('cdn.example');
    await settle();
    const [first] = requested;
    if (first === undefined) throw new Error('nothing was asked for');
    gate.update([], [], [], [{ ...first, cap: 'rule' }]);
    expect(await now(answer)).toBeUndefined();
    clock.advance(4500);
    expect((await answer).answers).toEqual(onHoldLimit === 'answer' ? ['A 198.51.100.2'] : []);
    gate.update([], [1]);
    const again = await ask('cdn.example', 'A', { edns: false });
    expect(again.answers).toEqual(onHoldLimit === 'answer' ? ['A 198.51.100.2'] : []);
  });
});

test('what was asked for besides is waited for, and told', async () => {
  const { ask, now, answers, requested, gate, clock } = gated();
  answers(1, 2, 3, 4, 5, 6);
  const answer = ask('cdn.example');
  await settle();
  const [first, second] = requested;
  if (first === undefined || second === undefined) throw new Error('nothing was asked for');
  gate.update([], [], [], [{ ...first, cap: 'rule' }]);
  expect(await now(answer)).toBeUndefined();
  expect(requested).toHaveLength(4);
  gate.update([{ ...second, heldUntil: clock.now() + 3_600_000 }], []);
  expect((await answer).answers).toEqual(['A 198.51.100.2']);
});

test('other addresses of the name that are open are told instead', async () => {
  const { ask, now, answers, leaveOut, clock } = gated({ group: { onHoldLimit: 'servfail' } });
  answers(1, 2);
  const first = ask('cdn.example');
  await settle();
  leaveOut('rule', clock.now() + 3_600_000);
  expect((await first).answers).toHaveLength(2);
  answers(3, 4);
  clock.advance(61_000);
  const second = ask('cdn.example');
  await settle();
  leaveOut('rule');
  expect(await now(second)).toMatchObject({ answers: ['A 198.51.100.1', 'A 198.51.100.2'], ttls: [60, 60] });
});

test('asked again soon it is not asked for again, later it is', async () => {
  const { ask, now, answers, leaveOut, requested, clock } = gated();
  answers(1);
  const first = ask('cdn.example');
  await settle();
  leaveOut('group');
  await first;
  clock.advance(4999);
  expect(await now(ask('cdn.example'))).toMatchObject({ rcode: 'SERVFAIL' });
  expect(requested).toEqual([]);
  clock.advance(1);
  expect(await now(ask('cdn.example'))).toBeUndefined();
  expect(requested).toHaveLength(1);
});

test('what is open after all counts as open', async () => {
  const { ask, now, answers, requested, gate, clock } = gated();
  answers(1);
  const first = ask('cdn.example');
  await settle();
  const [one] = requested;
  if (one === undefined) throw new Error('nothing was asked for');
  gate.update([], [], [], [{ ...one, cap: 'group' }]);
  await first;
  gate.update([{ ...one, heldUntil: clock.now() + 3_600_000 }], []);
  expect(await now(ask('cdn.example'))).toMatchObject({ answers: ['A 198.51.100.1'] });
});
