import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../src/base/ip-address.ts';
import { createViewPublisher, type FirewallView } from '../../src/control/view-publisher.ts';
import type { EndedLease, Lease } from '../../src/ledger/lease.ts';
import type { ControlMessage } from '../../src/plane/protocol.ts';
import { HOUR, ip, NOON, name, SECOND } from '../store/world.ts';
import { settle } from '../support/settle.ts';

const A = ip('198.51.100.1');
const B = ip('198.51.100.2');

function lease(more: Partial<Lease> = {}): Lease {
  return {
    groupId: 1,
    name: name('plex.tv'),
    address: A,
    ruleId: 1,
    cause: 'answer',
    startedAt: NOON,
    toldUntil: NOON,
    until: NOON + HOUR,
    ...more,
  };
}
function firewall(
  held: readonly (readonly [string, number])[],
  more: Partial<FirewallView> = {},
): FirewallView {
  return {
    groupIds: new Set([1]),
    required: true,
    read: true,
    held: new Map(held.map(([address, until]) => [ip(address), until])),
    canConfirm: true,
    overBudget: false,
    ...more,
  };
}
/** A publisher over a ledger and firewalls that each step sets anew. */
function publisher() {
  let leases: readonly Lease[] = [];
  let ends: readonly EndedLease[] = [];
  let firewalls: readonly FirewallView[] = [];
  const looked: IpAddress[] = [];
  const sent: Extract<ControlMessage, { kind: 'view' }>[] = [];
  const acknowledges: (() => void)[] = [];
  const made = createViewPublisher({
    ledger: {
      addresses: () => new Set(leases.map(({ address }) => address)),
      ofAddress(address) {
        looked.push(address);
        return leases.filter((one) => one.address === address);
      },
      endedAt: (address) => ends.filter((one) => one.address === address),
    },
    firewalls: () => firewalls,
    send(message) {
      if (message.kind === 'view') sent.push(message);
      return new Promise((resolve) => acknowledges.push(resolve));
    },
  });
  const view = {
    publish(now: readonly Lease[], then: readonly FirewallView[]) {
      leases = now;
      firewalls = then;
      return made.publish();
    },
    publishAt(
      addresses: readonly IpAddress[],
      now: readonly Lease[],
      then: readonly FirewallView[],
      ended: readonly EndedLease[] = [],
    ) {
      leases = now;
      firewalls = then;
      ends = ended;
      looked.length = 0;
      return made.publishAt(addresses);
    },
    startOver: () => made.startOver(),
  };
  return { view, sent, acknowledges, looked };
}

test('a name may be told what its lease and every required firewall hold, until the first of them ends', () => {
  const { view, sent } = publisher();
  void view.publish(
    [lease(), lease({ address: B }), lease({ name: name('other.tv'), until: NOON + 2 * HOUR })],
    [
      firewall([
        [A, NOON + HOUR / 2],
        [B, Number.POSITIVE_INFINITY],
      ]),
      firewall([[A, Number.POSITIVE_INFINITY]]),
      firewall([], { required: false }),
    ],
  );
  expect(sent).toEqual([
    {
      kind: 'view',
      whole: [1],
      hopeless: [],
      changes: [
        { groupId: 1, name: name('plex.tv'), address: A, heldUntil: NOON + HOUR / 2 },
        { groupId: 1, name: name('other.tv'), address: A, heldUntil: NOON + HOUR / 2 },
      ],
    },
  ]);
});

test('only what changed is sent, and a second more or less is no change', () => {
  const { view, sent } = publisher();
  void view.publish([lease()], [firewall([[A, NOON + 60 * SECOND]])]);
  void view.publish([lease()], [firewall([[A, NOON + 59 * SECOND]])]);
  expect(sent).toHaveLength(1);
  void view.publish([], [firewall([[A, NOON + 59 * SECOND]])]);
  expect(sent.at(-1)).toMatchObject({ whole: [], changes: [{ address: A, heldUntil: undefined }] });
  void view.publish([], [firewall([], { canConfirm: false })]);
  expect(sent.at(-1)).toMatchObject({ changes: [], hopeless: [1] });
  void view.publish([], [firewall([])]);
  expect(sent.at(-1)).toMatchObject({ changes: [], hopeless: [] });
});

test('a spent write budget is told apart from a firewall that cannot confirm for another reason', () => {
  const { view, sent } = publisher();
  const spent = firewall([], { canConfirm: false, overBudget: true });
  void view.publish([], [spent]);
  expect(sent.at(-1)).toMatchObject({ hopeless: [1], overBudget: [1] });
  void view.publish([], [spent, firewall([], { canConfirm: false })]);
  expect(sent.at(-1)).toMatchObject({ hopeless: [1] });
  expect(sent.at(-1)).not.toHaveProperty('overBudget');
  expect(sent).toHaveLength(2);
});

test('of some addresses only what leads to them is looked at, once the whole is known', () => {
  const { view, sent, looked } = publisher();
  const leases = [lease(), lease({ address: B })];
  const both = [
    firewall([
      [A, NOON + HOUR / 4],
      [B, NOON + HOUR],
    ]),
  ];
  void view.publishAt([A], leases, [firewall([])]);
  expect(sent.at(-1)).toMatchObject({ whole: [1], changes: [] });
  void view.publishAt([A], leases, both);
  expect(looked).toEqual([A]);
  expect(sent.at(-1)).toMatchObject({ whole: [], changes: [{ address: A, heldUntil: NOON + HOUR / 4 }] });
  void view.publishAt([A], leases, both);
  expect(sent).toHaveLength(2);
  void view.publishAt([B], leases, both);
  expect(sent.at(-1)).toMatchObject({ changes: [{ address: B, heldUntil: NOON + HOUR }] });
});

