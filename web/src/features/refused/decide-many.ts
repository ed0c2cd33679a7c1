/** What is decided about many refused names at once: a few requests at a time, one notice, and the lists are read once. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffectStore } from '../../api/effects.ts';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Allowed, Denial } from '../../api/types.ts';
import { eachInPortions } from '../../lib/in-portions.ts';
import { refusedTexts } from '../../texts/en/refused.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';
import { undoAllow } from '../effects/change-rule.ts';
import { readAgain, takeOut } from './decide.ts';

/** Allows each of these names for 15 minutes. */
export function useAllowMany() {
  const store = useEffectStore();
  const admin = useMayAdminister();
  return useMany<Allowed>({
    act: ({ id }) => request('POST', `/denials/${id}/allow`, { for: '15m' }),
    onDone: (these) => these.forEach(store.follow),
    textOf: refusedTexts.allowedMany,
    nameOf: ({ denial }) => denial.name,
    ...(admin ? { undo: (one) => undoAllow(store, one) } : {}),
  });
}

/** They go on being refused and counted. */
export function useMuteMany() {
  return useMany<Denial>({
    act: async (denial) => {
      await request('POST', `/denials/${denial.id}/mute`, {});
      return denial;
    },
    textOf: refusedTexts.mutedMany,
    nameOf: ({ name }) => name,
    undo: ({ id }) => request('POST', `/denials/${id}/unmute`, {}),
  });
}

interface Many<Done> {
  readonly act: (denial: Denial) => Promise<Done>;
  readonly onDone?: (these: readonly Done[]) => void;
  readonly textOf: (names: string) => string;
  readonly nameOf: (one: Done) => string;
  /** Absent: whoever did it may not take it back. */
  readonly undo?: (one: Done) => Promise<unknown>;
}

function useMany<Done>({ act, onDone, textOf, nameOf, undo }: Many<Done>) {
  const cache = useQueryClient();
  const tell = useNotice();
  const tellOf = (text: string, problems: readonly unknown[], back?: () => void) => {
    const kind = problems.length > 0 ? 'problem' : 'done';
    const why = problems.length > 0 ? [refusedTexts.notDone(problems.length, problemText(problems[0]))] : [];
    const said = [...(text === '' ? [] : [text]), ...why].join('. ');
    tell({ text: said, kind, ...(back === undefined ? {} : { undo: back }) });
  };
  const namesOf = (these: readonly Done[]) =>
    these.length === 1 ? these.map(nameOf).join('') : refusedTexts.names(these.length);

  const takingBack = useMutation({
    mutationFn: ({ these, back }: { these: readonly Done[]; back: (one: Done) => Promise<unknown> }) =>
      eachInPortions(these, AT_ONCE, async (one) => {
        await back(one);
        return one;
      }),
    onSuccess: ({ done, problems }) =>
      tellOf(done.length === 0 ? '' : refusedTexts.undoneMany(namesOf(done)), problems),
    onSettled: () => readAgain(cache),
  });
  return useMutation({
    mutationFn: (denials: readonly Denial[]) => eachInPortions(denials, AT_ONCE, act),
    onMutate: (denials) => takeOut(cache, denials),
    onSuccess({ done, problems }) {
      onDone?.(done);
      if (done.length === 0) return tellOf('', problems);
      const back = undo && (() => takingBack.mutate({ these: done, back: undo }));
      tellOf(textOf(namesOf(done)), problems, back);
    },
    onSettled: () => readAgain(cache),
  });
}

/** Requests under way together: a browser opens about as many connections, and others of the page wait behind them. */
const AT_ONCE = 5;
