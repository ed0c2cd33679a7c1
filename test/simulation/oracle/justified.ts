/** P2: each address in each table has a cause that can be derived from outside. */
import type { Firewall } from '../firewall.ts';
import { MINUTE } from '../world.ts';
import type { Judgements } from './judgements.ts';
import type { OracleParts } from './parts.ts';
import type { Reason, Reasons } from './reasons.ts';
import type { Tables, Unjustified } from './tables.ts';
import {
  IN_USE_LIMIT_MS,
  IN_USE_MS,
  LINGER_MS,
  LINGER_RETURNED_MS,
  SETTLED_MS,
  TOGETHER_MS,
  UNDER_WAY_MS,
} from './terms.ts';

const SENTINEL = '192.0.2.254';

/** Tables are looked at once a minute: what explained an address within this did so the last time. */
const LAST_TIME_MS = 2 * MINUTE;

export interface JustifiedParts extends Pick<OracleParts, 'openings' | 'now' | 'broken' | 'count'> {
  readonly judgements: Judgements;
  readonly reasons: Reasons;
  readonly tables: Tables;
}

interface Explanation {
  readonly reason: Reason;
  /** By which judgements its name is allowed. */
  readonly judged: object;
}

/** Looks through a table for what has no cause, once a minute. */
export function lookForUnjustified(parts: JustifiedParts): (firewall: Firewall) => void {
  const { openings, now, broken, count, judgements, reasons, tables } = parts;
  /** What was found last: a term explains its address until it is over, or people decide. */
  const explained = new Map<Firewall, Map<string, Explanation>>();
  const explainedOf = (firewall: Firewall) => {
    const known = explained.get(firewall) ?? new Map<string, Explanation>();
    explained.set(firewall, known);
    return known;
  };

  const isInUse = (firewall: Firewall, address: string, packets: number): boolean => {
    const { use } = tables.of(firewall);
    const used = use.get(address);
    if (used === undefined || packets !== used.packets)
      use.set(address, { packets, at: used === undefined ? 0 : now() });
    return now() - (use.get(address)?.at ?? 0) < IN_USE_MS;
  };

  const isExplainedBy = (reason: Reason, group: string, isDear: boolean, isUsed: boolean): boolean => {
    const allowed = judgements.of(group, reason.name);
    const isAllowed = allowed.some((judgement) => judgement.allowed);
    // Told while learning: kept for the told term, whatever the mode is now.
    if (!isAllowed) return reason.mayStayUntil > now() && !allowed.some(({ by }) => by === 'deny');
    const until = Math.max(reason.until, reason.outageUntil);
    if (until > now() && reason.until <= now()) count('seen: outage extension');
    // One that is used goes on from its end, and not after it.
    if (isUsed && Math.max(until, reason.inUseUntil) + IN_USE_MS > now())
      reason.inUseUntil = Math.min(now() + IN_USE_MS, until + IN_USE_LIMIT_MS);
    const lingers = !isDear ? 0 : reason.mayHaveReturned ? LINGER_RETURNED_MS : LINGER_MS;
    return Math.max(until, reason.inUseUntil) + lingers > now();
  };

  const isJustified = (
    firewall: Firewall,
    address: string,
    packets: number,
    known: Map<string, Explanation>,
  ): boolean => {
    const before = known.get(address);
    const isUsed = isInUse(firewall, address, packets);
    // One that is used may go on for another name, or another group's table, when this one is over.
    if (
      !isUsed &&
      before !== undefined &&
      before.reason.until > now() &&
      before.judged === judgements.standing()
    )
      return true;
    if (address === SENTINEL || tables.isAnothers(firewall, address)) return true;
    if (openings.explains(firewall.design.groups, address)) return true;
    if ((tables.of(firewall).adoptedUntil.get(address) ?? 0) > now()) return true;
    const { groups, kind } = firewall.design;
    let isExplained = false;
    for (const group of groups) {
      for (const reason of reasons.of(group, address)) {
        if (!isExplainedBy(reason, group, kind === 'dear', isUsed)) continue;
        reason.explainedAt = now();
        if (reason.until > now()) known.set(address, { reason, judged: judgements.standing() });
        isExplained = true;
      }
    }
    return isExplained;
  };

  /** What explained it the last time is refused now, all of it. */
  const wasClosed = ({ design: { groups } }: Firewall, address: string): boolean => {
    const last = groups
      .flatMap((group) => [...reasons.of(group, address)])
      .filter(({ explainedAt, until }) => now() - Math.max(explainedAt, until) < LAST_TIME_MS);
    const isRefused = ({ group, name }: Reason) =>
      judgements.of(group, name).every(({ allowed }) => !allowed);
    return last.length > 0 && last.every(isRefused);
  };

  /** No answer ever named it, so that only the guard's person can let it go while a large removal waits. */
  const isForeign = (firewall: Firewall, address: string): boolean =>
    firewall.foreign.has(address) &&
    firewall.design.groups.every(
      (group) => reasons.of(group, address)[Symbol.iterator]().next().done === true,
    );

  /** The moment by which it must be gone. */
  const closedBy = (firewall: Firewall, { since, isUrgent }: Unjustified): number => {
    const { kind } = firewall.design;
    const { wroteAt } = tables.of(firewall);
    if (kind !== 'dear' || isUrgent || wroteAt > since + UNDER_WAY_MS) return since + SETTLED_MS[kind];
    return Math.max(since, wroteAt + TOGETHER_MS) + SETTLED_MS[kind];
  };

  return (firewall) => {
    const { disturbedAt, unjustified, waiting } = tables.of(firewall);
    const known = explainedOf(firewall);
    for (const [address, { packets }] of firewall.table) {
      if (isJustified(firewall, address, packets, known)) {
        if (unjustified.size > 0) unjustified.delete(address);
        continue;
      }
      const before = unjustified.get(address);
      const found: Unjustified = {
        // It is one of those that a person is asked about.
        since:
          waiting.size > 0 && isForeign(firewall, address)
            ? now()
            : Math.max(before?.since ?? now(), disturbedAt),
        isUrgent: before?.isUrgent ?? wasClosed(firewall, address),
      };
      unjustified.set(address, found);
      if (now() > closedBy(firewall, found))
        broken(
          'P2',
          `${address} is open on ${firewall.design.name} for no reason since ${now() - found.since} ms`,
        );
    }
    for (const address of unjustified.keys()) if (!firewall.table.has(address)) unjustified.delete(address);
  };
}
