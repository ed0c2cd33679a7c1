import { useQuery } from '@tanstack/react-query';
import { KEYS, usePollMs } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import type { Group, Queries } from '../../api/types.ts';

/** The client of a protected host that asked last, as the set-up finds it; a question of anybody else says nothing of the host. Null: none did. */
export function useHeard(groups: readonly Group[]): string | null | undefined {
  // The group of a first start is this machine itself.
  const names = groups
    .filter(({ origin }) => origin !== 'default')
    .slice(0, MOST_GROUPS)
    .map(({ name }) => name);
  const pollMs = usePollMs();
  const { data } = useQuery({
    queryKey: [...KEYS.queries, 'heard', names],
    queryFn: async () => {
      const pages = await Promise.all(
        names.map((group) => request<Queries>('GET', `/queries${queryText({ group, limit: 1 })}`)),
      );
      const [last] = pages.flatMap(({ items }) => items).toSorted((a, b) => b.at.localeCompare(a.at));
      return last?.client ?? null;
    },
    enabled: names.length > 0,
    refetchInterval: ({ state }) => (typeof state.data === 'string' ? false : pollMs),
  });
  return names.length === 0 ? null : data;
}

/** Each is a search of the query log. */
const MOST_GROUPS = 8;
