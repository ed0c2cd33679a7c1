/**
 * Looks after leases between the answer that made them and their end.
 *
 *   requests from the data plane ─▶ committed ─▶ sync nudged
 *   shortly before the end of a lease ─▶ does the upstream answer for the name? ─no─▶ kept (outage)
 *                                                                            ─yes─▶ ended in its time ─▶ sync nudged
 *   change of policy ─▶ each lease finds its rule again, or ends; what was only learnt runs out its told term
 */
import type { Clock } from '../base/clock.ts';
import type { DomainName } from '../base/domain-name.ts';
import { DueQueue } from '../base/due-queue.ts';
import { type Family, familyOf, type IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import type { Lease, LeaseEndCause, LeaseRequest, LeftOut } from '../ledger/lease.ts';
import type { Ledger, Opened } from '../ledger/ledger.ts';
import type { CompiledGroup, PolicySnapshot } from '../plane/policy-snapshot.ts';
import type { DataLink } from './data-link.ts';
import { createLastLook } from './last-look.ts';
import { type Learning, type LearningTime, type ToldAddress, watchLearning } from './learning.ts';
import { addressesOf, boundTo, endCause, groupsOf, lookAt, nameOf, qtypeOf, runsOut } from './lease-terms.ts';

/** A burst of leases that end together is dealt with together. */
const MIN_ALARM_MS = 50;

export interface LeaseKeeperDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly link: DataLink;
  readonly policy: () => PolicySnapshot;
  readonly isTemporary: (ruleId: number) => boolean;
  /** Runs a write; false when the disk is full. */
  readonly attempt: (what: string, write: () => void) => boolean;
  /** Whether the firewall let anything through to the address since then; undefined: it cannot tell. */
  readonly usedSince: (groupId: number, address: IpAddress, at: number) => boolean | undefined;
  /** What a group's clients were told then and may still use, leased or not. */
  readonly toldLately: (group: CompiledGroup, learnt: LearningTime) => readonly ToldAddress[];
  /** What is known of it at a start. */
  readonly lastLearning: (groupId: number) => Learning;
  /** Something opened, changed or ended for these groups. */
  readonly onChange: (
    groupIds: ReadonlySet<number>,
    why: 'nudge' | 'lease-end',
    /** Opened or extended, and nothing else. */
    opened?: readonly IpAddress[],
    /** Where leases ended or changed. */
    closed?: readonly IpAddress[],
  ) => void;
  /** These were asked for, and will not be opened. */
  readonly onLeftOut: (leftOut: readonly LeftOut[]) => void;
}

/** Since the start. */
export interface LeaseCounters {
  /** Leases past their told term that were ended because a cap needed room. */
  readonly evicted: number;
  /** Addresses that were asked for and not opened, because of a cap or a full disk. */
  readonly leftOut: number;
  /** Leases that ended for no other reason than their time, or a cap, while no upstream answered for their name (P5). */
  readonly endedInOutage: number;
}

export interface LeaseKeeper {
  open(requests: readonly LeaseRequest[]): void;
  /** No upstream answered for this; whoever asked. */
  upstreamFailed(groupId: number, name: DomainName, family: Family): void;
  /** After a new policy came into force; returns the leases that ended. */
  rebind(): readonly Lease[];
  /** Those that would end, were this policy in force now. */
  wouldEnd(policy: PolicySnapshot): readonly Lease[];
  /** Ends what the group has open at the address: a person takes it back, whatever a client was told. */
  revoke(groupId: number, address: IpAddress): void;
  /** Looks at the clock: ends what is due, and sets the alarm for the next end. */
  wake(): void;
  counters(): LeaseCounters;
  close(): void;
}

