import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffectStore } from '../../api/effects.ts';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Allowed, AllowRequest, Denial, Denials } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';
import { useUndoAllow } from '../effects/change-rule.ts';

export interface Decision extends AllowRequest {
  readonly denial: Denial;
}

/** Allows a refused name. The row goes at once, and comes back where that failed. */
export function useAllow() {
  const cache = useQueryClient();
  const { follow } = useEffectStore();
  const tell = useNotice();
  const undo = useUndoAllow();
  const admin = useMayAdminister();
  return useMutation({
    mutationFn: ({ denial, ...asked }: Decision) =>
      request<Allowed>('POST', `/denials/${denial.id}/allow`, asked),
    onMutate: ({ denial }) => takeOut(cache, [denial]),
    onSuccess(allowed, { denial: { name }, for: time = '15m' }) {
      follow(allowed);
      tell({
        text:
          time === 'always'
            ? t.refused.allowedAlways(name)
            : t.refused.allowedFor(name, isKnown(time) ? t.actions.allowFor[time] : time),
        ...(admin ? { undo: () => undo.mutate(allowed) } : {}),
      });
    },
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
    onMutate: (denial) => takeOut(cache, [denial]),
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

function isKnown(time: string): time is keyof typeof t.actions.allowFor {
  return time in t.actions.allowFor;
}

/** The rows go at once; what failed comes back with the next reading. */
export function takeOut(cache: QueryClient, denials: readonly Denial[]): void {
  const ids = new Set(denials.map(({ id }) => id));
  cache.setQueriesData<Denials>({ queryKey: KEYS.denials }, (page) => page && without(page, ids));
}

function without(page: Denials, ids: ReadonlySet<number>): Denials {
  const items = page.items.filter(({ id }) => !ids.has(id));
  return { ...page, items, total: page.total - (page.items.length - items.length) };
}

export function readAgain(cache: QueryClient): void {
  for (const key of ['denials', 'status', 'rules', 'audit'] as const) {
    void cache.invalidateQueries({ queryKey: KEYS[key] });
  }
}
