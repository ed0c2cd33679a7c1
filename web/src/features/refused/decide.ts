import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffectStore } from '../../api/effects.ts';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { Allowed, AllowRequest, Denial, Denials } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

export interface Decision extends AllowRequest {
  readonly denial: Denial;
}

/** Allows a refused name. The row goes at once, and comes back where that failed. */
export function useAllow() {
  const cache = useQueryClient();
  const { follow } = useEffectStore();
  const tell = useNotice();
  return useMutation({
    mutationFn: ({ denial, ...asked }: Decision) =>
      request<Allowed>('POST', `/denials/${denial.id}/allow`, asked),
    onMutate: ({ denial }) => takeOut(cache, denial),
    onSuccess: (allowed) => follow(allowed),
    onError(error, { denial }) {
      tell({ text: `${t.refused.failed(denial.name)}. ${problemText(error)}`, kind: 'problem' });
    },
    onSettled: () => readAgain(cache),
  });
}

/** Takes a refused name out of the list; it goes on being refused and counted. */
export function useMute() {
  const cache = useQueryClient();
  const tell = useNotice();
  const unmute = useUnmute();
  return useMutation({
    mutationFn: (denial: Denial) => request('POST', `/denials/${denial.id}/mute`, {}),
    onMutate: (denial) => takeOut(cache, denial),
    onSuccess: (_, denial) =>
      tell({ text: t.refused.mutedDone(denial.name), undo: () => unmute.mutate(denial) }),
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled: () => readAgain(cache),
  });
}

export function useUnmute() {
  const cache = useQueryClient();
  const tell = useNotice();
  return useMutation({
    mutationFn: (denial: Denial) => request('POST', `/denials/${denial.id}/unmute`, {}),
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled: () => readAgain(cache),
  });
}

function takeOut(cache: QueryClient, { id }: Denial): void {
  cache.setQueriesData<Denials>({ queryKey: KEYS.denials }, (page) =>
    page === undefined ? page : { ...page, items: page.items.filter((denial) => denial.id !== id) },
  );
}

function readAgain(cache: QueryClient): void {
  for (const key of ['denials', 'status', 'rules', 'audit'] as const) {
    void cache.invalidateQueries({ queryKey: KEYS[key] });
  }
}
