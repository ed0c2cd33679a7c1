import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { Reproduce, ReproducedAllowed, ReproducedDecided } from '../../api/types.ts';
import { reproduceTexts } from '../../texts/en/reproduce.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';
import { pathOf } from './reads.ts';

/** What can be done about what is being reproduced; the server keeps where it stands. */
export function useReproduceActs() {
  const cache = useQueryClient();
  const tell = useNotice();
  const after = {
    onError: (error: unknown) => tell({ text: problemText(error), kind: 'problem' as const }),
    onSettled() {
      for (const key of ['reproduce', 'rules', 'denials', 'status', 'audit', 'leases'] as const) {
        void cache.invalidateQueries({ queryKey: KEYS[key] });
      }
    },
  };
  return {
    start: useMutation({
      mutationFn: (group: string) => request<Reproduce>('POST', pathOf(group), {}),
      ...after,
    }),
    allow: useMutation({
      mutationFn: ({ group, names }: { readonly group: string; readonly names?: readonly string[] }) =>
        request<ReproducedAllowed>('POST', `${pathOf(group)}/allow`, {
          for: '15m',
          ...(names === undefined ? {} : { names }),
        }),
      onSuccess({ skipped }: ReproducedAllowed) {
        const [first] = skipped;
        if (first === undefined) return;
        tell({
          text:
            skipped.length === 1
              ? reproduceTexts.skipped(first.name, first.why)
              : reproduceTexts.leftOut(skipped.length),
        });
      },
      ...after,
    }),
    verify: useMutation({
      mutationFn: (group: string) => request<Reproduce>('POST', `${pathOf(group)}/verify`, {}),
      ...after,
    }),
    stop: useMutation({
      mutationFn: (group: string) => request<Reproduce>('DELETE', pathOf(group)),
      onSuccess: () => tell({ text: reproduceTexts.stopped }),
      ...after,
    }),
    keep: useMutation({
      mutationFn: (group: string) => request<ReproducedDecided>('POST', `${pathOf(group)}/keep`, {}),
      onSuccess: ({ rules }: ReproducedDecided) => tell({ text: reproduceTexts.kept(rules.length) }),
      ...after,
    }),
    drop: useMutation({
      mutationFn: (group: string) => request<ReproducedDecided>('POST', `${pathOf(group)}/drop`, {}),
      onSuccess: ({ rules }: ReproducedDecided) => tell({ text: reproduceTexts.dropped(rules.length) }),
      ...after,
    }),
  };
}
