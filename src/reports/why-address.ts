/** Why an address is or was open: every interval with its cause, from what is written down. */
import type { LeaseInterval, Push, WhyAddress, WhyAddressInput } from '../actions/query-port.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { feedEntriesOfAddress } from '../store/feeds.ts';
import { listLeases } from '../store/leases.ts';
import type { MainDb } from '../store/open.ts';
import { pinsOfAddress } from '../store/pins.ts';
import { type Intervals, readIntervals } from './intervals.ts';
import { groupInScope, type ReportDeps } from './scope.ts';

/** Intervals of one address that are looked through; of those, the ones that are told in full. */
const LOOKED_AT = 2000;
const TOLD = 50;

export function whyAddress({ main, clock, serves }: Pick<ReportDeps, 'main' | 'clock' | 'serves'>) {
  return ({ address, period, ...scope }: WhyAddressInput): WhyAddress => {
    const now = clock.now();
    const then = period ?? { from: now, until: now };
    const groupId = groupInScope(main, scope)?.id;
    const found = candidates(main, address, now)
      .filter((one) => groupId === undefined || one.groupId === groupId)
      .sort((a, b) => b.startedAt - a.startedAt);
    const open = found.filter(({ startedAt, end }) => startedAt <= then.until && end > then.from);
    const before = found.find(({ startedAt }) => startedAt <= then.until);
    // Asked about a moment, only what was open then is told, and otherwise what was last before it.
    const told = period === undefined ? found : open.length > 0 ? open : before === undefined ? [] : [before];

    const intervals = readIntervals({ main, serves });
    const tell = (one: Candidate) => one.tell(intervals);
    const pushes = found.length > 0 ? [] : intervals.lastPushes(address, then.until);
    return {
      address,
      open: open.length > 0,
      sentence: explain({
        address,
        past: period !== undefined,
        open: open.slice(0, TOLD).map(tell),
        before: before === undefined ? undefined : tell(before),
        pushes,
      }),
      leases: told.slice(0, TOLD).map(tell),
    };
  };
}

interface Candidate {
  readonly groupId: number;
  readonly startedAt: number;
  /** Infinity while it has not ended. */
  readonly end: number;
  tell(intervals: Intervals): LeaseInterval;
}

function candidates(main: MainDb, address: IpAddress, now: number): Candidate[] {
  const leases = listLeases(main, { address, limit: LOOKED_AT }).items.map(
    (lease): Candidate => ({
      groupId: lease.groupId,
      startedAt: lease.startedAt,
      // Past its term and not ended, it is about to be.
      end: lease.endedAt ?? (lease.until > now ? Number.POSITIVE_INFINITY : lease.until),
      tell: (intervals) => intervals.ofLease(lease),
    }),
  );
  const pins = pinsOfAddress(main, address, LOOKED_AT).map(
    (pin): Candidate => ({
      groupId: pin.groupId,
      startedAt: pin.createdAt,
      end: pin.endedAt ?? pin.until ?? Number.POSITIVE_INFINITY,
      tell: (intervals) => intervals.ofPin(pin),
    }),
  );
  const entries = feedEntriesOfAddress(main, address, LOOKED_AT).map(
    (entry): Candidate => ({
      groupId: entry.groupId,
      startedAt: entry.startedAt,
      end: entry.endedAt ?? Number.POSITIVE_INFINITY,
      tell: (intervals) => intervals.ofFeedEntry(entry),
    }),
  );
  return [...leases, ...pins, ...entries];
}

interface Explained {
  readonly address: IpAddress;
  readonly past: boolean;
  readonly open: readonly LeaseInterval[];
  readonly before: LeaseInterval | undefined;
  /** Of the firewalls, where no interval explains the address. */
  readonly pushes: readonly Push[];
}

function explain({ address, past, open, before, pushes }: Explained): string {
  if (open.length > 0) {
    const reasons = [...new Set(open.map(reasonOf))].join(', ');
    return `${address} ${past ? 'was open then' : 'is open'} because of ${reasons}.`;
  }
  if (before !== undefined) {
    const ended = before.endedAt === undefined ? 'is about to end' : `ended at ${iso(before.endedAt)}`;
    const why = before.endCause === undefined ? '' : ` (${before.endCause})`;
    return `${address} ${past ? 'was closed then' : 'is closed'}; its last lease, for ${reasonOf(before)}, ${ended}${why}.`;
  }
  const held = pushes.filter(({ change }) => change !== 'remove');
  if (held.length > 0) {
    const where = held
      .map(({ firewall, cause, at }) => `${firewall} (${cause}, since ${iso(at)})`)
      .join(', ');
    return `No name, person or feed had ${address} open; it was put on ${where}.`;
  }
  return `${address} was never opened${past ? ' before that' : ''}, as far back as this ledger goes.`;
}

function reasonOf({ cause, name, note = '' }: LeaseInterval): string {
  if (cause === 'adopted') return 'what the alias held when it was first read';
  if (cause === 'pin') return name === '' ? 'a person who opened it by hand' : `a pin (${name})`;
  if (cause !== 'feed') return name;
  return note === '' ? `the feed ${name}` : `the feed ${name} (${note})`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
