import type { Clock } from '../base/clock.ts';
import type { MainDb } from '../store/open.ts';
import { pruneMain } from '../store/retention.ts';

const PRUNE_EVERY_MS = 60 * 60_000;

/** Rows are forgotten a portion at a time, so that nobody waits long for the database. */
const NEXT_PORTION_MS = 1000;

/** Forgets every hour what is older than it is kept. */
export function startPruning(
  db: MainDb,
  clock: Clock,
  attempt: (what: string, write: () => void) => boolean,
): { close(): void } {
  const prune = () => {
    let more = false;
    attempt('what may be forgotten', () => {
      more = pruneMain(db, clock.now()).more;
    });
    cancel = clock.after(more ? NEXT_PORTION_MS : PRUNE_EVERY_MS, prune);
  };
  let cancel = clock.after(PRUNE_EVERY_MS, prune);
  return { close: () => cancel() };
}
