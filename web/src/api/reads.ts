/** What the page reads, each once, whatever asks for it. While the stream is live it says what to read again. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { type PageServices, useLiveState, useServices } from './context.ts';
import { queryText, request } from './request.ts';
import type { Denials, DoctorsList, Hosts, Leases, Queries, Rules, Session, Status, Why } from './types.ts';

/** One word per noun: what the stream tells makes everything below it old. */
export const KEYS = {
  session: ['session'],
  status: ['status'],
  denials: ['denials'],
  hosts: ['hosts'],
  leases: ['leases'],
  rules: ['rules'],
  audit: ['audit'],
  queries: ['queries'],
  why: ['why'],
  doctor: ['doctor'],
  reproduce: ['reproduce'],
  series: ['series'],
  runs: ['runs'],
  drift: ['drift'],
  addresses: ['addresses'],
} as const;

export const sessionRead = queryOptions({
  queryKey: KEYS.session,
  queryFn: () => request<Session>('GET', '/session'),
  staleTime: Number.POSITIVE_INFINITY,
});

export function statusRead({ clock }: Pick<PageServices, 'clock'>) {
  return queryOptions({
    queryKey: KEYS.status,
    async queryFn() {
      const status = await request<Status>('GET', '/status');
      clock.set(status.now);
      return status;
    },
  });
}

export function useSession() {
  return useQuery(sessionRead);
}

export function useStatus() {
  return useQuery({ ...statusRead(useServices()), refetchInterval: usePollMs() });
}

export interface DenialsFilter {
  readonly state: 'waiting' | 'muted' | 'decided';
  readonly window?: string | undefined;
  readonly group?: string | undefined;
  /** Text anywhere in the name. */
  readonly part?: string | undefined;
  readonly limit?: number | undefined;
}

/** Refused last first. */
export function useDenials({ state, window, group, part, limit = MOST_DENIALS }: DenialsFilter) {
  const asked = { state, window, group, part, limit };
  return useQuery({
    queryKey: [...KEYS.denials, asked],
    queryFn: () => request<Denials>('GET', `/denials${queryText(asked)}`),
    refetchInterval: usePollMs(),
    placeholderData: keepPreviousData,
  });
}

export function useHosts() {
  return useQuery({
    queryKey: KEYS.hosts,
    queryFn: () => request<Hosts>('GET', '/hosts'),
    refetchInterval: usePollMs(),
  });
}

export function useLeases() {
  return useQuery({
    queryKey: KEYS.leases,
    queryFn: () => request<Leases>('GET', '/leases'),
    refetchInterval: usePollMs(),
  });
}

export function useRules() {
  return useQuery({
    queryKey: KEYS.rules,
    queryFn: () => request<Rules>('GET', '/rules'),
    refetchInterval: usePollMs(),
  });
}

/** Those that end by themselves: few, however many there are of the others. */
export function useTemporaryRules() {
  return useQuery({
    queryKey: [...KEYS.rules, 'temporary'],
    queryFn: () => request<Rules>('GET', '/rules?temporary=true'),
    refetchInterval: usePollMs(),
  });
}

export function useWhy(asked: { readonly name?: string; readonly address?: string } | undefined) {
  return useQuery({
    queryKey: [...KEYS.why, asked],
    queryFn: () => request<Why>('GET', `/why${queryText({ ...asked })}`),
    enabled: asked !== undefined,
    staleTime: 2_000,
    // The last questions are in it, and the stream does not tell when they were written down.
    refetchInterval: WHY_AGAIN_MS,
    retry: false,
  });
}

const WHY_AGAIN_MS = 3_000;

export function useDoctor(isWanted: boolean) {
  return useQuery({
    queryKey: KEYS.doctor,
    queryFn: () => request<DoctorsList>('POST', '/doctor', {}),
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export function readQueries(filter: Readonly<Record<string, string | undefined>>): Promise<Queries> {
  return request<Queries>('GET', `/queries${queryText({ ...filter, limit: 200 })}`);
}

/** Milliseconds between two looks: rare while the stream tells of every change, often while it does not. */
export function usePollMs(): number {
  return useLiveState().kind === 'live' ? POLL_LIVE_MS : POLL_MS;
}

const POLL_LIVE_MS = 30_000;
const POLL_MS = 2_000;
/** As many as one page of the API has. */
const MOST_DENIALS = 500;
