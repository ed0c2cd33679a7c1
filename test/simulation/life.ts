/** A plane lives until it crashes; afterwards nothing it does has an effect, and nothing reaches it. */
import type { Clock } from '../../src/base/clock.ts';
import type { Timeline } from './timeline.ts';
import { MINUTE } from './world.ts';

export interface Life {
  readonly alive: boolean;
  end(): void;
}

/** Thrown where a plane crashes; nobody in it can tell. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export function createLife(): Life {
  let alive = true;
  return {
    get alive() {
      return alive;
    },
    end() {
      alive = false;
    },
  };
}

/** The clock of one run: what the wall clock said at its start, and monotonic from there. */
export function clockOf(timeline: Timeline, life: Life, offsetMs: number): Clock {
  const whileAlive = (callback: () => void) => () => {
    if (life.alive) callback();
  };
  return {
    now: () => timeline.now + offsetMs,
    after: (ms, callback) => (life.alive ? timeline.after(ms, whileAlive(callback)) : () => undefined),
    soon: (callback) => (life.alive ? timeline.soon(whileAlive(callback)) : () => undefined),
  };
}

export function endedLife(): Life {
  const life = createLife();
  life.end();
  return life;
}

/** The schedule of the product, by a clock of the simulation. */
export function everyMinute(clock: Pick<Clock, 'now' | 'after'>, run: () => void) {
  const untilNext = () => MINUTE - (clock.now() % MINUTE);
  const tick = () => {
    cancel = clock.after(untilNext(), tick);
    run();
  };
  let cancel = clock.after(untilNext(), tick);
  return { nextRunAt: () => clock.now() + untilNext(), stop: () => cancel() };
}