test('an address whose lease ended, or that a firewall lost, is withdrawn by looking at it alone', () => {
  const { view, sent, looked } = publisher();
  const other = lease({ name: name('other.tv') });
  void view.publish([lease(), other], [firewall([[A, NOON + HOUR]])]);
  void view.publishAt([A], [other], [firewall([[A, NOON + HOUR]])]);
  expect(sent.at(-1)?.changes).toEqual([
    { groupId: 1, name: name('plex.tv'), address: A, heldUntil: undefined },
  ]);
  void view.publishAt([A], [other], [firewall([])]);
  expect(sent.at(-1)?.changes).toEqual([
    { groupId: 1, name: name('other.tv'), address: A, heldUntil: undefined },
  ]);
  expect(looked).toEqual([A]);
});

test('what a firewall can confirm is said without looking at any address', () => {
  const { view, sent, looked } = publisher();
  void view.publish([lease()], [firewall([[A, NOON + HOUR]])]);
  void view.publishAt([], [lease()], [firewall([[A, NOON + HOUR]], { canConfirm: false })]);
  expect(sent.at(-1)).toMatchObject({ changes: [], hopeless: [1] });
  expect(looked).toEqual([]);
});

test('a group that is gone is withdrawn', () => {
  const { view, sent } = publisher();
  void view.publish([lease()], [firewall([[A, NOON + HOUR]])]);
  void view.publishAt([], [lease()], [firewall([[A, NOON + HOUR]], { groupIds: new Set() })]);
  expect(sent.at(-1)).toMatchObject({ whole: [], changes: [{ address: A, heldUntil: undefined }] });
});

describe('after a restart, while one of two required firewalls was not read', () => {
  const unread = firewall([], { read: false });

  test('what the other does not hold is withdrawn, and nothing else is said', () => {
    const { view, sent } = publisher();
    void view.publish([lease(), lease({ address: B })], [firewall([[B, NOON + HOUR]]), unread]);
    expect(sent).toMatchObject([{ whole: [], changes: [{ address: A, heldUntil: undefined }] }]);
  });

  test('what has ended is withdrawn before it is removed, unless it was leased again', () => {
    const { view, sent } = publisher();
    const ended = (address: IpAddress): EndedLease => ({
      groupId: 1,
      name: name('plex.tv'),
      address,
      ruleId: 1,
      endedAt: NOON,
      endCause: 'revoked',
      temporary: false,
    });
    const held = firewall([
      [A, NOON + HOUR],
      [B, NOON + HOUR],
    ]);
    void view.publishAt([A, B], [lease({ address: B })], [held, unread], [ended(A), ended(B)]);
    expect(sent.at(-1)?.changes).toEqual([
      { groupId: 1, name: name('plex.tv'), address: A, heldUntil: undefined },
    ]);
  });

  test('the whole follows when both were read', () => {
    const { view, sent } = publisher();
    const held = firewall([[A, NOON + HOUR]]);
    void view.publish([lease()], [held, unread]);
    void view.publishAt([], [lease()], [held, held]);
    expect(sent.at(-1)).toMatchObject({ whole: [1], changes: [{ address: A, heldUntil: NOON + HOUR }] });
  });
});

test('who publishes what was sent already still waits until it is in force', async () => {
  const { view, acknowledges, sent } = publisher();
  void view.publish([lease()], [firewall([[A, NOON + HOUR]])]);
  const done: string[] = [];
  void view.publish([lease()], [firewall([[A, NOON + HOUR]])]).then(() => done.push('in force'));
  await settle();
  expect(sent).toHaveLength(1);
  expect(done).toEqual([]);
  for (const acknowledge of acknowledges) acknowledge();
  await settle();
  expect(done).toEqual(['in force']);
});

test('of a group whose firewall was not read yet nothing is said: the workers keep what they were told', () => {
  const { view, sent } = publisher();
  void view.publish([lease()], [firewall([], { read: false })]);
  expect(sent.flatMap(({ changes, whole }) => [...changes, ...whole])).toEqual([]);
  void view.publish([lease()], [firewall([[A, NOON + HOUR]])]);
  expect(sent.at(-1)).toMatchObject({ whole: [1], changes: [{ address: A }] });
});

test('a new worker is told everything', () => {
  const { view, sent } = publisher();
  void view.publish([lease()], [firewall([[A, NOON + HOUR]])]);
  view.startOver();
  void view.publish([lease()], [firewall([[A, NOON + HOUR]])]);
  expect(sent[1]).toEqual(sent[0]);
});

test('what is told anew in several messages begins anew with the first of them only', () => {
  const { view, sent } = publisher();
  const leases = Array.from({ length: 1001 }, (_, n) => lease({ address: ip(`10.0.${n >> 8}.${n & 255}`) }));
  const held = leases.map(({ address }): [string, number] => [address, NOON + HOUR]);
  void view.publish(leases, [firewall(held)]);
  expect(sent.map(({ whole, changes }) => [whole, changes.length])).toEqual([
    [[1], 1000],
    [[], 1],
  ]);
});
