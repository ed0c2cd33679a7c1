import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { LearnReport, ReplayResult } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

export type Suggestion = LearnReport['suggestion']['rules'][number];

/** What the hosts asked since they learn. Not read again by itself: nobody likes a list that changes under their ticks. */
export function useLearnReport(group: string | undefined) {
  return useQuery({
    queryKey: ['learn-report', group],
    queryFn: () => request<LearnReport>('GET', `${pathOf(group ?? '')}/report`),
    enabled: group !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What enforcing with these rules would have refused. */
export function useEnforcePreview(group: string, rules: readonly Suggestion[]) {
  return useQuery({
    queryKey: ['enforce-preview', group, rules.map(({ pattern }) => pattern)],
    queryFn: () =>
      request<ReplayResult>('POST', `${pathOf(group)}/enforce/preview`, {
        rules: rules.map(asRule),
        since: '24h',
      }),
    staleTime: 60_000,
  });
}

export function useEnforce(group: string) {
  const cache = useQueryClient();
  const tell = useNotice();
  const failed = (error: unknown) => tell({ text: problemText(error), kind: 'problem' });
  const readAgain = () => {
    for (const key of Object.values(KEYS)) {
      if (key !== KEYS.session) void cache.invalidateQueries({ queryKey: key });
    }
  };
  const back = useMutation({
    mutationFn: () => request('POST', `${pathOf(group)}/learn`, {}),
    onError: failed,
    onSettled: readAgain,
  });
  return useMutation({
    mutationFn: (rules: readonly Suggestion[]) =>
      request('POST', `${pathOf(group)}/enforce`, { rules: rules.map(asRule) }),
    onSuccess: () => tell({ text: t.learn.done(group), undo: () => back.mutate() }),
    onError: failed,
    onSettled: readAgain,
  });
}

function asRule({ pattern, types, why }: Suggestion) {
  return { pattern, types, note: why.slice(0, MOST_NOTE) };
}

function pathOf(group: string): string {
  return `/groups/${encodeURIComponent(group)}`;
}

/** Characters the API takes. */
const MOST_NOTE = 500;
