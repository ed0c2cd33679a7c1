/**
 * Walks a range of ids from the newest to the oldest in slices of time, for as long as it may take.
 *
 * A search that has an index finds its page in the first slices. One that must look at every row of ten million goes on
 * until its time is up and says how far it came: whoever asked sees what there is, goes on from there, and the next
 * search in the queue waits no longer than that.
 */

export interface Walk {
  /** Ids from `first` up to, not including, `end`. */
  readonly first: number;
  readonly end: number;
  /** Ids from the oldest to the newest there is: slices are parts of this, so that the last steps are as long as the first. */
  readonly whole: number;
  /** Stops when so many were found. */
  readonly wanted: number;
  /** Ids of one slice, newest first, at most `most`. */
  readonly read: (first: number, end: number, most: number) => readonly number[];
  /** Milliseconds since some moment; moved by hand in tests. */
  readonly clock: () => number;
}

export interface Found {
  readonly ids: readonly number[];
  /** All from here on was looked at; the start of the range when all was. */
  readonly lookedFrom: number;
}

export function walkBack({ first, end, whole, wanted, read, clock }: Walk): Found {
  const began = clock();
  const ids: number[] = [];
  const narrowest = Math.ceil(whole / SMALLEST_SHARE);
  const widest = Math.ceil(whole / LARGEST_SHARE);
  let width = narrowest;
  let from = end;
  while (from > first && ids.length < wanted) {
    const before = clock();
    if (before - began >= LONGEST_MS) return { ids, lookedFrom: from };
    const start = Math.max(first, from - width);
    ids.push(...read(start, from, wanted - ids.length));
    from = start;
    const tookMs = clock() - before;
    if (tookMs < QUICK_MS) width = Math.min(widest, width * 2);
    else if (tookMs > SLOW_MS) width = Math.max(narrowest, Math.floor(width / 2));
  }
  return { ids, lookedFrom: ids.length < wanted ? first : (ids.at(-1) ?? first) };
}

/** Milliseconds of one search: with what is around it a page comes in less than 200. */
const LONGEST_MS = 100;
/** The first slice is this part of the log: of 35 days, 50 minutes. */
const SMALLEST_SHARE = 1024;
/** No slice is more, however quick the ones before it were: the next one may be a busy day after a quiet month. */
const LARGEST_SHARE = 64;
/** Milliseconds below which the next slice is twice as wide, and above which it is half. */
const QUICK_MS = 10;
const SLOW_MS = 30;
