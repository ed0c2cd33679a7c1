import { useQueries, useQuery } from '@tanstack/react-query';
import { KEYS, usePollMs, useStatus } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import type { Reproduce, Symptoms } from '../../api/types.ts';

/** What is being reproduced, in any group: by somebody here, in another tab or at the command line. */
export function useReproducing(all: boolean): readonly Reproduce[] {
  const { data: status } = useStatus();
  const pollMs = usePollMs();
  const found = useQueries({
    queries: (status?.groups ?? []).map(({ name }) => ({
      queryKey: [...KEYS.reproduce, name, all],
      queryFn: () => request<Reproduce>('GET', `${pathOf(name)}${all ? '?all=1' : ''}`),
      refetchInterval: ({ state }: { readonly state: { readonly data: Reproduce | undefined } }) =>
        // The log is written a moment after a refusal was told of.
        state.data?.running === true ? RUNNING_MS : pollMs,
    })),
  });
  return found.flatMap(({ data }) => (data?.running === true ? [data] : []));
}

export function useSymptoms(words: string, group: string | undefined) {
  return useQuery({
    queryKey: ['symptoms', words, group],
    queryFn: () => request<Symptoms>('GET', `/symptoms${queryText({ q: words, group })}`),
    staleTime: 10_000,
  });
}

export function pathOf(group: string): string {
  return `/groups/${encodeURIComponent(group)}/reproduce`;
}

/** Milliseconds between two looks while somebody waits for what is refused. */
const RUNNING_MS = 2_000;
