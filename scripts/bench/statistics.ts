/** A value of several rounds: one round that the machine disturbed moves the spread, and not the median. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function figureOf(values: readonly number[]): Figure {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** The value below which so many of a hundred lie, by nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Round by round, so that what disturbed a round disturbs both sides of its ratio. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Figure {
  return figureOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** '0.87 (0.85–0.90)' */
export function showFigure({ median, min, max }: Figure, show: (value: number) => string): string {
  return `${show(median)} (${show(min)}–${show(max)})`;
}

export const asRatio = (value: number): string => value.toFixed(2);
export const asCount = (value: number): string => Math.round(value).toLocaleString('en');
