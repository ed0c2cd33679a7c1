/** What besides the password a user needs to sign in: codes by time, and codes on paper for when the phone is lost. */
import type { MainDb } from './open.ts';

export interface SecondFactor {
  /** Base32. */
  readonly secret: string;
  /** False: shown to the user, who has not proved yet to have it. */
  readonly confirmed: boolean;
  /** The step of the last code that was accepted; it and all before it are worth nothing now. */
  readonly lastStep: number;
}

export function findSecondFactor(db: MainDb, userId: number): SecondFactor | undefined {
  const row = db.first(db.query.selectFrom('second_factors').selectAll().where('user_id', '=', userId));
  return row && { secret: row.secret, confirmed: row.confirmed_at !== null, lastStep: row.last_step };
}

/** In place of an earlier one that was never confirmed. */
export function offerSecondFactor(db: MainDb, userId: number, secret: string): void {
  db.transaction(() => {
    removeSecondFactor(db, userId);
    db.run(db.query.insertInto('second_factors').values({ user_id: userId, secret, confirmed_at: null }));
  });
}

export function confirmSecondFactor(
  db: MainDb,
  userId: number,
  {
    at,
    step,
    codeHashes,
  }: { readonly at: number; readonly step: number; readonly codeHashes: readonly string[] },
): void {
  db.transaction(() => {
    db.run(
      db.query
        .updateTable('second_factors')
        .set({ confirmed_at: at, last_step: step })
        .where('user_id', '=', userId),
    );
    db.run(db.query.deleteFrom('recovery_codes').where('user_id', '=', userId));
    for (const code_hash of codeHashes) {
      db.run(db.query.insertInto('recovery_codes').values({ user_id: userId, code_hash }));
    }
  });
}

/** True when this call used the step up: two requests with one code cannot both get in. */
export function useStep(db: MainDb, userId: number, step: number): boolean {
  return (
    db.run(
      db.query
        .updateTable('second_factors')
        .set({ last_step: step })
        .where('user_id', '=', userId)
        .where('last_step', '<', step),
    ) === 1
  );
}

/** True when there was such a code; it is gone then. */
export function useRecoveryCode(db: MainDb, userId: number, codeHash: string): boolean {
  return (
    db.run(
      db.query.deleteFrom('recovery_codes').where('user_id', '=', userId).where('code_hash', '=', codeHash),
    ) === 1
  );
}

export function countRecoveryCodes(db: MainDb, userId: number): number {
  return (
    db.first(
      db.query
        .selectFrom('recovery_codes')
        .select((e) => e.fn.countAll<number>().as('count'))
        .where('user_id', '=', userId),
    )?.count ?? 0
  );
}

export function removeSecondFactor(db: MainDb, userId: number): void {
  db.transaction(() => {
    db.run(db.query.deleteFrom('second_factors').where('user_id', '=', userId));
    db.run(db.query.deleteFrom('recovery_codes').where('user_id', '=', userId));
  });
}
