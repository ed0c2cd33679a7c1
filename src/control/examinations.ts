import type { Clock } from '../base/clock.ts';
import { describeError, TransientDriverError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { withinLimit } from '../base/time-limit.ts';
import type { Driver, Finding } from '../firewall/driver.ts';
import type { FirewallSync } from '../sync/firewall-sync.ts';

/** Whether a rule uses the alias changes rarely, and looking costs the firewall a few calls. */
const EXAMINE_EVERY_MS = 5 * 60_000;
/** At most this often when a change may have made visible what was not. */
const EXAMINE_AGAIN_MS = 5000;
/** Every check is a call or two; a person may be waiting for them. */
const EXAMINE_LIMIT_MS = 30_000;

export interface Examinations {
  /** What the last one found; empty before the first. */
  readonly findings: readonly Finding[];
  /** When that was found; undefined before the first. */
  readonly foundAt: number | undefined;
  readonly ruleUse: 'used' | 'unused' | 'unknown';
  examine(): Promise<readonly Finding[]>;
  /** The alias holds something new: whether a rule uses it may be seen now, where that could not be seen before. */
  noteApplied(about: { readonly wasEmpty: boolean }): void;
  close(): void;
}

/** Looks every few minutes, and when asked, at everything an owner can get wrong at a firewall. */
export function startExaminations({
  clock,
  log,
  driver,
  inTurn,
  onChange,
}: {
  readonly clock: Clock;
  readonly log: Log;
  readonly driver: Pick<Driver, 'examine'>;
  readonly inTurn: FirewallSync['inTurn'];
  /** Another result than before: what may be said of the firewall's groups can be different now. */
  readonly onChange: () => void;
}): Examinations {
  let findings: readonly Finding[] = [];
  let foundAt: number | undefined;
  let examinedAt = Number.NEGATIVE_INFINITY;
  let closed = false;
  const late = () =>
    new TransientDriverError(`The firewall was not examined in ${EXAMINE_LIMIT_MS / 1000} s`);

  const examine = async (): Promise<readonly Finding[]> => {
    examinedAt = clock.now();
    const before = resultsOf(findings);
    findings = await inTurn(async (stop) => {
      // It may have been closed while this waited for its turn.
      stop.throwIfAborted();
      return withinLimit({ clock, ms: EXAMINE_LIMIT_MS, late, stop }, (signal) => driver.examine(signal));
    });
    foundAt = clock.now();
    if (resultsOf(findings) !== before) onChange();
    return findings;
  };
  const look = () => {
    cancel();
    void examine()
      .catch((error: unknown) =>
        log.debug({ why: describeError(error) }, 'the firewall could not be examined'),
      )
      .finally(() => {
        if (!closed) cancel = clock.after(EXAMINE_EVERY_MS, look);
      });
  };
  let cancel = clock.after(0, look);
  const ruleFinding = () => findings.find(({ check }) => check === 'rule-uses-alias');

  return {
    get findings() {
      return findings;
    },
    get foundAt() {
      return foundAt;
    },
    get ruleUse() {
      const result = ruleFinding()?.result;
      return result === 'ok' ? 'used' : result === 'failed' ? 'unused' : 'unknown';
    },
    examine,
    noteApplied({ wasEmpty }) {
      const result = ruleFinding()?.result;
      // Some firewalls show it once the alias holds something; one that does not show it then never will.
      const mayShow = result === undefined || (result === 'unknown' && wasEmpty);
      if (closed || !mayShow) return;
      cancel();
      cancel = clock.after(Math.max(0, examinedAt + EXAMINE_AGAIN_MS - clock.now()), look);
    },
    close() {
      closed = true;
      cancel();
    },
  };
}

function resultsOf(findings: readonly Finding[]): string {
  return findings.map(({ check, result }) => `${check}=${result}`).join();
}
