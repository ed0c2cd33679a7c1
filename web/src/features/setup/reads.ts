import { useMutation, useQuery } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { DoctorsList } from '../../api/types.ts';
import type { Presets, SelfTest, SetupSteps } from './types.ts';

export const SETUP_KEY = ['setup'] as const;

/** How far the set-up has come, as the server finds it; asked often while a step waits for somebody. */
export function useSetupSteps(everyMs: number) {
  return useQuery({
    queryKey: [...SETUP_KEY, 'steps'],
    queryFn: () => request<SetupSteps>('GET', '/setup/steps'),
    refetchInterval: everyMs,
  });
}

export function useSelfTest() {
  return useQuery({
    queryKey: [...SETUP_KEY, 'self-test'],
    queryFn: () => request<SelfTest>('POST', '/setup/self-test', {}),
    refetchInterval: WATCH_MS,
  });
}

export function usePresets() {
  return useQuery({
    queryKey: ['presets'],
    queryFn: () => request<Presets>('GET', '/presets'),
  });
}

/** The doctor's list of one firewall, or of one group. */
export function useLook() {
  return useMutation({
    mutationFn: (about: { readonly firewall: string } | { readonly client: string }) =>
      request<DoctorsList>('POST', '/doctor', about),
  });
}

/** Milliseconds: as often as somebody who waits looks. */
export const WATCH_MS = 2_000;
/** Milliseconds; what changes these steps is done on this page. */
export const REST_MS = 15_000;
