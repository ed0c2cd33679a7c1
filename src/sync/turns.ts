/** Lets one piece of work at a time be done, each after what came before it, whether that went well or not. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
  /** True while something waits for what is being done now. */
  readonly isWaitedFor: boolean;
}

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    take(work) {
      waiting++;
      const done = last.then(() => {
        waiting--;
        return work();
      });
      // Whoever asked is given the failure through `done`; here only the turn is passed on.
      last = done.catch(() => undefined);
      return done;
    },
    get isWaitedFor() {
      return waiting > 0;
    },
  };
}
