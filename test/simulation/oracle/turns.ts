/** What people, clocks, crashes and a lost ledger change about what was told. */
import type { Decrees } from '../decrees.ts';
import { judge } from '../decrees.ts';
import type { Firewall } from '../firewall.ts';
import { DAY } from '../world.ts';
import type { Judgements } from './judgements.ts';
import type { OracleParts } from './parts.ts';
import { limitTold, limitToldInPause, type Reasons, surelyUntil } from './reasons.ts';
import type { Tables } from './tables.ts';
import { ABSENCE_MS, CLOCK_STEP_MS, LATE_MS } from './terms.ts';

export interface TurnsParts
  extends Pick<
    OracleParts,
    'decrees' | 'openings' | 'now' | 'clockOffset' | 'isDiskFull' | 'diskFullSince' | 'mayBeUnsaved'
  > {
  readonly judgements: Judgements;
  readonly reasons: Reasons;
  readonly tables: Tables;
}

export function followTurns(parts: TurnsParts) {
  const { decrees, openings, now, clockOffset, mayBeUnsaved, judgements, reasons, tables } = parts;
  let restores = false;

  /** What had ended, and whoever set the clock back cannot bring back: it is written down, unless nobody was there or the disk was full. */
  const surelyEnded = (before: number): { readonly ended: number; readonly perhapsEnded: number } => {
    const written = mayBeUnsaved() ? Math.min(before, before - now() + parts.diskFullSince()) : before;
    return {
      ended: Math.min(before - ABSENCE_MS, written),
      perhapsEnded: parts.isDiskFull() ? written : before,
    };
  };

  return {
    /** A person has let a held plan go: what it removes was told, kept or taken over before that. */
    released(firewall: Firewall, removals: readonly string[]): void {
      const { keptUntil, adoptedUntil, waiting, protected: kept } = tables.of(firewall);
      for (const address of removals) {
        for (const held of [keptUntil, adoptedUntil, waiting, kept]) held.delete(address);
        for (const group of firewall.design.groups)
          for (const reason of reasons.of(group, address)) limitTold(reason, now());
      }
    },

    /** People changed their mind; called before the product hears of it. */
    decided(previous: Decrees | undefined): void {
      judgements.changed();
      for (const reason of reasons.all()) {
        const { group, name, address } = reason;
        const before = previous?.get(group);
        const after = judgements.latest(group, name);
        if (after === undefined || before === undefined) continue;
        // Revoked in a pause, it closes with that.
        if (after.allowed) {
          const { endsAt = Number.POSITIVE_INFINITY } = after;
          // Learning has taken over what the rule opened.
          if (after.by === 'learn') reason.learnStaysUntil = reason.mayStayUntil;
          const limit = after.by === 'pause' ? limitToldInPause : limitTold;
          if (!judgements.isAllowedAt(group, name, endsAt)) limit(reason, endsAt - clockOffset());
          continue;
        }
        const was = judge(before, name, now() + clockOffset());
        // What was refused before was closed then.
        if (was.by === after.by) continue;
        for (const table of tables.all()) table.protected.get(address)?.delete(name);
        // What was only learnt runs out: for what was told of it, and no longer, outage or not.
        if (was.by === 'learn' && after.by === 'nothing') continue;
        // What was learnt before a pause is none of its: it runs out as it would have without.
        const isEndOfPause = was.by === 'pause' && after.by === 'nothing';
        const limit = isEndOfPause ? limitToldInPause : limitTold;
        limit(reason, now());
        if (!isEndOfPause) reason.learnStaysUntil = 0;
        reason.mayStayUntil = Math.min(reason.mayStayUntil, Math.max(reason.learnStaysUntil, now()));
      }
    },

    /** The house's clock was set while it was down. */
    clockStepped(stepMs: number, isSameBoot: boolean): void {
      const before = now() + clockOffset() - stepMs;
      if (stepMs < 0) for (const book of [decrees, openings]) book.clockSetBack(surelyEnded(before));
      judgements.changed();
      // When it was last written to is known by that clock.
      if (stepMs < 0) for (const table of tables.all()) table.wroteAt += -stepMs;
      for (const reason of reasons.all()) {
        if (stepMs < 0) {
          reason.until += -stepMs;
          reason.outageUntil += -stepMs;
          reason.mayStayUntil += -stepMs;
          reason.learnStaysUntil += -stepMs;
          continue;
        }
        // In the same boot we see that the clock was set, and everything open has a grace; else nobody can see it.
        const graceUntil = now() + reasons.graceOf(reason.group);
        for (const term of ['toldUntil', 'learntUntil', 'learntAloneUntil', 'leasedUntil'] as const)
          reason[term] = isSameBoot ? Math.min(reason[term], graceUntil) : reason[term] - stepMs;
      }
      if (stepMs > 0) for (const table of tables.all()) table.protected.clear();
      restores = stepMs > 0;
    },

    /** A control plane has started: after the clock was set, everything that is open has one grace. */
    started(): void {
      for (const table of tables.all()) table.isNewRun = true;
      if (!restores) return;
      restores = false;
      for (const reason of reasons.all())
        reason.until = Math.max(reason.until, now() + reasons.graceOf(reason.group) + LATE_MS);
    },

    /** A control plane is gone: what a full disk let it know in memory only is lost. */
    memoryLost(): void {
      // What was asked for and told to nobody may not have been heard.
      for (const reason of reasons.all())
        reason.leasedUntil = Math.min(reason.leasedUntil, Math.max(surelyUntil(reason), now()));
      if (!mayBeUnsaved()) return;
      for (const reason of reasons.all()) limitTold(reason, Math.max(reason.savedUntil, now()));
    },

    /** The ledger is gone: what is open is taken over at the next read. */
    ledgerLost(): void {
      for (const table of tables.all()) table.adopts = true;
      for (const reason of reasons.all()) limitTold(reason, now() + DAY - CLOCK_STEP_MS);
    },
  };
}
