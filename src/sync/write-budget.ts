import type { Clock } from '../base/clock.ts';
import type { Capabilities } from '../firewall/driver.ts';

/** Removals that nobody waits for are written together, this often, where every write costs a config revision. */
const REMOVALS_EVERY_MS = 15 * 60_000;
const DAY_MS = 24 * 3_600_000;

/** A token bucket over writes; without a limit it only counts. */
export function createWriteBudget(limit: Capabilities['writeBudget'], clock: Clock) {
  let tokens = limit?.burst ?? Number.POSITIVE_INFINITY;
  let refilledAt = clock.now();
  let writtenAt = Number.NEGATIVE_INFINITY;
  let writes: number[] = [];

  const refill = () => {
    if (limit === undefined) return;
    const whole = Math.floor((clock.now() - refilledAt) / limit.refillMs);
    if (whole <= 0) return;
    tokens = Math.min(limit.burst, tokens + whole);
    refilledAt += whole * limit.refillMs;
  };

  return {
    available(): boolean {
      refill();
      return tokens >= 1;
    },
    /** Milliseconds until a write may be made; 0: now. */
    waitMs(): number {
      refill();
      return tokens >= 1 || limit === undefined ? 0 : refilledAt + limit.refillMs - clock.now();
    },
    spend(): void {
      refill();
      tokens -= 1;
      writtenAt = clock.now();
      writes.push(writtenAt);
      writes = writes.filter((at) => at > writtenAt - DAY_MS);
    },
    removalsDue: () => clock.now() - writtenAt >= REMOVALS_EVERY_MS,
    untilRemovalsMs: () => Math.max(0, writtenAt + REMOVALS_EVERY_MS - clock.now()),
    /** Writes of the last 24 hours. */
    writesToday: () => writes.filter((at) => at > clock.now() - DAY_MS).length,
  };
}
