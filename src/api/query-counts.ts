import type { LinesAsked, QueryPort } from '../actions/query-port.ts';
import { isoTime } from './contract/common.ts';
import type { QueryCounts } from './contract/queries.ts';

interface Asked {
  readonly lines: LinesAsked;
  readonly since: number;
  readonly until: number;
  readonly parts: number;
}

/** Look after look, so that another search gets its turn in between. */
export async function countOver(
  queries: Pick<QueryPort, 'count'>,
  { lines, since, until, parts }: Asked,
): Promise<QueryCounts> {
  const found = await count(queries, { lines, since, until, parts });
  // Without a filter it is the same, and counted once.
  const isAll = Object.values(lines).every((value) => value === undefined);
  const all = isAll ? found : await count(queries, { lines: {}, since, until, parts });
  const sum = (of: readonly Part[]) =>
    of.reduce((total, { allowed, denied, failed }) => total + allowed + denied + failed, 0);
  const counted = Math.min(found.length, all.length);
  return {
    since: isoTime(since),
    until: isoTime(until),
    parts: found
      .toReversed()
      .map(({ at, allowed, denied, failed }) => ({ at: isoTime(at), allowed, denied, failed })),
    questions: sum(found),
    lines: found.reduce((total, part) => total + part.lines, 0),
    all: sum(all),
    ...(counted === parts ? {} : { countedTo: isoTime(all[counted - 1]?.at ?? until) }),
  };
}

type Part = Awaited<ReturnType<QueryPort['count']>>['parts'][number];

/** Newest first, as far as it came. */
async function count(
  queries: Pick<QueryPort, 'count'>,
  { lines, since, until, parts }: Asked,
): Promise<readonly Part[]> {
  const all: Part[] = [];
  for (let look = 0; look < MOST_LOOKS && all.length < parts; look++) {
    const counts = await queries.count({ ...lines, since, until, parts, counted: all.length });
    all.push(...counts.parts);
  }
  return all;
}

/** Of a tenth of a second each, and of two counts: ten seconds. */
const MOST_LOOKS = 50;
