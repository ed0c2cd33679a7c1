import { ENDED_REMEMBERED_MS, type Lease, type LeaseCause } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { OUTAGE_LIMIT_MS } from '../ledger/outages.ts';
import { leasesEndedSince, liveLeases } from '../store/leases.ts';
import type { MainDb } from '../store/open.ts';

export interface RestoreInput {
  readonly db: MainDb;
  readonly ledger: Ledger;
  readonly now: number;
  /** The last sign of life of the run before; undefined: there was none. */
  readonly lastSeenAt: number | undefined;
  /** False when the clock cannot be trusted: then no lease may be taken to have ended while we were away. */
  readonly absenceKnown: boolean;
  readonly graceOf: (groupId: number) => number;
  readonly isTemporary: (ruleId: number) => boolean;
  /** Runs a write; false when the disk is full. */
  readonly attempt: (what: string, write: () => void) => boolean;
}

/**
 * The ledger as the last run left it.
 *
 *   its end is ahead                      goes on, never for longer than it had left when we stopped
 *   ended while we were away              kept until it was looked at, as before every end: nobody knows whether its upstream
 *                                         answers, or whether it is in use; a day later no outage would keep it: expired
 *   the clock is not trusted              at least one grace, cause restored: nobody knows what was left of it; one that
 *                                         has had it ends in its time
 */
export function restoreLedger(input: RestoreInput): void {
  const { db, ledger, now, lastSeenAt, absenceKnown, graceOf, isTemporary, attempt } = input;
  const back = Math.min(0, now - (lastSeenAt ?? now));
  const live = liveLeases(db).map((lease) => withinItsTerm(lease, now, back));
  const ended = leasesEndedSince(db, {
    since: now - ENDED_REMEMBERED_MS,
    rememberedMs: ENDED_REMEMBERED_MS,
  });
  ledger.restore(live, ended);

  const isOver = ({ until, cause }: Lease) => {
    if (until > now) return false;
    return absenceKnown ? cause === 'adopted' || now - until >= OUTAGE_LIMIT_MS : cause === 'restored';
  };
  let looks = 0;
  const prolonged = (lease: Lease): Lease => {
    if (absenceKnown)
      return lease.until > now ? lease : { ...lease, until: now + LOOK_MS + looks++ * BETWEEN_LOOKS_MS };
    const until = now + graceOf(lease.groupId);
    const hadItsGrace = lease.cause === 'restored';
    if (hadItsGrace || lease.until >= until) return lease;
    const cause = SAYS_ITS_END.has(lease.cause) ? lease.cause : 'restored';
    // What learning told is cut to its told term at each change of policy: by a clock that was set nobody knows when that is over.
    const toldUntil = cause === 'learn' ? Math.max(lease.toldUntil, now) : lease.toldUntil;
    return { ...lease, cause, toldUntil, until };
  };
  attempt('ended leases', () => ledger.end(live.filter(isOver), now, 'expired', isTemporary));
  const changed = live.flatMap((lease) => {
    const next = isOver(lease) ? lease : prolonged(lease);
    return next === lease ? [] : [next];
  });
  if (!attempt('leases', () => ledger.replace(changed, now))) ledger.extendUnsaved(changed);
}

/** Milliseconds until what ended while we were away was looked at: for the other threads to come up, and to ask the upstreams. */
const LOOK_MS = 60_000;

/** Milliseconds: thousands that ended meanwhile ask the upstreams one after the other. */
const BETWEEN_LOOKS_MS = 10;

/** Without a rule the cause says what a lease ends with: learning, a pause, or that nobody knows it. */
const SAYS_ITS_END: ReadonlySet<LeaseCause> = new Set(['learn', 'pause', 'adopted']);

/** A clock that went back must not make a lease longer than what it had left. */
function withinItsTerm(lease: Lease, now: number, back: number): Lease {
  const shift = Math.min(back, now - lease.startedAt);
  if (shift >= 0) return lease;
  const { startedAt, until, toldUntil } = lease;
  return { ...lease, startedAt: startedAt + shift, until: until + shift, toldUntil: toldUntil + shift };
}
