/** The lines that are shown of the query log, newest first: history below, what comes live above, bounded. Pure. */
import type { EventData, Queries, Query } from '../../api/types.ts';
import { isMeant, type Term } from './filter.ts';

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
  /** Heard while the first page of a filter was on its way; absent: it has come. */
  readonly early?: readonly Line[] | undefined;
  /** What is held does not join what is shown: where it goes on behind, once it is shown. */
  readonly gap?: Behind | undefined;
}

type Behind = Pick<Lines, 'nextCursor' | 'searchedTo'>;

export const NO_LINES: Lines = {
  shown: [],
  held: [],
  nextCursor: undefined,
  searchedTo: undefined,
  dropped: 0,
};

/** Another filter: what is shown stays until its first page is here. */
export function begun(lines: Lines): Lines {
  return { ...lines, early: [] };
}

/** The first page of a filter could not be read: what is shown is of the filter before, and does not stay under this one. */
export function withoutFirst(lines: Lines): Lines {
  return lines.early === undefined ? lines : { ...NO_LINES, early: lines.early };
}

/** The newest page: the first, or one that brings what the stream may have missed. */
export function withNewest(lines: Lines, page: Queries, holds: boolean): Lines {
  const items = page.items.map(fromHistory);
  const behind = behindOf(page);
  if (lines.early !== undefined) {
    return bounded({ ...NO_LINES, ...behind }, once([...above(lines.early, items), ...items]));
  }
  const base = holds ? lines : released(lines);
  const newest = newestOf([...base.held, ...base.shown]);
  const joins = page.nextCursor === undefined || Number(page.nextCursor) <= (newest ?? 0);
  if (!holds) {
    return joins
      ? bounded(base, woven(base.shown, items))
      : bounded({ ...base, ...behind }, once([...above(base.shown, items), ...items]));
  }
  if (!joins) return heldBack({ ...base, gap: behind }, once([...above(base.held, items), ...items]));
  const seen = newestOf(base.shown) ?? 0;
  return heldBack(
    base,
    woven(
      base.held,
      items.filter(({ id = 0 }) => id > seen),
    ),
  );
}

/** A page that is older than what is shown, asked for behind `cursor`; too late where the list goes on elsewhere by now. */
export function withOlder(lines: Lines, page: Queries, cursor: string | undefined): Lines {
  if (lines.nextCursor !== cursor) return lines;
  return { ...lines, ...behindOf(page), shown: once([...lines.shown, ...page.items.map(fromHistory)]) };
}

/** What came live, oldest first as it came. */
export function withLive(
  before: Lines,
  batch: EventData<'query.batch'>,
  { terms, holds, from }: { readonly terms: readonly Term[]; readonly holds: boolean; readonly from: number },
): Lines {
  const fresh = batch.items
    .map((item, index) => ({ ...item, key: item.id === undefined ? `live ${from + index}` : `${item.id}` }))
    .filter((line) => isMeant(line, terms))
    .reverse();
  const lines = {
    ...before,
    dropped: before.dropped + batch.dropped,
    early: before.early && once([...fresh, ...before.early]).slice(0, MOST),
  };
  const newer = once([...fresh, ...lines.held]);
  return holds ? heldBack(lines, newer) : onTop(lines, newer);
}

/** What was held is shown now. */
export function released(lines: Lines): Lines {
  if (lines.held.length === 0) return lines;
  return onTop(lines, lines.held);
}

function onTop(lines: Lines, newer: readonly Line[]): Lines {
  const { gap, ...rest } = { ...lines, held: [] };
  if (gap !== undefined) return bounded({ ...rest, ...gap }, newer);
  return bounded(rest, once([...newer, ...lines.shown]));
}

/** Where the oldest are cut away, what is older goes on behind the last that is kept: nothing between is passed over. */
function bounded(lines: Lines, all: readonly Line[]): Lines {
  const shown = all.slice(0, MOST);
  return { ...lines, ...(shown.length < all.length ? behindLast(shown) : undefined), shown };
}

function heldBack(lines: Lines, all: readonly Line[]): Lines {
  const held = all.slice(0, MOST);
  return { ...lines, held, gap: (held.length < all.length ? behindLast(held) : undefined) ?? lines.gap };
}

function behindLast(kept: readonly Line[]): Behind | undefined {
  const last = kept.findLast(({ id }) => id !== undefined)?.id;
  return last === undefined ? undefined : { nextCursor: `${last}`, searchedTo: undefined };
}

function behindOf({ nextCursor, searchedTo }: Queries): Behind {
  return { nextCursor, searchedTo: nextCursor === undefined ? undefined : searchedTo };
}

/** A page in its place among lines that are known. */
function woven(known: readonly Line[], items: readonly Line[]): readonly Line[] {
  const newer = above(known, items);
  return once([...newer, ...items, ...known.slice(newer.length)]);
}

/** Those that came after the page was read. */
function above(known: readonly Line[], items: readonly Line[]): readonly Line[] {
  const top = newestOf(items) ?? 0;
  const at = known.findIndex(({ id }) => id !== undefined && id <= top);
  return at === -1 ? known : known.slice(0, at);
}

function newestOf(lines: readonly Line[]): number | undefined {
  return lines.find(({ id }) => id !== undefined)?.id;
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
