/** Lets one piece of work at a time be done, each after what came before it, whether that went well or not. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    // Whoever asked is given the failure through `done`; here only the turn is passed on.
    last = done.catch(() => undefined);
    return done;
  };
}
