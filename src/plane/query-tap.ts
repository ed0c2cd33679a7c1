/**
 * Lines of the query log for whoever looks at them live. The log thread hands them on after it has written them, so that the
 * data plane neither knows nor waits; and only as many as a person and a phone can take.
 */
import type { Clock } from '../base/clock.ts';
import type { LogLine } from './protocol.ts';

/** Milliseconds between two batches: four a second. */
export const TAP_EVERY_MS = 250;
/** Lines of one batch; a page shows a thousand a second to nobody. */
export const TAP_ROWS = 250;
/** Batches on their way; while nobody takes them, lines are counted and not kept. */
const TAP_UNTAKEN = 2;

/** A line, with its id in the query log; without one it could not be written down. */
export type TappedLine = LogLine & { readonly id: number | undefined };

export type FromTap = { readonly rows: readonly TappedLine[]; readonly dropped: number };
export type ToTap = { readonly kind: 'watch'; readonly on: boolean } | { readonly kind: 'taken' };

export interface QueryTap {
  readonly on: boolean;
  add(lines: readonly LogLine[], ids: readonly number[]): void;
  obey(message: ToTap): void;
  /** Whoever watched is gone. */
  off(): void;
}

export function createQueryTap(clock: Clock, post: (batch: FromTap) => void): QueryTap {
  let on = false;
  let rows: TappedLine[] = [];
  let dropped = 0;
  let untaken = 0;
  let cancel: (() => void) | undefined;

  const flush = () => {
    cancel = undefined;
    if (rows.length + dropped === 0 || untaken >= TAP_UNTAKEN) return;
    const batch = { rows, dropped };
    rows = [];
    dropped = 0;
    untaken++;
    post(batch);
  };
  const later = () => {
    cancel ??= clock.after(TAP_EVERY_MS, flush);
  };
  const off = () => {
    on = false;
    rows = [];
    dropped = 0;
    untaken = 0;
    cancel?.();
    cancel = undefined;
  };

  return {
    get on() {
      return on;
    },
    add(lines, ids) {
      if (!on) return;
      const room = TAP_ROWS - rows.length;
      for (const [at, line] of lines.slice(0, room).entries()) rows.push({ ...line, id: ids[at] });
      dropped += Math.max(lines.length - room, 0);
      later();
    },
    obey(message) {
      if (message.kind === 'taken') {
        untaken = Math.max(0, untaken - 1);
        if (rows.length + dropped > 0) later();
      } else if (message.on) on = true;
      else off();
    },
    off,
  };
}
