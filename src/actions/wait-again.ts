import { listDecided, waitAgain } from '../store/denials.ts';
import type { MainDb } from '../store/open.ts';
import { type Rule, rulesInForce } from '../store/rules.ts';
import { anyAnswers } from './decide-covered.ts';

/**
 * What a rule had answered waits for a person again when that rule is ended, unless another rule answers it. Call it in the
 * transaction that ended the rules; returns which.
 */
export function askAgain(db: MainDb, ended: readonly Rule[], now: number): readonly number[] {
  return [...Map.groupBy(ended, ({ groupId }) => groupId)].flatMap(([groupId, rules]) => {
    const madeAt = Math.min(...rules.map(({ createdAt }) => createdAt));
    const wasAnswered = anyAnswers(rules);
    const open = listDecided(db, { groupId, decidedSince: madeAt, askedSince: now - ASKED_MS }).filter(
      (denial) => wasAnswered(denial, ({ createdAt }) => (denial.decidedAt ?? 0) >= createdAt),
    );
    if (open.length === 0) return [];
    const isAnswered = anyAnswers(rulesInForce(db, now, groupId));
    const unanswered = open.filter((denial) => !isAnswered(denial)).map(({ id }) => id);
    waitAgain(db, unanswered);
    return unanswered;
  });
}

/** Milliseconds: a name nobody was refused for longer is not somebody's problem now; refused again, it waits by itself. */
const ASKED_MS = 7 * 86_400_000;
