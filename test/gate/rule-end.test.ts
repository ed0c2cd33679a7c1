import { expect, test } from 'vitest';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { decideGate } from '../../src/gate/decide.ts';

test('under a rule that ends before the grace would, its addresses are told to the end', () => {
  const address = parseIpAddress('198.51.100.1');
  const decision = decideGate({
    addresses: [address],
    ttlS: 120,
    now: 0,
    graceMs: 600_000,
    headroomMs: 600_000,
    endsAt: 200_000,
    held: new Map([[address, 199_000]]),
    frugal: false,
    perName: 16,
    mayOpen: () => true,
    toldUntil: () => undefined,
    mayWait: true,
  });
  expect(decision).toEqual({ tell: [address], ttlS: 120, open: [], renew: [] });
});
