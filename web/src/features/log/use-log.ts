import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useRef, useState } from 'react';
import { useLiveState, useServices } from '../../api/context.ts';
import { KEYS, readQueries } from '../../api/reads.ts';
import type { EventData, Queries } from '../../api/types.ts';
import { type Lines, NO_LINES, released, withLive, withPage } from './lines.ts';
import type { LogSearch } from './search.ts';

export interface Log {
  readonly lines: Lines;
  readonly isLoading: boolean;
  readonly error: unknown;
  /** Shows what was held back. */
  release(): void;
  older(): void;
  again(): void;
}

/** History and what comes live as one list. `holds`: somebody reads further down, and nothing may move under their eyes. */
export function useLog(search: LogSearch, holds: boolean): Log {
  const { live } = useServices();
  const isLive = useLiveState().kind === 'live';
  const cache = useQueryClient();
  const [lines, tell] = useReducer(change, NO_LINES);
  const [state, setState] = useState<{ readonly isLoading: boolean; readonly error: unknown }>(LOADING);
  const [round, setRound] = useState(0);
  const count = useRef(0);
  const now = useRef({ search, holds });
  now.current = { search, holds };
  const { part, client, verdict } = search;

  useEffect(() => {
    let isOver = false;
    const read = async (isFirst: boolean) => {
      try {
        const page = await cache.fetchQuery({
          queryKey: [...KEYS.queries, { part, client, verdict, round }],
          queryFn: () => readEnough({ part, client, verdict }),
          staleTime: 0,
        });
        if (isOver) return;
        tell(isFirst ? { kind: 'first', page } : { kind: 'newest', page, ...now.current });
        setState(READY);
      } catch (error) {
        if (!isOver) setState({ isLoading: false, error });
      }
    };
    setState(LOADING);
    void read(true);
    // Without the stream the newest page is read again and again.
    const timer = isLive ? undefined : setInterval(() => void read(false), POLL_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [cache, part, client, verdict, round, isLive]);

  useEffect(() => {
    const stopWanting = live.wantQueries();
    const stopHearing = live.on('query.batch', (batch) => {
      tell({ kind: 'live', batch, from: count.current, ...now.current });
      count.current += batch.items.length;
    });
    return () => {
      stopHearing();
      stopWanting();
    };
  }, [live]);

  const older = async () => {
    try {
      const cursor = lines.nextCursor;
      tell({ kind: 'older', page: await readEnough({ part, client, verdict, cursor }) });
    } catch (error) {
      setState({ isLoading: false, error });
    }
  };
  return {
    lines,
    ...state,
    release: () => tell({ kind: 'release' }),
    older: () => void older(),
    again: () => setRound(round + 1),
  };
}

/** One search ends after a moment, however little it found; it goes on until there is something to read. */
async function readEnough(filter: Readonly<Record<string, string | undefined>>): Promise<Queries> {
  let page = await readQueries(filter);
  for (let searches = 1; searches < MOST_SEARCHES; searches++) {
    const { items, nextCursor: cursor } = page;
    if (items.length >= ENOUGH || cursor === undefined) break;
    const next = await readQueries({ ...filter, cursor });
    page = { ...next, items: [...items, ...next.items] };
  }
  return page;
}

/** Lines that fill a screen. */
const ENOUGH = 60;
/** Then a person decides whether to look further back. */
const MOST_SEARCHES = 8;

type Change =
  | { readonly kind: 'first' | 'older'; readonly page: Queries }
  | ({ readonly kind: 'newest'; readonly page: Queries } & Reading)
  | ({ readonly kind: 'live'; readonly batch: EventData<'query.batch'>; readonly from: number } & Reading)
  | { readonly kind: 'release' };

interface Reading {
  readonly search: LogSearch;
  readonly holds: boolean;
}

function change(lines: Lines, told: Change): Lines {
  switch (told.kind) {
    case 'first':
      return withPage(NO_LINES, told.page);
    case 'older':
      return withPage(lines, told.page);
    case 'newest':
      return withLive(lines, { items: told.page.items.toReversed(), dropped: 0 }, { ...told, from: 0 });
    case 'live':
      return withLive(lines, told.batch, told);
    case 'release':
      return released(lines);
  }
}

const LOADING = { isLoading: true, error: null };
const READY = { isLoading: false, error: null };
const POLL_MS = 2_000;
