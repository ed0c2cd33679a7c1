import { useMutation, useQueryClient } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { RuleChanged, RuleView } from '../../api/types.ts';
import { hygieneTexts } from '../../texts/en/hygiene.ts';
import { t } from '../../texts/texts.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';
import type { Finding } from './tidy-rows.ts';

/** What a finding proposes besides removing. */
export function useRemedy(group: string) {
  const cache = useQueryClient();
  const tell = useNotice();
  const after = {
    onError: (error: unknown) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled: () => void cache.invalidateQueries(),
  } as const;
  return {
    promote: useMutation({
      mutationFn: ({ action, pattern, types }: NonNullable<Finding['again']>) =>
        request<RuleChanged>('POST', '/rules', {
          group,
          [action]: pattern,
          for: 'always',
          ...typesOf(action, types),
        }),
      onSuccess: ({ rule }) => tell({ text: t.rules.added(rule.pattern) }),
      ...after,
    }),
    narrow: useMutation({
      // The name first: between the two nothing that was allowed is refused.
      async mutationFn({ rule, name }: { readonly rule: RuleView; readonly name: string }) {
        await request('POST', '/rules', {
          group,
          allow: name,
          for: 'always',
          note: rule.note,
          types: rule.types,
        });
        await request('DELETE', `/rules/${rule.id}`);
      },
      onSuccess: (_, { rule, name }) => tell({ text: hygieneTexts.narrowed(name, rule.pattern) }),
      ...after,
    }),
  };
}

/** A denial is for every type. */
function typesOf(action: 'allow' | 'deny', types: readonly string[]) {
  return action === 'allow' ? { types } : {};
}
