import { median } from '../bench/statistics.ts';
import type { Case, Ending } from './cases.ts';
import type { Client, LookUp } from './clients.ts';
import type { Room } from './room.ts';

/** One cell of the table: a case, as a client saw it. */
export interface Measured {
  readonly said: string;
  /** Of the last look-up, sorted. */
  readonly addresses: readonly string[];
  readonly medianMs: number;
  readonly longestMs: number;
}

/** Look-ups behind the first, which may have found nothing in the cache. */
const REPETITIONS = 5;
/** Somebody else may have had the processor: a limit that can be kept is kept in one of so many. */
const MEASUREMENTS = 5;

/** Looks up until the median is below the case's limit, at most five times over; throws when the client said different things. */
export async function measure(room: Room, client: Client, asked: Case): Promise<Measured> {
  for (let left = MEASUREMENTS; ; left--) {
    const measured = await measureOnce(room, client, asked);
    if (left <= 1 || measured.medianMs < (asked.limitMs ?? Number.POSITIVE_INFINITY)) return measured;
  }
}

export function canAsk(client: Client, { type }: Case): boolean {
  return type === undefined || client.types.includes(type);
}

export interface Expected {
  readonly ending: Ending;
  /** Sorted; those it may tell. */
  readonly addresses: readonly string[];
  /** How many of them. */
  readonly count: number;
}

/** What a case must come to for a client that asks for what this one asks for, and reads what this one can read. */
export function expectedOf(client: Client, { ending, a = [], aaaa = [], fitsMusl }: Case): Expected {
  const addresses = [...a, ...(client.ipv4Only === true ? [] : aaaa)].toSorted();
  if (addresses.length === 0) return { ending: ending === 'found' ? 'no data' : ending, addresses, count: 0 };
  if (client.tellsOne === true) return { ending, addresses, count: 1 };
  return {
    ending,
    addresses,
    count: client.isMusl === true ? (fitsMusl ?? addresses.length) : addresses.length,
  };
}

async function measureOnce(room: Room, client: Client, asked: Case): Promise<Measured> {
  const lookUps = await client.lookUp(room, asked, asked.once === true ? 1 : 1 + REPETITIONS);
  const last = lookUps.at(-1);
  if (last === undefined) throw new Error(`${client.name} looked up nothing: ${asked.title}`);
  const others = lookUps.filter((lookUp) => summary(lookUp) !== summary(last));
  if (others.length > 0)
    throw new Error(
      `${client.name} said ${others.map(summary).join(' and ')}, then ${summary(last)}: ${asked.title}`,
    );
  const times = (lookUps.length > 1 ? lookUps.slice(1) : lookUps).map((lookUp) => lookUp.ms);
  return {
    said: last.said,
    addresses: last.addresses.toSorted(),
    medianMs: median(times),
    longestMs: Math.max(...lookUps.map((lookUp) => lookUp.ms)),
  };
}

function summary({ said, addresses }: LookUp): string {
  return `${said} with ${addresses.length} addresses`;
}
