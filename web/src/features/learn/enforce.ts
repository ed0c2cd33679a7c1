import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { Refused, request } from '../../api/request.ts';
import { useTakeBack } from '../../api/take-back.ts';
import type { GroupChanged, LearnReport, ReplayResult } from '../../api/types.ts';
import { learnTexts } from '../../texts/en/learn.ts';
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

/** What enforcing with these rules would have refused in the last day. */
export function useEnforcePreview(group: string, rules: readonly Suggestion[]) {
  return useQuery({
    queryKey: ['enforce-preview', group, rules.map(({ pattern }) => pattern)],
    queryFn: () =>
      request<ReplayResult>('POST', `${pathOf(group)}/enforce/preview`, {
        rules: rules.map(asRule),
        since: '24h',
      }),
    staleTime: 60_000,
    // A tick changes the numbers, and must not make the page jump.
    placeholderData: keepPreviousData,
  });
}

export interface Enforcing {
  readonly rules: readonly Suggestion[];
  /** Though no firewall was seen to enforce addresses. */
  readonly override?: boolean;
}

/** One entry of the audit, which is taken back as one: mode and rules. */
export function useEnforce({ group, mode }: Pick<LearnReport, 'group' | 'mode'>) {
  const tell = useNotice();
  const takeBack = useTakeBack();
  const readAgain = useReadAgain();
  return useMutation({
    mutationFn: ({ rules, override }: Enforcing) =>
      request<GroupChanged>('POST', `${pathOf(group)}/enforce`, {
        rules: rules.map(asRule),
        ...(override === true ? { override } : {}),
      }),
    onSuccess: ({ entry }, { rules }) =>
      tell({
        text: mode === 'enforce' ? learnTexts.added(group, rules.length) : learnTexts.done(group),
        undo: () => void takeBack(entry),
      }),
    onError(error) {
      if (!needsOverride(error)) tell({ text: problemText(error), kind: 'problem' });
    },
    onSettled: readAgain,
  });
}

/** The way back at any later time: the rules stay. */
export function useLearnAgain(group: string) {
  const tell = useNotice();
  const takeBack = useTakeBack();
  const readAgain = useReadAgain();
  return useMutation({
    mutationFn: () => request<GroupChanged>('POST', `${pathOf(group)}/learn`, {}),
    onSuccess: ({ entry }) => tell({ text: learnTexts.backDone(group), undo: () => void takeBack(entry) }),
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled: readAgain,
  });
}

/** A person has to say that names shall be refused although no address is enforced. */
export function needsOverride(error: unknown): boolean {
  return error instanceof Refused && error.code === 'enforce-needs-firewall';
}

function useReadAgain() {
  const cache = useQueryClient();
  return () => {
    for (const key of Object.values(KEYS)) {
      if (key !== KEYS.session) void cache.invalidateQueries({ queryKey: key });
    }
    void cache.invalidateQueries({ queryKey: ['learn-report'] });
  };
}

function asRule({ pattern, types, why }: Suggestion) {
  return { pattern, types, note: why.slice(0, MOST_NOTE) };
}

function pathOf(group: string): string {
  return `/groups/${encodeURIComponent(group)}`;
}

/** Characters the API takes. */
const MOST_NOTE = 500;
