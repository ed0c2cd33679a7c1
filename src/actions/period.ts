import { KnownError } from '../base/errors.ts';
import { parseDuration } from './duration.ts';

/** A moment has the same two ends; a day of the calendar is open from its first millisecond to its last. */
export interface Period {
  readonly from: number;
  readonly until: number;
}

/**
 * What a person means by "then": '2026-03-03T20:15Z', '2026-03-03 20:15', '3 March 2026 20:15', '2026-03-03' (the whole
 * day), '2h ago', or two moments with a slash between them. Without a zone, the zone of whoever reads it is meant.
 */
export function parsePeriod(text: string, now: number): Period {
  const trimmed = text.trim();
  const [first = '', second, ...more] = trimmed.split('/');
  const from = parseOne(first.trim(), now);
  const until = second === undefined ? from : parseOne(second.trim(), now);
  if (from === undefined || until === undefined || more.length > 0 || until.until < from.from)
    throw notAMoment(text);
  return { from: from.from, until: until.until };
}

/** The same for what has been: nobody knows yet what will be open, or why. */
export function parsePastPeriod(text: string, now: number): Period {
  const period = parsePeriod(text, now);
  if (period.from > now) {
    throw new KnownError('invalid-input', `that has not been yet: ${JSON.stringify(text)}`, {
      hint: 'Name a moment of the past, or leave it out for what is so now.',
    });
  }
  return period;
}

function parseOne(text: string, now: number): Period | undefined {
  const ago = /^(\d{1,6}\s?[smhd]) ago$/.exec(text)?.[1];
  if (ago !== undefined) return at(now - parseDuration(ago.replace(' ', '')));
  return parseIso(text) ?? parseWritten(text);
}

function parseIso(text: string): Period | undefined {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number);
  if (match[4] === undefined) return dayOf(year, month - 1, day);
  const [hour = 0, minute = 0, second = 0] = match.slice(4, 7).map((part) => Number(part ?? 0));
  const ms = Number((match[7] ?? '').padEnd(3, '0'));
  return momentOf({ year, month: month - 1, day, hour, minute, second, ms }, match[8]);
}

/** As people write it: '3 March 2026', '3 Mar 2026 20:15'. */
function parseWritten(text: string): Period | undefined {
  const match = /^(\d{1,2}) ([a-z]{3,9}) (\d{4})(?:,? (\d{1,2}):(\d\d)(?::(\d\d))?)?$/i.exec(text);
  if (match === null) return undefined;
  const word = (match[2] ?? '').toLowerCase();
  const month = MONTHS.findIndex((name) => name.startsWith(word));
  const [day, year] = [Number(match[1]), Number(match[3])];
  if (month < 0) return undefined;
  if (match[4] === undefined) return dayOf(year, month, day);
  const [hour = 0, minute = 0, second = 0] = match.slice(4, 7).map((part) => Number(part ?? 0));
  return momentOf({ year, month, day, hour, minute, second, ms: 0 }, undefined);
}

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

function momentOf(parts: Parts, zone: string | undefined): Period | undefined {
  const { year, month, day, hour, minute, second, ms } = parts;
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  if (zone === undefined) return at(new Date(year, month, day, hour, minute, second, ms).getTime());
  const utc = Date.UTC(year, month, day, hour, minute, second, ms);
  if (zone === 'Z') return at(utc);
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return at(sign === '-' ? utc + offsetMs : utc - offsetMs);
}

function dayOf(year: number, month: number, day: number): Period | undefined {
  if (!isDay(year, month, day)) return undefined;
  return { from: new Date(year, month, day).getTime(), until: new Date(year, month, day + 1).getTime() - 1 };
}

/** Date takes 31 February for 3 March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return year >= FIRST_YEAR && date.getUTCMonth() === month && date.getUTCDate() === day;
}

function at(ms: number): Period {
  return { from: ms, until: ms };
}

function notAMoment(text: string): KnownError {
  return new KnownError('invalid-input', `not a moment: ${JSON.stringify(text)}`, {
    hint: 'Write 2026-03-03, "2026-03-03 20:15", 2026-03-03T20:15Z, "3 March 2026 20:15" or "2h ago".',
  });
}

/** Date reads a year below 100 as one of the last century. */
const FIRST_YEAR = 1970;
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
