/**
 * Looks a number up in a file of sorted ranges (first,last,...), one a line, without reading it: a dozen small reads for each
 * look-up, and nothing kept in memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface RangesFile {
  /** The fields after the two numbers of the range that holds it; undefined: none does. */
  find(number: bigint): readonly string[] | undefined;
  close(): void;
}

export function openRangesFile(path: string): RangesFile {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const buffer = Buffer.alloc(BLOCK + 2 * LONGEST_LINE);
  const read = (from: number, length: number) =>
    buffer.toString('utf8', 0, readSync(file, buffer, 0, Math.min(length, buffer.length), from));

  /** The first line that begins behind `at`; its beginning is that of the file's octets, whatever its text holds. */
  const lineBehind = (at: number) => {
    const octets = readSync(file, buffer, 0, 2 * LONGEST_LINE, at);
    const end = buffer.subarray(0, octets).indexOf(NEWLINE);
    if (end < 0 || end + 1 >= octets) return undefined;
    return {
      start: at + end + 1,
      first: firstOf(buffer.toString('latin1', end + 1, Math.min(octets, end + 1 + LONGEST_NUMBER))),
    };
  };

  /** Where the last line begins that does not begin behind the number, give or take a block. */
  const blockOf = (number: bigint) => {
    let from = 0;
    let to = size;
    while (to - from > BLOCK) {
      const middle = from + Math.floor((to - from) / 2);
      const line = lineBehind(middle);
      if (line === undefined || line.start >= to) to = middle + 1;
      else if (line.first <= number) from = line.start;
      else to = line.start;
    }
    return { from, to };
  };

  return {
    find(number) {
      const { from, to } = blockOf(number);
      let found: string | undefined;
      for (const line of read(from, to - from + LONGEST_LINE).split('\n')) {
        if (line === '' || firstOf(line) > number) break;
        found = line;
      }
      if (found === undefined) return undefined;
      const [, last, ...fields] = fieldsOf(found);
      return last !== undefined && /^\d+$/.test(last) && BigInt(last) >= number ? fields : undefined;
    },
    close: () => closeSync(file),
  };
}

const NEWLINE = 0x0a;
/** Octets that are read through line by line. */
const BLOCK = 4096;
/** Octets; the longest of the files we read has 255. */
const LONGEST_LINE = 1024;
/** Digits of 2^128. */
const LONGEST_NUMBER = 40;

function firstOf(line: string): bigint {
  const digits = /^\d{1,40}/.exec(line)?.[0];
  if (digits === undefined) throw new Error(`not a range: ${JSON.stringify(line.slice(0, 80))}`);
  return BigInt(digits);
}

/** Quotes are doubled inside quotes (RFC 4180). */
function fieldsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
