import { KnownError } from '../base/errors.ts';

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** 'env SALLYPORT_UPSTREAMS', or 'sallyport.yaml:12 groups[0].clients[1]'. */
  readonly key: string;
  /** As it was written; absent for secrets that are redacted, and for what is missing. */
  readonly value?: unknown;
  readonly wanted: string;
}

export function configInvalid(problems: readonly Problem[]): KnownError {
  return new KnownError('config-invalid', describeProblems('The configuration has', problems), {
    hint: 'docs/configuration.md lists every key with its default and an example.',
  });
}

export function describeProblems(what: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const lines = problems
    .slice(0, MOST_TOLD)
    .map(({ key, value, wanted }) => `  ${key}: ${value === undefined ? '' : `${quote(value)}: `}${wanted}`);
  const more = problems.length > MOST_TOLD ? [`  and ${problems.length - MOST_TOLD} more`] : [];
  return [`${what} ${count}:`, ...lines, ...more].join('\n');
}

/** Of a file that is wrong from top to bottom, the first ones say how. */
const MOST_TOLD = 100;

/** The known word this was probably meant to be; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  const [best] = known
    .map((candidate) => ({
      candidate,
      distance: distanceBetween(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ distance }) => distance <= Math.min(most, MOST_SLIPS))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** Slips of the pen (a letter more, less or other) within which a word is still recognised. */
const MOST_SLIPS = 3;
const MAX_QUOTED = 100;

function quote(value: unknown): string {
  // A password inside a URL.
  const text = JSON.stringify(value).replace(/\/\/[^/@]*@/g, '//[redacted]@');
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text;
}

/** Levenshtein's distance. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
