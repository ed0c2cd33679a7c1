/** The address lists of the simulated RouterOS, and how it writes times. */
import { isIP } from 'node:net';
import { pfSpelling } from './pf.ts';

export type Family = 'ip' | 'ipv6';

export interface ListEntry {
  readonly id: string;
  readonly family: Family;
  readonly list: string;
  /** As RouterOS spells it: IPv6 with its /128. */
  readonly address: string;
  readonly comment: string;
  disabled: boolean;
  /** By the box's own time; undefined: kept for good. */
  endsAt: number | undefined;
}

export interface NewEntry {
  readonly list: string;
  readonly address: string;
  readonly comment: string;
  /** Milliseconds. */
  readonly timeout: number | undefined;
}

export type AddressLists = ReturnType<typeof createAddressLists>;

export function createAddressLists(now: () => number, onChange: () => void = () => {}) {
  let entries: readonly ListEntry[] = [];
  let lastId = 0;
  const nextId = () => {
    lastId += 1;
    return `*${lastId.toString(16).toUpperCase()}`;
  };
  const become = (next: readonly ListEntry[]) => {
    entries = next;
    onChange();
  };
  const living = () => {
    entries = entries.filter(({ endsAt }) => endsAt === undefined || endsAt > now());
    return entries;
  };
  return {
    all: (family?: Family) => living().filter((entry) => family === undefined || entry.family === family),
    find: (family: Family, id: string) =>
      living().find((entry) => entry.family === family && entry.id === id),
    add(family: Family, given: NewEntry, pretend = false): ListEntry | 'duplicate' | 'invalid' {
      const address = spelling(family, given.address);
      if (address === undefined) return 'invalid';
      const isThere = living().some(
        (entry) => entry.family === family && entry.list === given.list && entry.address === address,
      );
      if (isThere) return 'duplicate';
      const entry: ListEntry = {
        id: nextId(),
        family,
        list: given.list,
        address,
        comment: given.comment,
        disabled: false,
        endsAt: given.timeout === undefined ? undefined : now() + given.timeout,
      };
      if (!pretend) become([...entries, entry]);
      return entry;
    },
    renew(entry: ListEntry, timeout: number) {
      entry.endsAt = now() + timeout;
    },
    remove(gone: ListEntry) {
      become(entries.filter((entry) => entry !== gone));
    },
    leftMs: ({ endsAt }: ListEntry) => (endsAt === undefined ? undefined : endsAt - now()),
    reissue() {
      become(living().map((entry) => ({ ...entry, id: nextId() })));
    },
    dropDynamic() {
      become(entries.filter(({ endsAt }) => endsAt === undefined));
    },
  };
}

/** Host bits cleared; a name is kept as it is. */
function spelling(family: Family, text: string): string | undefined {
  if (family === 'ip') return isIP(text.split('/')[0] ?? '') === 6 ? undefined : (pfSpelling(text) ?? text);
  const spelt = pfSpelling(text);
  if (spelt === undefined) return text;
  if (!spelt.includes(':')) return undefined;
  return spelt.includes('/') ? spelt : `${spelt}/128`;
}

/** '1w2d3h4m5s', without the parts that are zero. */
export function formatTimeout(ms: number): string {
  let left = Math.max(0, Math.floor(ms / 1000));
  const parts = UNITS.map(([unit, seconds]) => {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    return count === 0 ? '' : `${count}${unit}`;
  }).join('');
  return parts === '' ? '0s' : parts;
}

/** Milliseconds of '1h30m' or '01:30:00'; undefined for what the console would not take. */
export function parseTimeout(text: string): number | undefined {
  const clock = /^(\d+):(\d\d):(\d\d)$/.exec(text);
  if (clock !== null) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])) * 1000;
  if (!/^(\d+[wdhms])+$/.test(text)) return undefined;
  const seconds = [...text.matchAll(/(\d+)([wdhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0),
    0,
  );
  return seconds * 1000;
}

const UNITS = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;
