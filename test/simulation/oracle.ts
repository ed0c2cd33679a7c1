/**
 * Judges from outside: what clients were told, what upstreams saw, what the firewalls pass, what people decided.
 * It shares no code with what it judges.
 *
 *   P1  a question reaches an upstream        ─▶ somebody allowed the name
 *   P2  once a minute, every table            ─▶ each address has a cause that can be derived here
 *   P3  a reply reaches a client              ─▶ its addresses are in every required table, or it is marked
 *   P4  an address leaves a table             ─▶ nobody is still told to keep it; what the firewall lost comes back
 *   P5  an address leaves a table             ─▶ not while its upstreams fail, nor because we forgot it
 *   P6  a reply reaches a client              ─▶ an allowed name has its addresses, where nothing excuses it
 */
import type { Firewall, Removal } from './firewall.ts';
import { createPairs } from './keys.ts';
import { judgeClosings } from './oracle/closings.ts';
import { createJudgements } from './oracle/judgements.ts';
import { lookForUnjustified } from './oracle/justified.ts';
import { judgeLiveness } from './oracle/liveness.ts';
import type { OracleParts } from './oracle/parts.ts';
import { createReasons, familyName, surelyUntil } from './oracle/reasons.ts';
import { judgeReplies } from './oracle/replies.ts';
import { createRoom } from './oracle/room.ts';
import { createTables } from './oracle/tables.ts';
import { NOTICE_MS, OUTAGE_LIMIT_MS } from './oracle/terms.ts';
import { followTurns } from './oracle/turns.ts';
import type { UpstreamAnswer } from './upstream.ts';
import { HOUR } from './world.ts';

export type Oracle = ReturnType<typeof createOracle>;

export function createOracle(parts: OracleParts) {
  const { design, firewalls, now, clockOffset, broken } = parts;
  const keyOf = createPairs();
  const requiredBy = new Map(
    design.groups.map(({ name }) => [
      name,
      firewalls.filter(({ design: one }) => one.required && one.groups.includes(name)),
    ]),
  );
  const requiredOf = (group: string): readonly Firewall[] => requiredBy.get(group) ?? [];
  /** Groups with a firewall whose writes are dear. */
  const frugal = new Set(
    firewalls.filter(({ design: one }) => one.kind === 'dear').flatMap(({ design: one }) => one.groups),
  );
  /** By family and name, as are the next. */
  const freshUntil = new Map<string, number>();
  /** Since when all questions have failed. */
  const failingSince = new Map<string, number>();

  const judgements = createJudgements(parts);
  const reasons = createReasons(parts);
  const tables = createTables(parts);
  const room = createRoom({ ...parts, reasons, requiredOf });
  const replies = judgeReplies({
    ...parts,
    judgements,
    reasons,
    tables,
    room,
    requiredOf,
    freshUntil: (family, name) => freshUntil.get(keyOf(familyName(family), name)) ?? 0,
  });
  const liveness = judgeLiveness({ ...parts, judgements, tables, room, requiredOf });
  const closings = judgeClosings({ ...parts, judgements, reasons, tables, room });
  const turns = followTurns({ ...parts, judgements, reasons, tables });
  const lookForUnjustifiedIn = lookForUnjustified({ ...parts, judgements, reasons, tables });

  return {
    asked(name: string): void {
      const isAllowed = design.groups.some((group) =>
        judgements.of(group.name, name).some(({ allowed }) => allowed),
      );
      if (!isAllowed) broken('P1', `an upstream was asked for ${name}, which nobody allows`);
    },

    answered({ name, family, addresses, ttlS, isProbe }: UpstreamAnswer): void {
      const key = keyOf(familyName(family), name);
      failingSince.delete(key);
      // A cache may tell it, whatever it was asked for.
      freshUntil.set(key, now() + ttlS * 1000);
      if (isProbe) return;
      for (const { name: group } of design.groups) {
        const allowing = judgements.of(group, name).filter(({ allowed }) => allowed);
        if (allowing.length === 0) continue;
        const toldEnds = allowing
          .filter(({ enforced }) => !enforced)
          .map(({ endsAt = Number.POSITIVE_INFINITY }) => endsAt - clockOffset());
        const mayStayUntil = Math.min(now() + ttlS * 1000 + reasons.graceOf(group), Math.max(0, ...toldEnds));
        const ends = allowing.map(({ endsAt = Number.POSITIVE_INFINITY }) => endsAt - clockOffset());
        const until = reasons.longestUntil(group, ttlS, ends);
        const leasedUntil = Math.min(now() + reasons.leastTerm(group, ttlS), ...ends);
        const isLearnt = allowing.some(({ by }) => by === 'learn');
        const isTold = [...reasons.ofQuestion(group, family, name)].some(
          (reason) =>
            addresses.includes(reason.address) && surelyUntil(reason) > now() + reasons.graceOf(group),
        );
        for (const address of addresses) {
          const reason = reasons.ensure(group, name, address);
          reasons.extend(reason, until, leasedUntil);
          // Fetched ahead of the end of another, it may be told from the cache at any moment: it counts as told.
          reason.mayStayUntil = Math.max(reason.mayStayUntil, mayStayUntil);
          if (isLearnt) reason.learnStaysUntil = Math.max(reason.learnStaysUntil, mayStayUntil);
        }
        // Without room for what the answer names, others are told in its place, for as long; and where a write is saved by that.
        const isSaved = frugal.has(group) && !isTold;
        if (!isSaved && !room.mayBeLeftOut(group, name, family)) continue;
        // Which of them, only the ledger knows; they get no longer than the answer they stand for.
        for (const reason of reasons.ofQuestion(group, family, name))
          if (Math.max(reason.until, reason.outageUntil) > now())
            reason.until = Math.max(reason.until, until);
      }
    },

    failed(name: string, family: 4 | 6): void {
      const key = keyOf(familyName(family), name);
      const since = failingSince.get(key) ?? now();
      failingSince.set(key, since);
      if (now() - since > OUTAGE_LIMIT_MS + HOUR) return;
      for (const { name: group } of design.groups) reasons.goOn(group, family, name);
    },

    denied: liveness.denied,

    told: replies.told,
    heard: replies.heard,
    markedUnconfirmed: replies.markedUnconfirmed,
    compareUnconfirmed: replies.compareUnconfirmed,
    replied: liveness.replied,
    dataPlaneGone(): void {
      replies.dataPlaneGone();
      liveness.dataPlaneGone();
    },

    removed(firewall: Firewall, address: string, how: Removal): void {
      closings.removed(firewall, address, how);
      liveness.removed(firewall, address);
    },
    added: closings.added,
    outageBegins: closings.outageBegins,
    outageEnds: closings.outageEnds,

    wrote: tables.wrote,
    shown: tables.shown,
    hasUnnoticed: tables.hasUnnoticed,
    noticed: tables.noticed,
    noticeMs: NOTICE_MS,
    disturbed: tables.disturbed,

    released: turns.released,
    dropped: tables.dropped,
    filled: tables.filled,
    decided: turns.decided,
    inForce: judgements.changed,
    clockStepped: turns.clockStepped,
    started: turns.started,
    memoryLost: turns.memoryLost,
    ledgerLost: turns.ledgerLost,

    /** Once a minute. */
    inspect(): void {
      for (const firewall of firewalls) {
        // What another one writes is as that is.
        if (firewall.design.copies === undefined) lookForUnjustifiedIn(firewall);
        closings.lookForLost(firewall);
      }
      replies.lookForUnmarked();
    },
    /** Once an hour. */
    forget: reasons.forget,
  };
}
