import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffectStore } from '../../api/effects.ts';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { RuleChanged, RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

/** Takes a rule back: what it allowed is refused again, and closed. */
export function useEndRule() {
  const { undone } = useEffectStore();
  const after = useAfterwards();
  return useMutation({
    mutationFn: ({ id }: RuleView) => request<RuleChanged>('DELETE', `/rules/${id}`),
    onSuccess: (_, { id, pattern }) => {
      undone(id);
      after.done(t.domains.ended(pattern));
    },
    onError: after.failed,
  });
}

/** Gives a rule another end. */
export function useRenewRule() {
  const { changed } = useEffectStore();
  const after = useAfterwards();
  return useMutation({
    mutationFn: ({ rule, for: time }: { readonly rule: RuleView; readonly for: string }) =>
      request<RuleChanged>('PATCH', `/rules/${rule.id}`, { for: time }),
    onSuccess: ({ rule }) => {
      changed(rule);
      after.done(t.domains.added(rule.pattern));
    },
    onError: after.failed,
  });
}

function useAfterwards() {
  const cache = useQueryClient();
  const tell = useNotice();
  return {
    done(text: string) {
      for (const key of ['rules', 'denials', 'status', 'audit', 'leases'] as const) {
        void cache.invalidateQueries({ queryKey: KEYS[key] });
      }
      tell({ text });
    },
    failed: (error: unknown) => tell({ text: problemText(error), kind: 'problem' }),
  };
}
