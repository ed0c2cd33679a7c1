import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { NameLook, NameLooksAnswer } from '../../api/types.ts';

/** What the server says of names before they are allowed, by the name as it was asked. */
export function useNameLooks(
  names: readonly string[],
  group: string | undefined,
): ReadonlyMap<string, NameLook> {
  const asked = [...new Set(names)].slice(0, MOST_NAMES);
  const { data } = useQuery({
    ...nameLooksQuery(asked, group),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  });
  return new Map(data?.items.map((look) => [look.name, look]));
}

export function nameLooksQuery(names: readonly string[], group: string | undefined) {
  return {
    queryKey: ['name-looks', group, names],
    queryFn: () =>
      request<NameLooksAnswer>('POST', '/names/look', {
        names,
        ...(group === undefined || group === '' ? {} : { group }),
      }),
    staleTime: 60_000,
  };
}

/** As many as one request takes; of a longer list the first. */
const MOST_NAMES = 500;