export function createLeaseKeeper(deps: LeaseKeeperDeps): LeaseKeeper {
  const { clock, log, ledger } = deps;
  /** Names whose upstream is being looked at. */
  const looking = new Set<string>();
  /** When each lease wants to be looked at next; too early does no harm. */
  const due = new DueQueue<Lease>();
  const counters = { evicted: 0, leftOut: 0, endedInOutage: 0 };
  const learning = watchLearning(deps.lastLearning);
  let cancelAlarm: (() => void) | undefined;
  let alarmAt = Number.POSITIVE_INFINITY;

  /** An end that moved away is seen when its old moment comes: renewals, of which there are many, cost nothing here. */
  const schedule = (lease: Lease, at = lookAt(lease)) => {
    if (at >= (due.dueAt(lease) ?? Number.POSITIVE_INFINITY)) return;
    due.set(lease, at);
    wakeBy(at);
  };

  const wakeBy = (at: number) => {
    if (at >= alarmAt) return;
    cancelAlarm?.();
    alarmAt = at;
    cancelAlarm = clock.after(Math.max(at - clock.now(), MIN_ALARM_MS), wake);
  };

  const verdictOn = (lease: Lease | LeaseRequest, at = clock.now()) =>
    deps.policy().decide(lease.groupId, lease.name, qtypeOf(lease), at);

  const keep = (leases: readonly Lease[]) => {
    if (leases.length === 0) return;
    if (!deps.attempt('leases', () => ledger.replace(leases, clock.now()))) ledger.extendUnsaved(leases);
    deps.onChange(groupsOf(leases), 'nudge', addressesOf(leases));
  };

  const lastLook = createLastLook({
    clock,
    ledger,
    link: deps.link,
    verdictOn,
    isTemporary: deps.isTemporary,
    usedSince: deps.usedSince,
    keep,
  });

  /** What nobody allows any more, or only for a time, an outage does not keep. */
  const noteEndInOutage = (leases: readonly Lease[]) => {
    for (const lease of leases) {
      if (!ledger.isInOutage(lease, clock.now())) continue;
      // A lease that ends with its rule has ended by the time that has come: what allowed it just before counts.
      const verdict = verdictOn(lease, Math.min(lease.until, clock.now()) - 1);
      const isMeantToEnd =
        verdict?.allowed !== true || (verdict.endsAt ?? Number.POSITIVE_INFINITY) <= lease.until;
      if (!isMeantToEnd) counters.endedInOutage++;
    }
  };

  const end = (leases: readonly Lease[], cause: LeaseEndCause, why: 'nudge' | 'lease-end') => {
    if (leases.length === 0) return;
    lastLook.forget(leases);
    deps.attempt('the end of leases', () => ledger.end(leases, clock.now(), cause, deps.isTemporary));
    deps.onChange(groupsOf(leases), why, undefined, addressesOf(leases));
  };

  const wake = () => {
    alarmAt = Number.POSITIVE_INFINITY;
    cancelAlarm?.();
    const now = clock.now();
    const ended: Lease[] = [];
    const unsettled: Lease[] = [];
    for (let known = due.take(now); known !== undefined; known = due.take(now)) {
      const lease = ledger.get(known);
      if (lease === undefined) continue;
      if (lookAt(lease) > now) schedule(lease);
      else if (!lastLook.isSettled(lease)) unsettled.push(lease);
      else if (lease.until <= now) ended.push(lease);
      else schedule(lease, lease.until);
    }
    noteEndInOutage(ended);
    end(ended, 'expired', 'lease-end');
    for (const [key, leases] of Map.groupBy(unsettled, nameOf)) {
      const first = leases[0];
      if (first === undefined || looking.has(key)) continue;
      looking.add(key);
      void lastLook
        .look(first)
        .catch((error: unknown) => log.error({ err: error }, 'the end of a lease could not be dealt with'))
        .finally(() => {
          looking.delete(key);
          // All of them: those that were met while this was under way were left to it.
          const { groupId, name, address } = first;
          for (const lease of ledger.ofQuestion(groupId, name, familyOf(address))) {
            const isSettled = lookAt(lease) <= clock.now() && lastLook.isSettled(lease);
            schedule(lease, isSettled ? lease.until : undefined);
          }
        });
    }
    const next = due.next();
    if (next !== undefined) wakeBy(next);
  };

  /** What clients were told while nothing was enforced stays good for its term, also where learning opened nothing. */
  const leaseWhatWasTold = (groupId: number, learnt: LearningTime) => {
    const group = deps.policy().group(groupId);
    if (group?.gated !== true) return;
    const requests = deps.toldLately(group, learnt).flatMap((told): LeaseRequest[] => {
      const until = told.toldUntil + group.graceMs;
      const request = { ...told, groupId, ruleId: undefined, cause: 'learn', until } as const;
      const verdict = verdictOn(request);
      if (verdict?.allowed === true) return [boundTo<LeaseRequest>(request, verdict)];
      return verdict?.reason === 'deny-rule' ? [] : [request];
    });
    take(openOrExtend(requests));
  };

  /** What was told while learning is kept for its told term and the grace, and never longer than it had. */
  const toldOut = (lease: Lease): Lease => {
    const grace = deps.policy().group(lease.groupId)?.graceMs ?? 0;
    const until = Math.min(lease.until, lease.toldUntil + grace);
    return until === lease.until ? lease : { ...lease, until };
  };

  /** What ended with its rule or pause, and is allowed all the same: it goes on for a grace, so that it is looked at first. */
  const outliving = (before: Lease, lease: Lease, endsAt = Number.POSITIVE_INFINITY): Lease => {
    if (lease === before || lease.until > clock.now()) return lease;
    const grace = deps.policy().group(lease.groupId)?.graceMs ?? 0;
    return { ...lease, until: Math.min(clock.now() + grace, endsAt) };
  };

  /** A lease under a policy: as it is, changed, or undefined when nothing justifies it any more. */
  const rebound = (lease: Lease, verdict: ReturnType<PolicySnapshot['decide']>): Lease | undefined => {
    if (lease.cause === 'adopted') return lease;
    if (verdict?.allowed === true) return outliving(lease, boundTo(lease, verdict), verdict.endsAt);
    return runsOut(lease, verdict) ? toldOut(lease) : undefined;
  };

  /** The last good answer of an outage renews what is open; what ended meanwhile stays closed. */
  const isTooLate = ({ cause, groupId, name, address }: LeaseRequest) =>
    cause === 'outage' && ledger.get({ groupId, name, address }) === undefined;

  /** On a full disk what is open is extended in memory; nothing is opened of which no trace would be left. */
  const openOrExtend = (requests: readonly LeaseRequest[]): Opened => {
    const open = ledger.alreadyOpen(requests, clock.now());
    if (open !== undefined) return { leases: open, leftOut: [], evicted: [] };
    let opened: Opened = { leases: [], leftOut: [], evicted: [] };
    const isWritten = deps.attempt('leases', () => {
      opened = ledger.open(requests, clock.now());
    });
    if (isWritten) return opened;
    ledger.extendUnsaved(requests);
    const leases = requests.map((request) => ledger.get(request)).filter((lease) => lease !== undefined);
    const leftOut = requests
      .filter((request) => ledger.get(request) === undefined)
      .map(({ groupId, name, address }): LeftOut => ({ groupId, name, address, cap: 'storage' }));
    return { leases, leftOut, evicted: [] };
  };

  const take = ({ leases, leftOut, evicted }: Opened) => {
    counters.leftOut += leftOut.length;
    counters.evicted += evicted.length;
    noteEndInOutage(evicted);
    lastLook.forget(evicted);
    if (leftOut.length > 0) deps.onLeftOut(leftOut);
    if (leases.length > 0) deps.onChange(groupsOf(leases), 'nudge', addressesOf(leases));
    if (evicted.length > 0) deps.onChange(groupsOf(evicted), 'lease-end', undefined, addressesOf(evicted));
  };

  /** An answer to a look says nothing any more: what it let go is looked at again. */
  const upstreamFailed = (groupId: number, name: DomainName, family: Family) => {
    ledger.upstreamFailed(clock.now());
    const sameName = ledger.ofQuestion(groupId, name, family);
    lastLook.forget(sameName);
    for (const lease of sameName) schedule(lease);
  };

  ledger.watch((lease, before) => {
    if (before !== undefined) due.replace(before, lease);
    schedule(lease);
  });

  return {
    open(requests) {
      for (const { cause, groupId, name, address } of requests)
        if (cause === 'outage') upstreamFailed(groupId, name, familyOf(address));
      // The policy may have changed while the request was under way: it is opened for what allows it now, or not at all.
      const justified = requests.flatMap((request) => {
        const verdict = verdictOn(request);
        return verdict?.allowed === true && !isTooLate(request) ? [boundTo(request, verdict)] : [];
      });
      if (justified.length === 0) return;
      take(openOrExtend(justified));
    },
    upstreamFailed,
    rebind() {
      const changed: Lease[] = [];
      const ending = new Map<LeaseEndCause, Lease[]>();
      for (const lease of ledger.live()) {
        const verdict = verdictOn(lease);
        const next = rebound(lease, verdict);
        if (next === undefined) {
          const why = endCause(lease, verdict === undefined, deps.isTemporary);
          ending.set(why, [...(ending.get(why) ?? []), lease]);
        } else if (next !== lease) changed.push(next);
      }
      // On a full disk they keep their old rule, in memory as on disk, until the next change of policy.
      deps.attempt('leases under another rule', () => ledger.replace(changed, clock.now()));
      for (const [why, leases] of ending) end(leases, why, 'nudge');
      for (const { groupId, learnt } of learning.ended(deps.policy().groups, clock.now()))
        leaseWhatWasTold(groupId, learnt);
      // What could end without a look before may need one now.
      for (const lease of ledger.live()) schedule(lease);
      return [...ending.values()].flat();
    },
    wouldEnd: (policy) =>
      [...ledger.live()].filter((lease) => {
        const verdict = policy.decide(lease.groupId, lease.name, qtypeOf(lease), clock.now());
        return rebound(lease, verdict) === undefined;
      }),
    revoke(groupId, address) {
      const leases = ledger.ofAddress(address).filter((lease) => lease.groupId === groupId);
      end(leases, 'revoked', 'nudge');
    },
    wake,
    counters: () => counters,
    close() {
      cancelAlarm?.();
    },
  };
}
