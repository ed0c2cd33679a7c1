/** Simulated time: a queue of what is to happen, and nothing happens between two of its entries. */
export interface Timeline {
  /** Milliseconds; the time of the world, which no clock fault changes. */
  readonly now: number;
  /** Events that have happened. */
  readonly step: number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once everything of this moment's turn is done. */
  soon(callback: () => void): () => void;
  /** Goes on until then, or until `onStep` says no: it is called when everything that follows from an event has happened. */
  runUntil(time: number, onStep: () => boolean): Promise<void>;
}

interface Entry {
  readonly at: number;
  /** Entries of one moment happen in the order in which they were made. */
  readonly order: number;
  callback: (() => void) | undefined;
}

/** `onError` is told what a callback throws: it happened in some part of the world, which may take it or not. */
export function createTimeline(start: number, onError: (error: unknown) => void): Timeline {
  const queue: Entry[] = [];
  let turns: Entry[] = [];
  let now = start;
  let step = 0;
  let made = 0;

  const call = (entry: Entry): void => {
    const { callback } = entry;
    entry.callback = undefined;
    try {
      callback?.();
    } catch (error) {
      onError(error);
    }
  };

  /** The earliest entry, and it becomes its time; undefined when nothing more happens until then. */
  const take = (until: number): Entry | undefined => {
    const next = queue[0];
    if (next === undefined || next.at > until) {
      now = until;
      return undefined;
    }
    pop(queue);
    now = Math.max(now, next.at);
    return next;
  };

  return {
    get now() {
      return now;
    },
    get step() {
      return step;
    },
    after(ms, callback) {
      const entry: Entry = { at: Math.ceil(now + Math.max(ms, 0)), order: made++, callback };
      push(queue, entry);
      return () => {
        entry.callback = undefined;
      };
    },
    soon(callback) {
      const entry: Entry = { at: now, order: made++, callback };
      turns.push(entry);
      return () => {
        entry.callback = undefined;
      };
    },
    async runUntil(time, onStep) {
      /** True when what follows from an event has still to happen. */
      let isUnderway = false;
      await inTurns(() => {
        if (turns.length > 0) {
          const due = turns;
          turns = [];
          due.forEach(call);
          return true;
        }
        if (isUnderway && !onStep()) return false;
        let next = take(time);
        // What was cancelled is no event.
        while (next !== undefined && next.callback === undefined) next = take(time);
        isUnderway = next !== undefined;
        if (next === undefined) return false;
        step++;
        call(next);
        return true;
      });
    },
  };
}

/** Turns of the event loop that are asked for at once: most of one is spent on looking for packets, of which there are none. */
const TURNS_AHEAD = 64;

/**
 * Calls `work` until it returns false, and lets every promise that has become ready go on between two calls: Node sees
 * to that after each callback, also where many are due in one turn of its loop.
 */
function inTurns(work: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let ahead = 0;
    let isDone = false;
    const turn = () => {
      ahead--;
      if (isDone) return;
      try {
        isDone = !work();
      } catch (error) {
        isDone = true;
        reject(error);
      }
      if (isDone) resolve();
      else if (ahead === 0) ask();
    };
    const ask = () => {
      for (; ahead < TURNS_AHEAD; ahead++) setImmediate(turn);
    };
    ask();
  });
}

/** A binary heap: the earliest entry is the first. */
function push(queue: Entry[], entry: Entry): void {
  let place = queue.length;
  queue.push(entry);
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = queue[above];
    if (parent === undefined || isBefore(parent, entry)) break;
    queue[place] = parent;
    place = above;
  }
  queue[place] = entry;
}

function pop(queue: Entry[]): void {
  const last = queue.pop();
  if (last === undefined || queue.length === 0) return;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    const [left, right] = [queue[child], queue[child + 1]];
    if (left === undefined) break;
    if (right !== undefined && isBefore(right, left)) child++;
    const least = queue[child];
    if (least === undefined || isBefore(last, least)) break;
    queue[place] = least;
    place = child;
  }
  queue[place] = last;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
