import type { Clock } from '../../base/clock.ts';

export interface Alarm {
  /** To be called when the time may have moved. Later than before costs nothing until the old time has come. */
  look(): void;
  stop(): void;
}

/** Rings once when the time that `due` says has come; that time moves with every message, a timer must not. */
export function createAlarm(clock: Clock, due: () => number, ring: () => void): Alarm {
  let setFor = Number.POSITIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let isStopped = false;

  const stop = (): void => {
    cancel?.();
    cancel = undefined;
    setFor = Number.POSITIVE_INFINITY;
  };
  const look = (): void => {
    const at = due();
    if (isStopped || at >= setFor) return;
    stop();
    setFor = at;
    cancel = clock.after(at - clock.now(), () => {
      stop();
      if (due() > clock.now()) look();
      else ring();
    });
  };
  return {
    look,
    stop() {
      isStopped = true;
      stop();
    },
  };
}
