/** The arithmetic of promise P4: the gate and the ledger together, with a firewall that is always behind. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import { decideGate, leaseEnd, mayEndFrom } from '../../src/gate/decide.ts';
import { Ledger } from '../../src/ledger/ledger.ts';

const START = 1_000_000_000;
/** Few, so that there is often no room. */
const PER_NAME = 4;
const name = parseDomainName('cdn.example');
const ip = (n: number) => parseIpAddress(`198.51.100.${n}`);

const step = fc.record({
  afterMs: fc.oneof(fc.nat(5000), fc.nat(120_000), fc.nat(3_600_000)),
  ttlS: fc.oneof(fc.nat(10), fc.nat(400), fc.constant(86_400)),
  addresses: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
  /** The firewall was read back, and rounds down by so much. */
  readBack: fc.option(fc.nat(2000), { nil: undefined }),
});

/** The first lease ends two seconds before the rule, by itself: as if it were cut to that, and rounded. */
const LEASED_ALMOST_TO_THE_END = [
  { afterMs: 2_922_000, ttlS: 8, addresses: [1], readBack: undefined },
  { afterMs: 0, ttlS: 17, addresses: [1], readBack: 0 },
];

test.each([
  ['without an end', undefined],
  ['under a temporary rule', START + 3_000_000],
])('no told term, and no grace behind it, outlives its lease: %s', (_, endsAt) =>
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0, 60_000, 600_000),
      fc.constantFrom(0, 600_000),
      (steps, graceMs, headroomMs) => {
        const end = endsAt ?? Number.POSITIVE_INFINITY;
        const ledger = new Ledger(
          { save: () => undefined, end: () => undefined },
          {
            limits: { name: PER_NAME, rule: 1000, group: 1000, learn: 1000 },
            neededUntil: (lease) =>
              endsAt === undefined ? mayEndFrom(lease, graceMs, headroomMs) : lease.until,
            isWildcard: () => false,
          },
        );
        const view = new Map<IpAddress, number>();
        const usableUntil = new Map<IpAddress, number>();
        let now = START;
        const close = (address: IpAddress) => {
          const usable = usableUntil.get(address) ?? 0;
          expect(Math.min(usable + graceMs, end)).toBeLessThanOrEqual(now);
          view.delete(address);
        };
        for (const { afterMs, ttlS, addresses, readBack } of steps) {
          now += afterMs;
          if (now >= end) break;
          const due = [...ledger.live()].filter(({ until }) => until <= now);
          ledger.end(due, now, 'expired', () => false);
          for (const { address } of due) close(address);
          if (readBack !== undefined)
            for (const { address, until } of ledger.live()) view.set(address, until - readBack);

          const told = Math.min(ttlS, Math.floor((end - now) / 1000));
          const {
            tell,
            ttlS: toldS,
            open,
            renew,
          } = decideGate({
            addresses: addresses.map(ip),
            ttlS: told,
            now,
            graceMs,
            headroomMs,
            endsAt,
            held: view,
            frugal: false,
            perName: PER_NAME,
            mayOpen: () => true,
            toldUntil: () => undefined,
            mayWait: true,
          });
          const requests = [...open, ...renew].map((address) => ({
            groupId: 1,
            name,
            address,
            ruleId: 1,
            cause: 'answer' as const,
            toldUntil: now + told * 1000,
            until: leaseEnd({ now, ttlS: told, graceMs, headroomMs }, endsAt),
          }));
          for (const { address } of ledger.open(requests, now).evicted) close(address);
          for (const address of tell) {
            const until = ledger.get({ groupId: 1, name, address })?.until ?? 0;
            expect(until).toBeGreaterThanOrEqual(Math.min(now + toldS * 1000 + graceMs, end));
            usableUntil.set(address, Math.max(usableUntil.get(address) ?? 0, now + toldS * 1000));
          }
          expect(ledger.size).toBeLessThanOrEqual(PER_NAME);
        }
      },
    ),
    { numRuns: 400, ...(endsAt === undefined ? {} : { examples: [[LEASED_ALMOST_TO_THE_END, 60_000, 0]] }) },
  ),
);
