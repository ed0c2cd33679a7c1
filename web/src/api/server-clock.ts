/** Times are shown by the server's clock: a phone that is five minutes off would show refusals from the future. */
export interface ServerClock {
  now(): number;
  /** What the server just said of its time. */
  set(iso: string): void;
}

export function createServerClock(): ServerClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    set(iso) {
      ahead = Date.parse(iso) - Date.now();
    },
  };
}
