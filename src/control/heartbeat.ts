import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Clock } from '../base/clock.ts';
import { type Heartbeat, readHeartbeat, writeHeartbeat } from '../store/heartbeat.ts';
import type { MainDb } from '../store/open.ts';

/**
 * A clock that was set forward is seen by a minute; one that was set back makes a lease longer by no more than this. Every
 * five seconds it was a fourth of all rows that a simulated house writes.
 */
const BEAT_EVERY_MS = 20_000;
/** While it cannot be written: with it what a full disk kept in memory is saved, once there is room. */
const BEAT_AGAIN_MS = 5000;

/** Longer than this away, or a clock that went back: nobody can say how much of a lease was left. */
const BELIEVABLE_ABSENCE_MS = 30 * 24 * 3_600_000;

/** Wall clock and uptime may differ by this much in one boot (NTP slews, rounding); more means the clock was set. */
const BELIEVABLE_STEP_MS = 60_000;

/** What the machine knows of its own time, whatever its clock is set to. */
export interface Host {
  /** A name for each boot. */
  bootId(): string;
  uptimeMs(): number;
}

export const thisHost: Host = { bootId: readBootId, uptimeMs: () => uptime() * 1000 };

/** A sign of life again and again. */
export function startHeartbeat(
  db: MainDb,
  clock: Clock,
  host: Host,
  attempt: (what: string, write: () => void) => boolean,
): { close(): void } {
  const bootId = host.bootId();
  const beat = () => {
    const isWritten = attempt('the heartbeat', () =>
      writeHeartbeat(db, { wallMs: Math.round(clock.now()), bootId, uptimeMs: Math.round(host.uptimeMs()) }),
    );
    cancel = clock.after(isWritten ? BEAT_EVERY_MS : BEAT_AGAIN_MS, beat);
  };
  let cancel = clock.after(0, beat);
  return { close: () => cancel() };
}

export interface Absence {
  /** The last sign of life of the run before; undefined: there was none. */
  readonly lastSeenAt: number | undefined;
  /** True when the time since then can be trusted, so that leases may have ended meanwhile. */
  readonly absenceKnown: boolean;
}

export function readAbsence(db: MainDb, now: number, host: Host): Absence {
  const last = readHeartbeat(db);
  const here = { wallMs: now, bootId: host.bootId(), uptimeMs: host.uptimeMs() };
  return { lastSeenAt: last?.wallMs, absenceKnown: isBelievable(last, here) };
}

export function isBelievable(last: Heartbeat | undefined, now: Heartbeat): boolean {
  if (last === undefined) return true;
  const away = now.wallMs - last.wallMs;
  if (away < 0 || away > BELIEVABLE_ABSENCE_MS) return false;
  if (now.bootId !== last.bootId) return true;
  return Math.abs(away - (now.uptimeMs - last.uptimeMs)) < BELIEVABLE_STEP_MS;
}

/** Linux gives each boot a name; elsewhere every start counts as a new boot. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `unknown-${process.pid}`;
  }
}
