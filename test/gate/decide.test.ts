import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import { READ_NOISE_MS } from '../../src/firewall/driver.ts';
import { decideGate, ENOUGH_ADDRESSES, leaseTermMs, mayEndFrom } from '../../src/gate/decide.ts';

const NOW = 5_000_000;
const GRACE = 60_000;
const HEADROOM = 600_000;
const ip = (n: number) => parseIpAddress(`198.51.100.${n}`);

function gate(
  addresses: readonly IpAddress[],
  held: Record<string, number>,
  ttlS = 300,
  frugal = false,
  more: { readonly told?: Record<string, number>; readonly mayWait?: boolean } = {},
) {
  return decideGate({
    ...NOTHING_SPECIAL,
    addresses,
    ttlS,
    held: new Map(Object.entries(held) as [IpAddress, number][]),
    frugal,
    toldUntil: (address) => more.told?.[address],
    mayWait: more.mayWait ?? true,
  });
}
const NOTHING_SPECIAL = {
  now: NOW,
  graceMs: GRACE,
  headroomMs: HEADROOM,
  frugal: false,
  toldUntil: () => undefined,
  mayWait: true,
  perName: 16,
  mayOpen: () => true,
};
const well = NOW + leaseTermMs(300, GRACE, HEADROOM);

test('nothing confirmed: enough are opened, none is told', () => {
  expect(gate([1, 2, 3, 4, 5, 6].map(ip), {})).toEqual({
    tell: [],
    ttlS: 300,
    open: [1, 2, 3, 4].map(ip),
    renew: [],
  });
});

test('enough confirmed: the rest of a rotating answer stays closed', () => {
  const held = Object.fromEntries([1, 2, 3, 4].map((n) => [ip(n), well]));
  expect(gate([1, 2, 3, 4, 5, 6].map(ip), held)).toMatchObject({ tell: [1, 2, 3, 4].map(ip), open: [] });
});

test('some confirmed: they are told, just enough of the rest is opened', () => {
  expect(gate([1, 2, 3].map(ip), { [ip(2)]: well })).toMatchObject({ tell: [ip(2)], open: [ip(1), ip(3)] });
});

describe.each([
  ['an answer that has moved away from what was told', false],
  ['the same where writes are dear', true],
])('%s', (_, frugal) => {
  const held = { [ip(100)]: well, [ip(101)]: well + 1 };

  test('is opened behind the client, who is told the same again for as long as it was told', () => {
    const told = { [ip(100)]: NOW + 20_900 };
    expect(gate([1, 2].map(ip), held, 300, frugal, { told })).toMatchObject({
      tell: [ip(100)],
      ttlS: 20,
      open: [1, 2].map(ip),
      renew: [],
    });
  });

  test('is waited for once those terms are over, and what is open is told when no time is left', () => {
    const told = { [ip(100)]: NOW, [ip(101)]: NOW };
    const late = { tell: [ip(101), ip(100)], open: [1, 2].map(ip) };
    expect(gate([1, 2].map(ip), held, 300, frugal, { told })).toMatchObject({ ...late, tell: [] });
    expect(gate([1, 2].map(ip), held, 300, frugal, { told, mayWait: false })).toMatchObject(late);
  });

  test('keeps open what is told because no time is left', () => {
    const soon = { [ip(100)]: NOW + GRACE + 60_000 };
    expect(gate([ip(1)], soon, 10, frugal, { mayWait: false })).toMatchObject({
      tell: [ip(100)],
      ttlS: 10,
      renew: [ip(100)],
    });
  });

  test('never tells for longer than it is held, nor what was told and is closed', () => {
    const soon = { [ip(100)]: NOW + GRACE + 20_000 };
    const told = { [ip(100)]: NOW + 90_000, [ip(102)]: NOW + 90_000 };
    expect(gate([ip(1)], soon, 300, frugal, { told })).toMatchObject({ tell: [ip(100)], ttlS: 20 });
    expect(gate([ip(1)], {}, 300, frugal, { told })).toMatchObject({ tell: [] });
  });
});

describe('where writes are dear', () => {
  const frugal = (addresses: readonly number[], held: Record<string, number>) =>
    gate(addresses.map(ip), held, 300, true);

  test('one confirmed address is enough: nothing more is opened', () => {
    expect(frugal([1, 2, 3], { [ip(2)]: well })).toMatchObject({ tell: [ip(2)], open: [] });
  });

  test('a wholly new answer is opened behind the client, who is told what is confirmed for the name', () => {
    const held = { [ip(100)]: well, [ip(101)]: well + 1 };
    expect(frugal([1], held)).toMatchObject({ tell: [ip(101), ip(100)], open: [ip(1)] });
  });

  test('which is not renewed for that: it may have left them', () => {
    const soon = NOW + GRACE + 60_000;
    expect(frugal([1], { [ip(100)]: soon, [ip(101)]: soon })).toMatchObject({
      tell: [ip(100), ip(101)],
      renew: [],
    });
  });

  test('a name that has moved is waited for: it may have left what it had', () => {
    expect(frugal([1], { [ip(100)]: well })).toMatchObject({ tell: [], open: [ip(1)] });
    expect(frugal([1, 2], { [ip(100)]: well, [ip(101)]: well })).toMatchObject({ tell: [] });
  });

  test('nothing confirmed for the name: enough are opened, and waited for', () => {
    expect(frugal([1, 2, 3, 4, 5], {})).toMatchObject({ tell: [], open: [1, 2, 3, 4].map(ip) });
  });
});

