/** The numbers of the promises, as their users know them, and what the judge allows for messages, commits and alarms. */
import { HOUR, MINUTE, SECOND } from '../world.ts';

/** Answers end in the ledger a little later than here: messages, commits and alarms take their time. */
export const LATE_MS = 90 * SECOND;
/** While upstreams fail the last good answer is told for as long, and renews what it leads to. */
export const STALE_TTL_S = 30;
export const OUTAGE_LIMIT_MS = 24 * HOUR;
/** No restart takes longer; what ends meanwhile is noticed after it, or never. */
export const ABSENCE_MS = 10 * MINUTE;
/** How long a clock that was set may make things look longer or shorter. */
export const CLOCK_STEP_MS = HOUR;
/** What an address stays open after its lease where writes are dear, and what one stays that has come back before. */
export const LINGER_MS = 6 * HOUR;
export const LINGER_RETURNED_MS = 48 * HOUR;
/** An address in use is kept at most as long. */
export const IN_USE_LIMIT_MS = 24 * HOUR;
/** Packets that long ago still count as use: two read-backs, and the step of two minutes. */
export const IN_USE_MS = 6 * MINUTE;
export const LEAST_HEADROOM_MS = 3 * SECOND;
/** A loss that a read has shown must be known to the workers after this. */
export const NOTICE_MS = 12 * SECOND;
/** Between a question and its reply at most, the upstream and the hold together: the product's 4.5 seconds, and a little. */
export const DEADLINE_MS = 5 * SECOND;
/** So long after the last trouble nothing excuses a failure: a back-off, what a cache remembers of a failure, a sync. */
export const QUIET_MS = 5 * MINUTE;
/** A reply that nobody marks in the log within this was told as confirmed. */
export const MARK_MS = 15 * SECOND;
/** What a cache repeats counts down in whole seconds; a lease that learning ends has no headroom for the rest of one. */
export const ROUNDING_MS = SECOND;

/** How long a firewall must have worked before its table is held against us: a sync, a back-off and what a write costs; then what is over is closed. */
export const SETTLED_MS = { timed: 4 * MINUTE, plain: 4 * MINUTE, dear: 12 * MINUTE } as const;
/** Where writes are dear, what nobody waits for is written so long after the last write at the latest. */
export const TOGETHER_MS = 12 * HOUR;
/** A write that was asked for just before something was over may not know of it. */
export const UNDER_WAY_MS = MINUTE;
