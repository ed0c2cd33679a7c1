import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { type Method, request } from '../../api/request.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';
import type { BackupList, Sessions, Settings, Tokens, Users } from './types.ts';

/** One word per noun. */
export const SETTINGS_KEYS = {
  session: KEYS.session,
  settings: ['settings'],
  users: ['users'],
  sessions: ['sessions'],
  tokens: ['tokens'],
  backups: ['backups'],
} as const;

export function useSettings(isWanted: boolean) {
  return useQuery({
    queryKey: SETTINGS_KEYS.settings,
    queryFn: () => request<Settings>('GET', '/settings'),
    enabled: isWanted,
  });
}

export function useUsers() {
  return useQuery({ queryKey: SETTINGS_KEYS.users, queryFn: () => request<Users>('GET', '/users') });
}

export function useSessions() {
  return useQuery({ queryKey: SETTINGS_KEYS.sessions, queryFn: () => request<Sessions>('GET', '/sessions') });
}

export function useTokens() {
  return useQuery({ queryKey: SETTINGS_KEYS.tokens, queryFn: () => request<Tokens>('GET', '/tokens') });
}

export function useBackups() {
  return useQuery({
    queryKey: SETTINGS_KEYS.backups,
    queryFn: () => request<BackupList>('GET', '/backups'),
    refetchInterval: ({ state }) => (state.data?.making === undefined ? false : WATCH_MS),
  });
}

interface Change {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  /** What is told when it is done. */
  readonly done?: string;
}

export type Noun = keyof typeof SETTINGS_KEYS;

/** A change of one of these nouns: what depends on it is read again, and what went wrong is told. */
export function useChange<Answer>(...touches: readonly Noun[]) {
  const tell = useNotice();
  return useChangeOf<Answer>(touches, (error) => tell({ text: problemText(error), kind: 'problem' }));
}

/** The same from a dialog, which shows itself what went wrong: a notice would lie below it. */
export function useDialogChange<Answer>(...touches: readonly Noun[]) {
  return useChangeOf<Answer>(touches);
}

function useChangeOf<Answer>(touches: readonly Noun[], onError?: (error: Error) => void) {
  const cache = useQueryClient();
  const tell = useNotice();
  return useMutation({
    mutationFn: ({ method, path, body }: Change) => request<Answer>(method, path, body),
    onSuccess(_answer, { done }) {
      if (done !== undefined) tell({ text: done });
    },
    ...(onError === undefined ? {} : { onError }),
    onSettled() {
      for (const key of touches) void cache.invalidateQueries({ queryKey: SETTINGS_KEYS[key] });
    },
  });
}

/** Milliseconds: a backup grows by some megabytes meanwhile. */
const WATCH_MS = 1_000;
