import type { Fetch } from '../driver.ts';

/** Who fetched a list, in words. What a stranger calls itself is shown to people, so it is cut down to plain letters. */
export function nameOfAgent(agent: string | undefined): string {
  const plain = (agent ?? '').replaceAll(/[^A-Za-z0-9 ._/-]+/g, ' ').trim();
  const name = plain.split('/')[0]?.trim().slice(0, MOST_LETTERS) ?? '';
  return name === '' ? 'a client without a name' : name;
}

/** 'pfSense (192.168.1.1) fetched the list 40 s ago' */
export function describeFetch(last: Fetch | undefined, now: number): string {
  if (last === undefined) return 'nobody has fetched the list since the start';
  return `${last.agent} (${last.source}) fetched the list ${describeAge(now - last.at)} ago`;
}

/** '40 s', '3 min', '2 h', '5 days'. */
function describeAge(ms: number): string {
  const [size, unit] = UNITS.find(([least]) => ms >= 2 * least) ?? [1000, 's'];
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`;
}

const UNITS = [
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const;

const MOST_LETTERS = 40;
