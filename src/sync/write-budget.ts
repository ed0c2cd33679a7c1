import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { AliasChanges, Capabilities } from '../firewall/driver.ts';
import { isEmpty } from './plan.ts';
import type { RemovalCause } from './ports.ts';

/**
 * What nobody waits for is written together, this often: twice a day at most. A name that has moved is not among it: soon
 * as many of its new addresses are missing as it has open, and then it is waited for.
 */
export const TOGETHER_EVERY_MS = 12 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Of a box: its revisions and reloads are the same ones, whichever of its aliases they are for. */
export type BoxBudget = ReturnType<typeof createWriteBudget>;

/** What one alias may write. */
export type WriteBudget = ReturnType<typeof shareOf>;

/** A token bucket over the writes of a box; without a limit it only counts. */
export function createWriteBudget(
  limit: Capabilities['writeBudget'],
  clock: Clock,
  lastWrites: readonly number[] = [],
) {
  let tokens = limit?.burst ?? Number.POSITIVE_INFINITY;
  // What a clock that was set back says of later is not known to have been.
  const earlier = lastWrites.filter((at) => at > clock.now() - DAY_MS && at <= clock.now());
  let refilledAt = earlier[0] ?? clock.now();
  const writes: number[] = [];

  const refill = (now = clock.now()) => {
    if (limit === undefined) return;
    const whole = Math.floor((now - refilledAt) / limit.refillMs);
    if (whole <= 0) return;
    tokens = Math.min(limit.burst, tokens + whole);
    refilledAt += whole * limit.refillMs;
  };

  const writesToday = () => writes.filter((at) => at > clock.now() - DAY_MS).length;
  const note = (at: number) => {
    refill(at);
    tokens -= 1;
    writes.push(at);
    writes.splice(
      0,
      writes.findIndex((one) => one > at - DAY_MS),
    );
  };
  for (const at of earlier) note(at);
  tokens = Math.max(0, tokens);

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
    spend(count: number): void {
      for (let i = 0; i < count; i++) {
        note(clock.now());
      }
    },
    /** Writes of the last 24 hours. */
    writesToday,
  };
}

/** The box's budget as one alias spends it; `lastWrites`: its own before the start. */
export function shareOf(box: BoxBudget, clock: Clock, lastWrites: readonly number[] = []) {
  let writtenAt = lastWrites.findLast((at) => at <= clock.now()) ?? Number.NEGATIVE_INFINITY;
  return {
    ...box,
    spend(count: number): void {
      box.spend(count);
      if (count > 0) writtenAt = clock.now();
    },
    /** Milliseconds until what nobody waits for may be written. Of the alias: a busy one must not put off the others for ever. */
    untilTogetherMs: () => Math.max(0, writtenAt + TOGETHER_EVERY_MS - clock.now()),
  };
}

export interface Urgency {
  readonly isWaitedFor: (address: IpAddress) => boolean;
  readonly causeOf: (address: IpAddress) => RemovalCause | undefined;
}

/**
 * Milliseconds these changes have to wait where writes are dear. 0: they are made now, all of them together.
 *
 *   somebody has closed something, or    not at all, whatever it costs
 *   said when it is to be closed
 *   somebody waits for one of them      for the budget
 *   nobody does: more addresses of a    for the budget, and until the last write is a while ago
 *   name that has some, ended leases
 */
export function putOffMs(
  changes: AliasChanges,
  budget: WriteBudget,
  { isWaitedFor, causeOf }: Urgency,
): number {
  if (!budget.isLimited || isEmpty(changes)) return 0;
  if (changes.remove.some((address) => causeOf(address)?.urgent === true)) return 0;
  if (changes.add.some(({ address }) => isWaitedFor(address))) return budget.waitMs();
  return Math.max(budget.waitMs(), budget.untilTogetherMs());
}
