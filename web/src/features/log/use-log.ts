import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { useLiveState, useServices } from '../../api/context.ts';
import { KEYS, readQueries } from '../../api/reads.ts';
import type { EventData, Queries } from '../../api/types.ts';
import { asParameters, readFilter, type Term } from './filter.ts';
import {
  begun,
  type Lines,
  NO_LINES,
  released,
  withLive,
  withNewest,
  withOlder,
  withoutFirst,
} from './lines.ts';

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
export function useLog(filter: string, holds: boolean): Log {
  const { live, clock } = useServices();
  const isLive = useLiveState().kind === 'live';
  const cache = useQueryClient();
  const [lines, tell] = useReducer(change, NO_LINES);
  const [state, setState] = useState<{ readonly isLoading: boolean; readonly error: unknown }>(LOADING);
  const [round, setRound] = useState(0);
  const count = useRef(0);
  const terms = useMemo(() => readFilter(filter), [filter]);
  const now = useRef({ terms, holds });
  now.current = { terms, holds };
  // Whose answers are awaited: those of a filter that is no more come to nothing.
  const asked = useRef<() => unknown>(undefined);
  const wasAlone = useRef(false);

  const read = useCallback(async () => {
    const mine = asked.current;
    try {
      const page = await cache.fetchQuery({
        queryKey: [...KEYS.queries, { filter, round }],
        queryFn: () => readEnough(asParameters(terms, clock.now())),
        staleTime: 0,
      });
      if (asked.current !== mine) return;
      tell({ kind: 'newest', page, holds: now.current.holds });
      setState(READY);
    } catch (error) {
      if (asked.current !== mine) return;
      tell({ kind: 'failed' });
      setState({ isLoading: false, error });
    }
  }, [cache, clock, filter, terms, round]);

  useEffect(() => {
    asked.current = read;
    tell({ kind: 'begin' });
    setState(LOADING);
    void read();
    return () => {
      asked.current = undefined;
    };
  }, [read]);

  useEffect(() => {
    if (isLive) {
      // What happened between two streams may not come with the second.
      if (wasAlone.current) void read();
      wasAlone.current = false;
      return;
    }
    wasAlone.current = true;
    // Without the stream the newest page is read again and again.
    const timer = setInterval(() => void read(), POLL_MS);
    return () => clearInterval(timer);
  }, [read, isLive]);

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
    const mine = asked.current;
    try {
      const cursor = lines.nextCursor;
      const page = await readEnough({ ...asParameters(terms, clock.now()), cursor });
      if (asked.current === mine) tell({ kind: 'older', page, cursor });
    } catch (error) {
      if (asked.current === mine) setState({ isLoading: false, error });
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
  | { readonly kind: 'begin' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'newest'; readonly page: Queries; readonly holds: boolean }
  | { readonly kind: 'older'; readonly page: Queries; readonly cursor: string | undefined }
  | {
      readonly kind: 'live';
      readonly batch: EventData<'query.batch'>;
      readonly from: number;
      readonly terms: readonly Term[];
      readonly holds: boolean;
    }
  | { readonly kind: 'release' };

function change(lines: Lines, told: Change): Lines {
  switch (told.kind) {
    case 'begin':
      return begun(lines);
    case 'failed':
      return withoutFirst(lines);
    case 'newest':
      return withNewest(lines, told.page, told.holds);
    case 'older':
      return withOlder(lines, told.page, told.cursor);
    case 'live':
      return withLive(lines, told.batch, told);
    case 'release':
      return released(lines);
  }
}

const LOADING = { isLoading: true, error: null };
const READY = { isLoading: false, error: null };
const POLL_MS = 2_000;
