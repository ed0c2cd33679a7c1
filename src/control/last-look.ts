/**
 * The look at a lease shortly before its end: does the upstream still answer for the name, and is the address still used?
 *
 *   the upstream is silent or fails ──▶ the name's leases are kept (outage), a minute at a time
 *   it answers, the address is used ──▶ kept (in-use), two minutes at a time
 *   it answers, and nobody uses it  ──▶ the lease may end in its time
 */
import type { Clock } from '../base/clock.ts';
import { familyOf, type IpAddress } from '../base/ip-address.ts';
import { type Lease, type LeaseRequest, leaseKey } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Decision } from '../plane/policy-snapshot.ts';
import type { ResolveOutcome } from '../plane/protocol.ts';
import type { DataLink } from './data-link.ts';
import { lookAt, qtypeOf } from './lease-terms.ts';

/** What an upstream gets when the lease has come to its end before anybody looked. */
const LATE_PATIENCE_MS = 5000;

/** Time for the firewall to be told that a lease goes on, before its own time-out ends the entry. */
const PUSH_MARGIN_MS = 400;

/** Each failed look at the upstream keeps a name's leases for this long; then it is asked again. */
const OUTAGE_STEP_MS = 60_000;

/** An address that is still used at the end of its lease is kept for this long, then it is judged again. */
const IN_USE_STEP_MS = 2 * 60_000;

/** And for this long at most: a connection that never ends is nobody's answer any more. */
const IN_USE_LIMIT_MS = 24 * 3_600_000;

export interface LastLookDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly link: DataLink;
  /** What the policy says of the lease's question now, or at a later time. */
  readonly verdictOn: (lease: Lease | LeaseRequest, at?: number) => Decision | undefined;
  readonly isTemporary: (ruleId: number) => boolean;
  /** Whether the firewall let anything through to the address since then; undefined: it cannot tell. */
  readonly usedSince: (groupId: number, address: IpAddress, at: number) => boolean | undefined;
  /** Puts leases into the ledger as given, on a full disk in memory only, and tells who must know. */
  readonly keep: (leases: readonly Lease[]) => void;
}

export interface LastLook {
  /** True when nothing more needs to be known before the lease may end. */
  isSettled(lease: Lease): boolean;
  /** Settles what ends now of the name and family, or keeps all of it for another while. */
  look(lease: Lease): Promise<void>;
  /** These are live no more. */
  forget(leases: readonly Lease[]): void;
}

export function createLastLook(deps: LastLookDeps): LastLook {
  const { clock, ledger, link, verdictOn } = deps;
  /** Live leases whose upstream was seen to answer shortly before their end, with that end. */
  const mayEnd = new Map<string, number>();

  /** A rule or pause that ends takes its leases with it; before that they are kept through an outage like all others. */
  const endsWithItsRule = (lease: Lease) => lease.until >= endOfRule(lease);

  /** Where something else allows the name from then on, it is no end: nothing may be closed in between. */
  const endOfRule = (lease: Lease): number => {
    let end: number | undefined;
    for (let verdict = verdictOn(lease); verdict?.allowed; verdict = verdictOn(lease, end)) {
      if (verdict.endsAt === undefined) return Number.POSITIVE_INFINITY;
      end = verdict.endsAt;
    }
    return end ?? Number.POSITIVE_INFINITY;
  };

  const settle = (leases: readonly Lease[]) => {
    for (const lease of leases) mayEnd.set(leaseKey(lease), lease.until);
  };

  /** Only what a rule without an end opened: nobody meant the rest to stay. */
  const isInUse = ({ groupId, address, ruleId, cause, startedAt, until }: Lease): boolean => {
    if (ruleId === undefined || deps.isTemporary(ruleId)) return false;
    if (cause === 'in-use' && until >= startedAt + IN_USE_LIMIT_MS) return false;
    return deps.usedSince(groupId, address, clock.now() - IN_USE_STEP_MS) === true;
  };

  const inUse = (lease: Lease): Lease => {
    const last = (lease.cause === 'in-use' ? lease.startedAt : clock.now()) + IN_USE_LIMIT_MS;
    return { ...lease, cause: 'in-use', until: Math.min(lease.until + IN_USE_STEP_MS, last) };
  };

  /** An upstream that has not answered by then counts as failed: the firewall must hear of it before the entry ends. */
  const within = (limitMs: number, look: Promise<ResolveOutcome>): Promise<ResolveOutcome> => {
    let cancel = () => {};
    const late = new Promise<ResolveOutcome>((resolve) => {
      cancel = clock.after(limitMs, () => resolve('failed'));
    });
    return Promise.race([look, late]).finally(() => cancel());
  };

  return {
    isSettled: (lease) =>
      lease.cause === 'adopted' ||
      mayEnd.get(leaseKey(lease)) === lease.until ||
      endsWithItsRule(lease) ||
      verdictOn(lease)?.allowed !== true,
    /** Failure never empties: only an upstream that answers lets a name's addresses go. */
    async look(lease) {
      const { groupId, name } = lease;
      const family = familyOf(lease.address);
      const left = lease.until - clock.now() - PUSH_MARGIN_MS;
      // Too late to save an entry that ends by itself; then at least no silence is made up.
      const patience = left > 0 ? left : LATE_PATIENCE_MS;
      const outcome = await within(
        patience,
        link.resolve({ groupId, name, qtype: qtypeOf(lease), purpose: 'probe' }),
      );
      const sameName = ledger.ofQuestion(groupId, name, family);
      if (outcome === 'failed') {
        ledger.upstreamFailed(clock.now());
        const kept = ledger.throughOutage(groupId, name, family, clock.now(), OUTAGE_STEP_MS);
        if (kept.length === 0) settle(sameName);
        else deps.keep(kept.map((one) => ({ ...one, until: Math.min(one.until, endOfRule(one)) })));
        return;
      }
      ledger.outageOver(groupId, name, family);
      // Those that end later are looked at by then: an upstream that answers now may be silent at their end.
      const due = sameName.filter((other) => lookAt(other) <= clock.now());
      const used = due.filter(isInUse);
      deps.keep(used.map(inUse));
      settle(due.filter((other) => !used.includes(other)));
    },
    forget(leases) {
      for (const lease of leases) mayEnd.delete(leaseKey(lease));
    },
  };
}
