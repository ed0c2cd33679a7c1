import { useQuery } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import type { Explained, Leases } from '../../api/types.ts';

/** What is open for a name or at an address now, what each firewall was read to hold, and who else is there. */
export function useOpenNow(asked: {
  readonly name?: string;
  readonly address?: string;
  readonly group?: string;
}) {
  return useQuery({
    queryKey: [...KEYS.leases, 'why', asked],
    queryFn: () => request<Leases>('GET', `/leases${queryText({ ...asked, risk: 'true', limit: MOST })}`),
    staleTime: STALE_MS,
  });
}

/** What the catalog says of it. */
export function useExplained(asked: { readonly address: string }) {
  return useQuery({
    queryKey: ['explain', asked],
    queryFn: () => request<Explained>('GET', `/explain${queryText({ ...asked })}`),
    staleTime: STALE_MS,
  });
}

/** Rows; `sallyport leases` has all of them. */
const MOST = 50;
const STALE_MS = 2_000;
