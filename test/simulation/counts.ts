/** How often everything happened: a simulation that never saw a kind of fault has proven nothing about it. */
export interface Counts {
  add(what: string, by?: number): void;
  /** In the order of the alphabet. */
  all(): Readonly<Record<string, number>>;
}

export function createCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    add: (what, by = 1) => void counts.set(what, (counts.get(what) ?? 0) + by),
    all: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

export function addCounts(
  sum: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Record<string, number> {
  const keys = [...new Set([...Object.keys(sum), ...Object.keys(more)])].sort();
  return Object.fromEntries(keys.map((key) => [key, (sum[key] ?? 0) + (more[key] ?? 0)]));
}
