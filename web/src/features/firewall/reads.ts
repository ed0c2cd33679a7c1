/** What only the Firewall screen reads. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import type { FirewallDrift, Leases, PastLeases, PinnedAddresses, Runs } from '../../api/types.ts';

export function useRuns() {
  return useInfiniteQuery({
    queryKey: KEYS.runs,
    queryFn: ({ pageParam }) => request<Runs>('GET', `/runs${queryText({ cursor: pageParam, limit: RUNS })}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
}

export function useDrift(firewall: string) {
  return useQuery({
    queryKey: [...KEYS.drift, firewall],
    queryFn: () => request<FirewallDrift>('GET', `/firewalls/${encodeURIComponent(firewall)}/drift`),
  });
}

/** Addresses opened by hand, for who takes one back. */
export function usePins(isWanted: boolean) {
  return useQuery({
    queryKey: KEYS.addresses,
    queryFn: () => request<PinnedAddresses>('GET', '/addresses'),
    enabled: isWanted,
  });
}

/** How far the open addresses reach beyond their names; costly, so it is asked for few and not at every change. */
export function useRisks(isWanted: boolean) {
  return useQuery({
    queryKey: ['risks-of-open'],
    queryFn: () => request<Leases>('GET', `/leases${queryText({ risk: 'true', limit: MOST_RISKS })}`),
    enabled: isWanted,
    staleTime: RISKS_STALE_MS,
    placeholderData: keepPreviousData,
  });
}

export function usePastLeases(at: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['past-leases', at],
    queryFn: ({ pageParam }) =>
      request<PastLeases>('GET', `/leases${queryText({ at: moment(at), cursor: pageParam, limit: 200 })}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled: at !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** The browser's own time, as the field has it, becomes a moment that is the same everywhere. */
function moment(at: string | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** Runs at a time: what happened last, above a list that may be long. */
const RUNS = 6;
/** Open addresses of which the risk is asked at once; as many as one page of the API has. */
export const MOST_RISKS = 500;
/** Milliseconds: who else is behind an address changes by the day. */
const RISKS_STALE_MS = 5 * 60_000;
