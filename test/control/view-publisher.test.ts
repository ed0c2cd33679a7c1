import { expect, test } from 'vitest';
import type { IpAddress } from '../../src/base/ip-address.ts';
import { createViewPublisher, type FirewallView } from '../../src/control/view-publisher.ts';
import type { Lease } from '../../src/ledger/lease.ts';
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
    ...more,
  };
}
function publisher() {
  const sent: Extract<ControlMessage, { kind: 'view' }>[] = [];
  const acknowledges: (() => void)[] = [];
  const view = createViewPublisher((message) => {
    if (message.kind === 'view') sent.push(message);
    return new Promise((resolve) => acknowledges.push(resolve));
  });
  return { view, sent, acknowledges };
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

test('of some addresses only what leads to them is looked at, once the whole is known', () => {
  const { view, sent } = publisher();
  const leases = [lease()];
  const ledger = { live: () => leases, ofAddress: (address: IpAddress) => (address === A ? leases : []) };
  void view.publishAt([A], ledger, [firewall([])]);
  expect(sent.at(-1)).toMatchObject({ whole: [1], changes: [] });
  void view.publishAt([A], ledger, [firewall([[A, NOON + HOUR / 4]])]);
  void view.publishAt([A], ledger, [firewall([[A, NOON + HOUR / 4]])]);
  expect(sent).toHaveLength(2);
  expect(sent.at(-1)).toMatchObject({ whole: [], changes: [{ address: A, heldUntil: NOON + HOUR / 4 }] });
  void view.publish([], [firewall([[A, NOON + HOUR / 4]])]);
  expect(sent.at(-1)).toMatchObject({ changes: [{ address: A, heldUntil: undefined }] });
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
