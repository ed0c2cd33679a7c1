import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useServices } from '../../api/context.ts';
import { KEYS, useDenials } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import { useMayApprove } from '../../api/roles.ts';
import type { QueryCounted, Why } from '../../api/types.ts';
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

/** Whether a line's name waits under Refused, for somebody who may allow it: what a rule refuses, or is refused on purpose, does not. */
export function useWaiting(): (line: Pick<Line, 'name' | 'group' | 'verdict' | 'reason'>) => boolean {
  const approve = useMayApprove();
  const { data } = useDenials({ state: 'waiting' });
  const waiting = new Set(data?.items.map(({ group, name }) => `${group} ${name}`));
  return ({ name, group, verdict, reason }) =>
    approve && verdict === 'denied' && reason === 'no-rule' && waiting.has(`${group} ${name}`);
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
