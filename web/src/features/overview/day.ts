/** What the chart of the day shows, from the steps of the series. Pure. */
import type { Series } from '../../api/types.ts';

export type Step = Series['steps'][number];
export const KINDS = ['allowed', 'temporary', 'refused', 'failed'] as const;
export type Kind = (typeof KINDS)[number];
export type Counts = Readonly<Record<Kind, number>> & { readonly beforeReady: number };

export function totalOf(steps: readonly Counts[]): Counts {
  const sum = (kind: Kind | 'beforeReady') => steps.reduce((total, step) => total + step[kind], 0);
  return {
    allowed: sum('allowed'),
    temporary: sum('temporary'),
    refused: sum('refused'),
    failed: sum('failed'),
    beforeReady: sum('beforeReady'),
  };
}

export interface Bar {
  readonly at: string;
  /** Which of the steps of the day, from 0. */
  readonly place: number;
  /** From the bottom up, in parts of the height; those that have nothing are left out. */
  readonly parts: readonly { readonly kind: Kind; readonly from: number; readonly height: number }[];
}

/**
 * Bars of the steps in which anything was asked. A kind that is there at all is seen, however few: one refusal among ten thousand
 * answers is what somebody looks for.
 */
export function barsOf({ steps, since, stepMs }: Series): readonly Bar[] {
  const highest = Math.max(1, ...steps.map(sizeOf));
  return steps
    .filter((step) => sizeOf(step) > 0)
    .map((step) => {
      let from = 0;
      const parts = KINDS.filter((kind) => step[kind] > 0).map((kind) => {
        const height = Math.max(step[kind] / highest, LEAST_SEEN);
        const part = { kind, from, height };
        from += height;
        return part;
      });
      const tooHigh = Math.max(1, from);
      return {
        at: step.at,
        place: Math.round((Date.parse(step.at) - Date.parse(since)) / stepMs),
        parts: parts.map((part) => ({ ...part, from: part.from / tooHigh, height: part.height / tooHigh })),
      };
    });
}

export interface Hour extends Counts {
  /** ms since 1970, by the reader's clock on the wall. */
  readonly at: number;
}

/** The same by the hour, newest first, for who would rather read than look. */
export function hoursOf(steps: readonly Step[]): readonly Hour[] {
  const byHour = Map.groupBy(steps, ({ at }) => new Date(at).setMinutes(0, 0, 0));
  return [...byHour]
    .map(([at, these]) => ({ at, ...totalOf(these) }))
    .filter((hour) => sizeOf(hour) > 0)
    .reverse();
}

function sizeOf(counts: Counts): number {
  return KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}

/** Part of the height below which nobody sees a bar. */
const LEAST_SEEN = 0.02;
