/** P3: what a reply tells is in every required table, or the reply is marked. What it tells is a reason from then on. */
import type { Firewall } from '../firewall.ts';
import { SECOND } from '../world.ts';
import type { Judgements } from './judgements.ts';
import type { OracleParts, ToldReply } from './parts.ts';
import { type Reason, type Reasons, surelyUntil } from './reasons.ts';
import type { Room } from './room.ts';
import type { Tables } from './tables.ts';
import { MARK_MS, ROUNDING_MS } from './terms.ts';

export interface RepliesParts
  extends Pick<
    OracleParts,
    'design' | 'decrees' | 'now' | 'clockOffset' | 'mayBeUnsaved' | 'broken' | 'count'
  > {
  readonly judgements: Judgements;
  readonly reasons: Reasons;
  readonly tables: Tables;
  readonly room: Room;
  readonly requiredOf: (group: string) => readonly Firewall[];
  /** When what upstreams answered last has run out: what is told later is the last good answer, not a new one. */
  readonly freshUntil: (family: 4 | 6, name: string) => number;
}

/** What was told lately, and what was told by it. */
interface Raised {
  readonly key: string;
  readonly at: number;
  readonly reason: Reason;
  readonly from: number;
  readonly to: number;
}

export function judgeReplies(parts: RepliesParts) {
  const { design, decrees, now, clockOffset, mayBeUnsaved, broken, count } = parts;
  const { judgements, reasons, tables, room } = parts;
  const strict = new Set(
    design.groups.filter(({ onHoldLimit }) => onHoldLimit === 'servfail').map(({ name }) => name),
  );
  /** In groups that would rather be told something closed than nothing. */
  let suspects = new Map<string, { readonly at: number; readonly detail: string }>();
  let raised: Raised[] = [];
  let marked = 0;

  const raise = (key: string, reason: Reason, to: number): void => {
    if (to > reason.toldUntil) raised.push({ key, at: now(), reason, from: reason.toldUntil, to });
    reason.toldUntil = Math.max(reason.toldUntil, to);
    if (!mayBeUnsaved()) reason.savedUntil = reason.toldUntil;
  };

  return {
    told({ group, name, type, addresses, key }: ToldReply): void {
      const said = judgements.of(group, name);
      const isEnforced = said.length > 0 && said.every(({ allowed, enforced }) => allowed && enforced);
      const isLearnt = said.some(({ by }) => by === 'learn');
      const isOnlyLearnt = said.every(({ by }) => by === 'learn');
      const ends = said.map(({ endsAt = Number.POSITIVE_INFINITY }) => endsAt - clockOffset());
      const endsAt = Math.min(...ends);
      const family = type === 'A' ? 4 : 6;
      // An upstream that is slow has not failed: what it answered last is told all the same.
      const freshMs = parts.freshUntil(family, name) - now();
      if (addresses.length > 0 && freshMs < 0) reasons.goOn(group, family, name);
      const told = addresses.map(({ address }) => address);
      for (const { address, ttlS } of addresses) {
        if (decrees.possible.length === 1 && now() + ttlS * 1000 > endsAt + SECOND)
          broken('P4', `${name} ${type} ${address} is told for ${ttlS} s, longer than what allows it lasts`);
        const missing = parts.requiredOf(group).filter((firewall) => !tables.isOpen(firewall, address));
        const reason = reasons.ensure(group, name, address);
        const until = Math.min(now() + ttlS * 1000 + reasons.graceOf(group), endsAt);
        // Told in the place of others, for less than the answer that named them lasts, it is renewed for as long as that.
        const longestS = Math.max(ttlS, freshMs / 1000);
        const leasedUntil = Math.min(now() + reasons.leastTerm(group, ttlS), endsAt);
        reasons.extend(reason, reasons.longestUntil(group, longestS, ends), leasedUntil);
        reason.mayStayUntil = Math.max(reason.mayStayUntil, until);
        if (isLearnt) reason.learnStaysUntil = Math.max(reason.learnStaysUntil, until);
        if (missing.length === 0 && isEnforced) raise(key, reason, until);
        // While nobody waits for anything, what finds no room is told all the same, and the last good answer of what has ended: it is open
        // for another reason, if at all.
        const isLeased = () =>
          (freshMs >= 0 || surelyUntil(reason) > now()) &&
          !room.mayBeLeftOut(group, name, reason.family, told);
        if (missing.length === 0 && !isEnforced && isLeased()) {
          reason.learntUntil = Math.max(reason.learntUntil, until - ROUNDING_MS);
          if (isOnlyLearnt) reason.learntAloneUntil = Math.max(reason.learntAloneUntil, until - ROUNDING_MS);
        }
        const first = missing.find((firewall) => !tables.isUnnoticedLoss(firewall, address));
        if (first === undefined || !isEnforced) continue;
        const detail = `${group} was told ${address} for ${name} ${type}, which ${first.design.name} does not hold`;
        if (strict.has(group)) broken('P3', detail);
        else suspects.set(key, { at: now(), detail });
      }
    },

    /** The query log says that a reply was told without being confirmed. */
    markedUnconfirmed(key: string, times: number): void {
      marked += times;
      count('hold limit reached');
      suspects.delete(key);
      // It was open for a while yet, as it happened; nobody said for how long.
      for (const { key: of, reason, from, to } of raised)
        if (of === key && reason.toldUntil === to) reason.toldUntil = from;
    },

    /** What the status counts of these, since the data plane started; both have had time to meet. */
    compareUnconfirmed(counted: number): void {
      if (counted !== marked)
        broken('P3', `${marked} replies were marked as unconfirmed, the status counts ${counted}`);
    },

    /** Nobody answers, and what was told last is written down nowhere. */
    dataPlaneGone(): void {
      suspects = new Map();
      marked = 0;
    },

    /** Once a minute: whatever nobody has marked by now was told as confirmed. */
    lookForUnmarked(): void {
      raised = raised.filter(({ at }) => now() - at <= MARK_MS);
      for (const { at, detail } of suspects.values())
        if (now() - at > MARK_MS) broken('P3', `${detail}; no line of the log marks it`);
    },
  };
}
