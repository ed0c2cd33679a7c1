import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { NameLook, NameLooksAnswer } from '../../api/types.ts';
import { inPortions } from '../../lib/in-portions.ts';

/** What the server says of names before they are allowed, by the name as it was asked. */
export function useNameLooks(
  names: readonly string[],
  group: string | undefined,
): ReadonlyMap<string, NameLook> {
  const asked = [...new Set(names)];
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
    queryFn: () => lookAt(names, group),
    staleTime: 60_000,
  };
}

async function lookAt(names: readonly string[], group: string | undefined): Promise<NameLooksAnswer> {
  const items: NameLook[] = [];
  const ofGroup = group === undefined || group === '' ? {} : { group };
  await inPortions(names, MOST_NAMES, async (portion) => {
    const answer = await request<NameLooksAnswer>('POST', '/names/look', { names: portion, ...ofGroup });
    items.push(...answer.items);
  });
  return { items };
}

/** As many as one request takes. */
const MOST_NAMES = 500;
