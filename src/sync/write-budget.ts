import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { AliasChanges, Capabilities } from '../firewall/driver.ts';
import { isEmpty } from './plan.ts';
import type { RemovalCause } from './ports.ts';

/** Removals that nobody waits for are written together, this often, where every write costs a config revision. */
const REMOVALS_EVERY_MS = 15 * 60_000;
const DAY_MS = 24 * 3_600_000;

export type WriteBudget = ReturnType<typeof createWriteBudget>;

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
    isLimited: limit !== undefined,
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
    untilRemovalsMs: () => Math.max(0, writtenAt + REMOVALS_EVERY_MS - clock.now()),
    /** Writes of the last 24 hours. */
    writesToday: () => writes.filter((at) => at > clock.now() - DAY_MS).length,
  };
}

/**
 * Milliseconds these changes have to wait where writes are dear: for the budget, and removals that nobody waits for
 * until there is something to add. 0: they are made now.
 */
export function putOffMs(
  changes: AliasChanges,
  budget: WriteBudget,
  causeOf: (address: IpAddress) => RemovalCause | undefined,
): number {
  if (!budget.isLimited || isEmpty(changes)) return 0;
  const causes = changes.remove.map(causeOf);
  // What a person closes is closed now, whatever it costs.
  if (causes.some((known) => known?.cause === 'revoked')) return 0;
  const urgent = changes.add.length > 0 || causes.some((known) => known?.urgent === true);
  return urgent ? budget.waitMs() : Math.max(budget.waitMs(), budget.untilRemovalsMs());
}
