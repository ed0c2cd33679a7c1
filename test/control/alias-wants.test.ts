import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import { aliasWants } from '../../src/control/alias-wants.ts';
import type { Opening } from '../../src/control/openings.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { manualClock } from '../support/manual-clock.ts';

const NOW = 1_000_000_000;
const NAME = parseDomainName('plex.tv');
const ip = (n: number): IpAddress => parseIpAddress(`198.51.100.${n}`);

/** A ledger, openings and adopted addresses, and what they want: by one that remembers it, and put together anew. */
function wanting() {
  const clock = manualClock(NOW);
  const ledger = new Ledger({ save: () => undefined, end: () => undefined });
  const adopted = new Set<IpAddress>();
  const world = { openings: [] as readonly Opening[], groups: new Set([1]) };
  const make = () =>
    aliasWants({
      clock,
      ledger,
      openings: { current: () => world.openings, removalCause: () => undefined },
      isNeverOpened: () => false,
      isAllowed: () => true,
      groupIds: () => world.groups,
      graceOf: () => 0,
      lingerMs: 0,
      sentinel: false,
      isAdoptedHere: (address) => adopted.has(address),
      adoptedRevision: () => adopted.size,
    });
  const remembering = make();
  return {
    clock,
    world,
    adopted,
    desired: () => remembering.desired(),
    anew: () => make().desired(),
    open(n: number, forMs: number, cause: 'answer' | 'adopted' = 'answer') {
      const until = clock.now() + forMs;
      const lease = { groupId: 1, name: NAME, address: ip(n), ruleId: 7, cause, toldUntil: until, until };
      ledger.open([lease], clock.now());
    },
    end: (n: number) =>
      ledger.end(
        ledger.ofAddress(ip(n)).filter(({ name }) => name === NAME),
        clock.now(),
        'revoked',
        () => false,
      ),
  };
}

test('what nothing has changed is put together once', () => {
  const { clock, open, desired } = wanting();
  open(1, 1000);
  const before = desired();
  clock.advance(999);
  expect(desired()).toBe(before);
  clock.advance(1);
  expect([...desired()]).toEqual([]);
});

test('what is remembered is what would be put together anew, whatever happened', () => {
  const address = fc.integer({ min: 1, max: 5 });
  const forMs = fc.integer({ min: 1, max: 1000 });
  type Wanting = ReturnType<typeof wanting>;
  const step: fc.Arbitrary<(all: Wanting) => void> = fc.oneof(
    fc.tuple(address, forMs).map(
      ([n, ms]) =>
        (all: Wanting) =>
          all.open(n, ms),
    ),
    fc.tuple(address, forMs).map(
      ([n, ms]) =>
        (all: Wanting) =>
          all.open(n, ms, 'adopted'),
    ),
    address.map((n) => (all: Wanting) => void all.end(n)),
    address.map((n) => (all: Wanting) => void all.adopted.add(ip(n))),
    forMs.map((ms) => (all: Wanting) => all.clock.advance(ms)),
    fc.tuple(address, forMs).map(([n, ms]) => ({ world, clock }: Wanting) => {
      const pin = { groupId: 1, cause: 'pin', note: '', startedAt: clock.now() } as const;
      world.openings = [{ ...pin, address: ip(n), until: clock.now() + ms }];
    }),
    fc.boolean().map((isServed) => ({ world }: Wanting) => {
      world.groups = new Set(isServed ? [1] : []);
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const all = wanting();
      for (const go of steps) {
        go(all);
        expect(all.desired()).toEqual(all.anew());
      }
    }),
  );
});
