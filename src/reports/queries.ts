import type {
  CountInput,
  LinesAsked,
  QueryCounts,
  QueryFilter,
  QueryRecord,
  SearchPage,
} from '../actions/query-port.ts';
import { formatDomainName, parseDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { parseIpAddress } from '../base/ip-address.ts';
import { rcodeName, typeName } from '../dns/wire/constants.ts';
import { allGroupNames, findGroupByName } from '../store/groups.ts';
import type { MainDb, QueryLogDb } from '../store/open.ts';
import { countQueries as count } from '../store/querylog/count.ts';
import type { LineFilter } from '../store/querylog/filter.ts';
import { type FoundQuery, searchQueries as search } from '../store/querylog/search.ts';
import { ruleReference } from './rule-reference.ts';

export interface QueriesDeps {
  readonly main: MainDb;
  readonly queryLog: QueryLogDb;
}

/** Searches the query log, newest first; a cursor goes on where the page before ended. */
export function searchQueries({ main, queryLog }: QueriesDeps) {
  return ({ since, until, cursor, limit, ...lines }: QueryFilter): SearchPage => {
    const found = search(queryLog, {
      ...lineFilter(main, lines),
      limit,
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(cursor === undefined ? {} : { cursor: parseCursor(cursor) }),
    });
    const groups = allGroupNames(main);
    const { nextCursor, searchedTo } = found;
    return {
      items: found.items.map((query) => ({ ...recordOf(main, groups, query), id: query.id })),
      ...(nextCursor === undefined ? {} : { nextCursor: String(nextCursor) }),
      ...(searchedTo === undefined ? {} : { searchedTo }),
    };
  };
}

/** How many questions a filter finds over a time; one look takes a moment, and says how far it came. */
export function countQueries({ main, queryLog }: QueriesDeps) {
  return ({ since, until, parts, counted, ...lines }: CountInput): QueryCounts =>
    count(queryLog, { ...lineFilter(main, lines), since, until, parts, counted });
}

function lineFilter(
  main: MainDb,
  { name, part, below, client, group, verdict, reason, types }: LinesAsked,
): LineFilter {
  const groupId = group === undefined ? undefined : findGroupByName(main, group)?.id;
  if (group !== undefined && groupId === undefined) throw new KnownError('not-found', `group ${group}`);
  return {
    ...(verdict === undefined ? {} : { verdict }),
    ...(reason === undefined ? {} : { reason }),
    ...(name === undefined
      ? {}
      : {
          name: {
            kind: below === true ? 'both' : below === 'only' ? 'below' : 'exact',
            name: parseDomainName(name),
          },
        }),
    ...(part === undefined ? {} : { name: { kind: 'part', text: part } }),
    ...(client === undefined ? {} : { client: parseIpAddress(client) }),
    ...(types === undefined ? {} : { qtypes: types }),
    ...(groupId === undefined ? {} : { groupId }),
  };
}

function parseCursor(text: string): number {
  const cursor = Number(text);
  if (Number.isSafeInteger(cursor) && cursor > 0) return cursor;
  throw new KnownError('invalid-input', `not a cursor: ${JSON.stringify(text)}`, {
    hint: 'Give back the nextCursor of the page before, unchanged.',
  });
}

/** A line of the query log in words: names of groups, rules and types. */
export function recordOf(
  main: MainDb,
  groups: ReadonlyMap<number, string>,
  query: Omit<FoundQuery, 'id'>,
): Omit<QueryRecord, 'id'> {
  const group =
    query.groupId === undefined ? undefined : (groups.get(query.groupId) ?? String(query.groupId));
  return {
    at: query.at,
    client: query.client,
    ...(group === undefined ? {} : { group }),
    name: formatDomainName(query.name),
    type: typeName(query.qtype),
    verdict: query.verdict,
    reason: query.reason,
    ...ruleReference(main, query.ruleId),
    rcode: rcodeName(query.rcode),
    source: query.source,
    durationMs: query.durationUs / 1000,
    answers: query.answers,
    count: query.count,
  };
}