describe('a name that has as many open as it may', () => {
  const full = (until: (n: number) => number) =>
    Object.fromEntries(Array.from({ length: 16 }, (_, n) => [ip(100 + n), until(n)]));

  test('opens no more: four that are confirmed for it are told instead, those first that are held longest', () => {
    expect(
      gate(
        [1, 2, 3, 4, 5].map(ip),
        full((n) => well + n),
      ),
    ).toEqual({
      tell: [115, 114, 113, 112].map(ip),
      ttlS: 300,
      open: [],
      renew: [],
    });
  });

  test('tells what the answer has in common with them, and nothing else', () => {
    expect(
      gate(
        [1, 115, 2, 3].map(ip),
        full(() => well),
      ),
    ).toMatchObject({ tell: [ip(115)], open: [] });
  });

  test('never tells them for longer than they are held, nor of the other family', () => {
    const held = { ...full(() => NOW), [ip(100)]: NOW + GRACE + 20_000, '2001:db8::1': well };
    expect(gate([ip(1)], held)).toMatchObject({ tell: [], open: [ip(1)] });
    const mostly = { ...full(() => NOW + GRACE + 20_000), '2001:db8::1': well };
    expect(gate([ip(1)], mostly)).toMatchObject({ ttlS: 20, open: [] });
  });

  test('takes up new ones as the terms of the old run out', () => {
    const held = full((n) => (n < 3 ? NOW + GRACE : well));
    expect(gate([1, 2, 3, 4, 5].map(ip), held)).toMatchObject({ tell: [], open: [1, 2, 3].map(ip) });
  });
});

test('a told ttl never passes what the firewall holds less the grace', () => {
  expect(gate([ip(1)], { [ip(1)]: NOW + GRACE + 120_000 })).toMatchObject({
    tell: [ip(1)],
    ttlS: 120,
    renew: [ip(1)],
  });
});

test('an address whose grace has begun is not told', () => {
  expect(gate([ip(1)], { [ip(1)]: NOW + GRACE })).toMatchObject({ tell: [], open: [ip(1)] });
});

test('a lease is renewed when less than half its headroom is left', () => {
  const end = (leftOfHeadroom: number) => NOW + 300_000 + GRACE + leftOfHeadroom;
  expect(gate([ip(1)], { [ip(1)]: end(HEADROOM / 2 - 1) }).renew).toEqual([ip(1)]);
  expect(gate([ip(1)], { [ip(1)]: end(HEADROOM / 2) }).renew).toEqual([]);
});

test.each([GRACE, HEADROOM])(
  'what was told without a renewal is waited for by whoever ends the lease early, with a grace of %i ms',
  (graceMs) => {
    const ttlS = 60;
    const toldUntil = NOW + ttlS * 1000;
    const until = NOW + leaseTermMs(ttlS, graceMs, HEADROOM);
    const again = NOW + HEADROOM / 2;
    const held = new Map([[ip(1), until]]);
    expect(
      decideGate({ ...NOTHING_SPECIAL, graceMs, ttlS, now: again, addresses: [ip(1)], held }),
    ).toMatchObject({ tell: [ip(1)], ttlS, renew: [] });
    const needed = again + ttlS * 1000 + graceMs;
    expect(mayEndFrom({ toldUntil, until }, graceMs, HEADROOM)).toBeGreaterThanOrEqual(needed);
  },
);

test('without any headroom an answer of a second is told, though two reads and their way have moved its end', () => {
  const bare = { ...NOTHING_SPECIAL, ttlS: 1, graceMs: 0, headroomMs: 0, addresses: [ip(1)] };
  const until = NOW + leaseTermMs(1, 0, 0);
  expect(decideGate({ ...bare, held: new Map([[ip(1), until - 2 * READ_NOISE_MS]]) })).toMatchObject({
    tell: [ip(1)],
    ttlS: 1,
  });
});

test('whatever is held, no told term outlives its lease (P4), and no more than enough is opened', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.integer({ min: -1e6, max: 3e6 }), { nil: undefined }), { maxLength: 12 }),
      fc.integer({ min: 0, max: 2000 }),
      (holds, ttlS) => {
        const addresses = holds.map((_, n) => ip(n));
        const held: Record<string, number> = {};
        holds.forEach((offset, n) => {
          if (offset !== undefined) held[ip(n)] = NOW + offset;
        });
        const decision = gate(addresses, held, ttlS);
        for (const address of decision.tell) {
          expect((held[address] ?? 0) - GRACE).toBeGreaterThanOrEqual(NOW + decision.ttlS * 1000);
        }
        expect(decision.tell.length + decision.open.length).toBeGreaterThanOrEqual(
          Math.min(ENOUGH_ADDRESSES, addresses.length),
        );
        expect(decision.open.length).toBeLessThanOrEqual(ENOUGH_ADDRESSES);
      },
    ),
  );
});
