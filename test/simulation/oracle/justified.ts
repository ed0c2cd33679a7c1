/** P2: each address in each table has a cause that can be derived from outside. */
import type { Firewall } from '../firewall.ts';
import type { Judgements } from './judgements.ts';
import type { OracleParts } from './parts.ts';
import type { Reason, Reasons } from './reasons.ts';
import type { Tables } from './tables.ts';
import { CLOCK_STEP_MS, CLOSED_MS, IN_USE_LIMIT_MS, IN_USE_MS, LINGER_MS } from './terms.ts';

const SENTINEL = '192.0.2.254';

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

  const usedAt = (firewall: Firewall, address: string, packets: number): number => {
    const { use } = tables.of(firewall);
    const used = use.get(address);
    if (used?.packets === packets) return used.at;
    const at = used === undefined ? 0 : now();
    use.set(address, { packets, at });
    return at;
  };

  const isJustified = (
    firewall: Firewall,
    address: string,
    packets: number,
    known: Map<string, Explanation>,
  ): boolean => {
    const before = known.get(address);
    if (before !== undefined && before.reason.until > now() && before.judged === judgements.standing()) {
      usedAt(firewall, address, packets);
      return true;
    }
    if (address === SENTINEL || firewall.foreign.has(address)) return true;
    if (openings.explains(firewall.design.groups, address)) return true;
    if ((tables.of(firewall).adoptedUntil.get(address) ?? 0) > now()) return true;
    const lastUse = usedAt(firewall, address, packets);
    const lingers = firewall.design.kind === 'dear' ? LINGER_MS + CLOCK_STEP_MS : 0;
    for (const group of firewall.design.groups) {
      for (const reason of reasons.of(group, address)) {
        const allowed = judgements.of(group, reason.name);
        const isAllowed = allowed.some((judgement) => judgement.allowed);
        // Told while learning: kept for the told term, whatever the mode is now.
        if (!isAllowed && reason.mayStayUntil > now() && !allowed.some(({ by }) => by === 'deny'))
          return true;
        if (!isAllowed) continue;
        const until = Math.max(reason.until, reason.outageUntil);
        if (until > now() && reason.until <= now()) count('seen: outage extension');
        if (reason.until > now()) known.set(address, { reason, judged: judgements.standing() });
        if (until + lingers > now()) return true;
        if (now() - lastUse < IN_USE_MS && until + IN_USE_LIMIT_MS > now()) return true;
      }
    }
    return false;
  };

  return (firewall) => {
    const { name, kind } = firewall.design;
    const { disturbedAt, unjustifiedSince } = tables.of(firewall);
    const known = explainedOf(firewall);
    for (const [address, { packets }] of firewall.table) {
      if (isJustified(firewall, address, packets, known)) {
        if (unjustifiedSince.size > 0) unjustifiedSince.delete(address);
        continue;
      }
      const since = Math.max(unjustifiedSince.get(address) ?? now(), disturbedAt);
      unjustifiedSince.set(address, since);
      if (now() - since > CLOSED_MS[kind])
        broken('P2', `${address} is open on ${name} for no reason since ${now() - since} ms`);
    }
    for (const address of unjustifiedSince.keys())
      if (!firewall.table.has(address)) unjustifiedSince.delete(address);
  };
}
