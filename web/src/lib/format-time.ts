/** Spans and moments as people read them. Pure: who calls says what time it is. */

/** 3 min ago, in 12 s, now. */
export function relativeTime(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 1000) return 'now';
  return ms < 0 ? `${roughSpan(-ms)} ago` : `in ${roughSpan(ms)}`;
}

/** The largest unit that fits: 45 s, 12 min, 3 h, 2 d. */
export function roughSpan(ms: number): string {
  const [size, unit] = UNITS.find(([unitMs]) => ms >= unitMs) ?? ([1000, 's'] as const);
  return `${Math.floor(ms / size)} ${unit}`;
}

/** What is left, to the second: 14:52, or 1:02:03. */
export function countdown(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1000), 0);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h === 0 ? `${two(m)}:${two(s)}` : `${h}:${two(m)}:${two(s)}`;
}

/** Milliseconds as people say them: 180 ms, 2.4 s, 3 min. */
export function tookTime(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : roughSpan(ms);
}

/** A sentence of the server's with its moments as the clock on the wall has them, here. */
export function withLocalTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => new Date(at).toLocaleString());
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;
