import { useThrottledValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useServices } from '../../api/context.ts';
import { KEYS, usePollMs } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import { useMayApprove } from '../../api/roles.ts';
import type { Denials, QueryCounted, Why } from '../../api/types.ts';
import { inPortions } from '../../lib/in-portions.ts';
import { asParameters, beginOf, endOf, readFilter } from './filter.ts';
import type { Line } from './lines.ts';

/** How many questions the filter finds over its time; looked at again now and then, not with every line. */
export function useCounts(filter: string) {
  const { clock } = useServices();
  return useQuery({
    queryKey: ['query-counts', filter],
    queryFn: () => readCounts(filter, clock.now()),
    refetchInterval: COUNT_AGAIN_MS,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function readCounts(filter: string, now: number, begin = beginOf(readFilter(filter), now)) {
  const terms = readFilter(filter);
  const [since, until] = [new Date(begin), new Date(endOf(terms, now))].map((at) => at.toISOString());
  return request<QueryCounted>(
    'GET',
    `/queries/counts${queryText({ ...asParameters(terms, now), since, until, parts: PARTS })}`,
  );
}

type Asked = Pick<Line, 'name' | 'group' | 'verdict' | 'reason'>;

/** Which of these lines' names wait under Refused, for somebody who may allow them: what a rule refuses, or is refused on purpose, does not. */
export function useWaiting(lines: readonly Asked[]): (line: Asked) => boolean {
  const approve = useMayApprove();
  const pollMs = usePollMs();
  const inSight = approve ? [...new Set(lines.filter(mayWait).map(({ name }) => name))].sort().join(' ') : '';
  // Lines that go by are asked for together.
  const text = useThrottledValue(inSight, GATHER_MS);
  const { data } = useQuery({
    queryKey: [...KEYS.denials, 'waiting', text],
    queryFn: () => readWaiting(text.split(' ')),
    enabled: text !== '',
    refetchInterval: pollMs,
    placeholderData: keepPreviousData,
  });
  return (line) => approve && mayWait(line) && data?.has(placeOf(line)) === true;
}

function mayWait({ verdict, reason }: Asked): boolean {
  return verdict === 'denied' && reason === 'no-rule';
}

async function readWaiting(names: readonly string[]): Promise<ReadonlySet<string>> {
  const pages = await inPortions(names, NAMES_AT_ONCE, (some) =>
    request<Denials>(
      'GET',
      `/denials?${new URLSearchParams([['limit', '500'], ...some.map((name) => ['name', name])])}`,
    ),
  );
  return new Set(pages.flatMap(({ items }) => items).map(placeOf));
}

function placeOf({ group, name }: Pick<Line, 'group' | 'name'>): string {
  return `${group} ${name}`;
}

/** What the ledger and the firewalls did about the name at the time of the question. */
export function useWhyThen({
  name,
  group,
  at,
  durationMs,
}: Pick<Line, 'name' | 'group' | 'at' | 'durationMs'>) {
  const { clock } = useServices();
  return useQuery({
    queryKey: [...KEYS.why, 'then', name, group, at],
    queryFn() {
      // What the answer opened was opened after the question, and before the client was told.
      const end = Math.min(Date.parse(at) + durationMs + AFTERWARDS_MS, clock.now());
      const then = end > Date.parse(at) ? `${at}/${new Date(end).toISOString()}` : at;
      return request<Why>('GET', `/why${queryText({ name, group, at: then })}`);
    },
    enabled: group !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** Milliseconds: the lease is written at once, and time in the log is rounded. */
const AFTERWARDS_MS = 1_000;
/** Bars of the histogram. */
const PARTS = 60;
/** Milliseconds. */
const COUNT_AGAIN_MS = 30_000;
/** Names of one request: its address has an end. */
const NAMES_AT_ONCE = 50;
/** Milliseconds. */
const GATHER_MS = 300;
