/** The lines that are shown of the query log, newest first: history below, what comes live above, bounded. Pure. */
import type { EventData, Queries, Query } from '../../api/types.ts';
import type { LogSearch } from './search.ts';

export interface Line extends Omit<Query, 'id'> {
  readonly key: string;
  /** Absent: it came live and could not be written down. */
  readonly id?: number | undefined;
}

export interface Lines {
  readonly shown: readonly Line[];
  /** Come while somebody reads further down: shown when asked for. */
  readonly held: readonly Line[];
  readonly nextCursor: string | undefined;
  readonly searchedTo: string | undefined;
  /** Came faster than they could be shown; they are in the log. */
  readonly dropped: number;
}

export const NO_LINES: Lines = {
  shown: [],
  held: [],
  nextCursor: undefined,
  searchedTo: undefined,
  dropped: 0,
};

/** The newest page, or one that is older than what is shown. */
export function withPage(lines: Lines, { items, nextCursor, searchedTo }: Queries): Lines {
  return {
    ...lines,
    shown: once([...lines.shown, ...items.map(fromHistory)]),
    nextCursor,
    searchedTo: nextCursor === undefined ? undefined : searchedTo,
  };
}

/** What came live, oldest first as it came. */
export function withLive(
  lines: Lines,
  batch: EventData<'query.batch'>,
  { search, holds, from }: { readonly search: LogSearch; readonly holds: boolean; readonly from: number },
): Lines {
  const fresh = batch.items
    .map((item, index) => ({ ...item, key: item.id === undefined ? `live ${from + index}` : `${item.id}` }))
    .filter((line) => matches(line, search))
    .reverse();
  const dropped = lines.dropped + batch.dropped;
  if (holds) return { ...lines, dropped, held: once([...fresh, ...lines.held]).slice(0, MOST) };
  return {
    ...lines,
    dropped,
    held: [],
    shown: once([...fresh, ...lines.held, ...lines.shown]).slice(0, MOST),
  };
}

/** What was held is shown now. */
export function released(lines: Lines): Lines {
  if (lines.held.length === 0) return lines;
  return { ...lines, held: [], shown: once([...lines.held, ...lines.shown]).slice(0, MOST) };
}

export function matches({ name, client, verdict }: Line, search: LogSearch): boolean {
  return (
    (search.part === undefined || name.toLowerCase().includes(search.part.trim().toLowerCase())) &&
    (search.client === undefined || client === search.client.trim()) &&
    (search.verdict === undefined || verdict === search.verdict)
  );
}

/** The same line may come live and in a page. */
function once(lines: readonly Line[]): readonly Line[] {
  return [...new Map(lines.map((line) => [line.key, line])).values()];
}

function fromHistory(query: Query): Line {
  return { ...query, key: `${query.id}` };
}

/** Lines kept in the page: as many as anybody scrolls through; older ones are searched for. */
const MOST = 5_000;
