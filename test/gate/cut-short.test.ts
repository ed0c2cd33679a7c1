/** What the gate counts of P4: told terms that are not held. */
import { describe, expect, test } from 'vitest';
import { allow, deny, room } from '../dns/room.ts';
import { a } from '../support/toy-upstream.ts';

const MINUTE = 60_000;
/** The rule of the room: 300 s are told, and a minute of grace is held behind that. */
const TOLD_MS = 300_000;

const told = async () => {
  const made = room({ rules: [allow('plex.tv')], group: { gated: true } });
  made.upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1'));
  const answer = made.ask('plex.tv');
  await made.now(answer);
  made.confirm();
  expect(await answer).toMatchObject({ ttls: [300] });
  const [lease] = made.requested;
  if (lease === undefined) throw new Error('nothing was leased');
  return {
    ...made,
    /** undefined: it is withdrawn. */
    hold(forMs: number | undefined) {
      const heldUntil = forMs === undefined ? undefined : made.clock.now() + forMs;
      made.gate.update([{ ...lease, heldUntil }], []);
    },
  };
};

describe('an address that clients may use is cut short', () => {
  test('when it is withdrawn, until it is held again', async () => {
    const { gate, hold } = await told();
    expect(gate.cutShort).toBe(0);
    hold(undefined);
    expect(gate.cutShort).toBe(1);
    hold(TOLD_MS + MINUTE);
    expect(gate.cutShort).toBe(0);
  });

  test('when its lease or the time-out of a firewall ends before the grace does, and no longer than it was told', async () => {
    const { gate, hold, clock } = await told();
    hold(TOLD_MS + MINUTE - 10_000);
    expect(gate.cutShort).toBe(1);
    clock.advance(TOLD_MS + 2000);
    expect(gate.cutShort).toBe(0);
  });
});

describe('it is not', () => {
  test('by what a read-back rounds, nor when nobody may use it any more', async () => {
    const { gate, hold, clock } = await told();
    hold(TOLD_MS + MINUTE - 2500);
    expect(gate.cutShort).toBe(0);
    clock.advance(TOLD_MS + 1000);
    hold(undefined);
    expect(gate.cutShort).toBe(0);
  });

  test('when a person closes it, when its rule ends, and in a group that learns', async () => {
    const refused = await told();
    refused.setPolicy({ gated: true, rules: [deny('plex.tv')] });
    refused.hold(undefined);
    expect(refused.gate.cutShort).toBe(0);

    const ending = await told();
    const expiresAt = ending.clock.now() + MINUTE;
    ending.setPolicy({ gated: true, rules: [allow('plex.tv', { temporary: true, expiresAt })] });
    ending.hold(MINUTE);
    expect(ending.gate.cutShort).toBe(0);

    const learning = await told();
    learning.setPolicy({ gated: true, mode: 'learn', rules: [allow('plex.tv')] });
    learning.hold(undefined);
    expect(learning.gate.cutShort).toBe(0);
  });
});
