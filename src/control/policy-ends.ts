/** Temporary rules, pins and pauses end by themselves; somebody has to look at the clock. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { listGroups, updateGroup } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { expireDuePins, nextPinExpiry } from '../store/pins.ts';
import { expireDueRules, nextRuleExpiry } from '../store/rules.ts';

/** The end of a rule or a pause that the database did not take is written again after this. */
const WRITE_AGAIN_MS = 10_000;

export interface PolicyAlarm {
  /** Looks up what ends next; after each change of what may end. */
  set(): void;
  close(): void;
}

/** Calls `endNow` when the first of them is due, and again soon when that fails. */
export function createPolicyAlarm({
  db,
  clock,
  log,
  endNow,
}: {
  readonly db: MainDb;
  readonly clock: Clock;
  readonly log: Log;
  readonly endNow: () => Promise<void>;
}): PolicyAlarm {
  let cancel = () => {};
  const ring = () => {
    endNow().catch((error: unknown) => {
      log.error({ err: error }, 'a rule or pause that ended could not be put in force');
      cancel();
      cancel = clock.after(WRITE_AGAIN_MS, ring);
    });
  };
  return {
    set() {
      cancel();
      const next = nextEnd(db);
      if (next === undefined) return;
      // What is due and could not be written down is still due: not again at once.
      const wait = next > clock.now() ? next - clock.now() : WRITE_AGAIN_MS;
      cancel = clock.after(wait, ring);
    },
    close: () => cancel(),
  };
}

/** Writes down that temporary rules, pins and pauses have had their time. */
export function endWhatIsDue(db: MainDb, now: number): void {
  expireDueRules(db, now);
  expireDuePins(db, now);
  for (const group of listGroups(db)) {
    if (group.pausedUntil !== undefined && group.pausedUntil <= now)
      updateGroup(db, group.id, { pausedUntil: undefined });
  }
}

function nextEnd(db: MainDb): number | undefined {
  const ends = [nextRuleExpiry(db), nextPinExpiry(db), ...listGroups(db).map((group) => group.pausedUntil)];
  const next = Math.min(...ends.filter((at) => at !== undefined));
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}
