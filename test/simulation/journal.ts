/** What happened, for whoever must understand a failure: the last lines, and all of them where they are compared. */
import { createHash } from 'node:crypto';
import type { ToldAddress } from './oracle/parts.ts';

export interface Journal {
  note(time: number, what: string, ...details: readonly Detail[]): void;
  last(): readonly string[];
  /** Of everything noted so far. */
  digest(): string;
}

/** Put into words when somebody asks, which hardly ever happens. */
export type Detail = string | number | undefined | readonly string[] | readonly ToldAddress[];

type Line = readonly [time: number, what: string, details: readonly Detail[]];

/** Lines shown with a failure. */
const SHOWN = 40;

/** `whole`: keep a digest of everything, which costs as much as the rest of the step. */
export function createJournal({ whole }: { readonly whole: boolean }): Journal {
  const hash = createHash('sha256');
  let last: Line[] = [];
  return {
    note(time, what, ...details) {
      const line: Line = [time, what, details];
      if (whole) hash.update(`${format(line)}\n`);
      last.push(line);
      if (last.length >= 10 * SHOWN) last = last.slice(-SHOWN);
    },
    last: () => last.slice(-SHOWN).map(format),
    digest: () => hash.copy().digest('hex'),
  };
}

function format([time, what, details]: Line): string {
  return [clockText(time), what, ...details.filter((detail) => detail !== undefined).map(inWords)].join(' ');
}

function inWords(detail: Exclude<Detail, undefined>): string {
  if (typeof detail !== 'object') return String(detail);
  return detail.map((one) => (typeof one === 'string' ? one : `${one.address}/${one.ttlS}`)).join(',');
}

/** Hours, minutes, seconds and milliseconds since the start of the simulation. */
export function clockText(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
}
