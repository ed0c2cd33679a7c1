/** Answers to changes, kept for a day under the key the asker gave (Idempotency-Key). */
import type { MainDb } from './open.ts';

export interface KeptAnswer {
  /** SHA-256 of who asked and the key. */
  readonly keyHash: string;
  readonly actor: string;
  /** Of what was asked. */
  readonly fingerprint: string;
  readonly at: number;
  readonly status: number;
  /** null: it is not kept. */
  readonly body: string | null;
}

/** Milliseconds; whoever asks again later asks anew. */
const KEEP_MS = 24 * 3_600_000;
/** Of one user or token, and in all: the oldest make room. */
const KEPT_PER_ACTOR = 1000;
const KEPT = 10_000;

export function findAnswer(db: MainDb, keyHash: string, now: number): KeptAnswer | undefined {
  const row = db.first(
    db.query
      .selectFrom('kept_answers')
      .selectAll()
      .where('key_hash', '=', keyHash)
      .where('at', '>', now - KEEP_MS),
  );
  if (row === undefined) return undefined;
  const { actor, fingerprint, at, status, body } = row;
  return { keyHash, actor, fingerprint, at, status, body };
}

export function keepAnswer(db: MainDb, { keyHash, actor, fingerprint, at, status, body }: KeptAnswer): void {
  db.transaction(() => {
    db.run(db.query.deleteFrom('kept_answers').where('at', '<=', at - KEEP_MS));
    const answer = { actor, fingerprint, at, status, body };
    db.run(
      db.query
        .insertInto('kept_answers')
        .values({ key_hash: keyHash, ...answer })
        .onConflict((conflict) => conflict.column('key_hash').doUpdateSet(answer)),
    );
    dropOldest(db, KEPT_PER_ACTOR, actor);
    dropOldest(db, KEPT);
  });
}

function dropOldest(db: MainDb, keep: number, actor?: string): void {
  let tooOld = db.query
    .selectFrom('kept_answers')
    .select('key_hash')
    .orderBy('at', 'desc')
    .offset(keep)
    .limit(100);
  if (actor !== undefined) tooOld = tooOld.where('actor', '=', actor);
  db.run(db.query.deleteFrom('kept_answers').where('key_hash', 'in', tooOld));
}
