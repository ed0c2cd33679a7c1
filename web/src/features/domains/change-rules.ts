import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { ImportResult, RuleChanged, RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

export interface NewRule {
  readonly group: string;
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
  readonly for: string;
  readonly note: string;
}

export function useAddRule() {
  const after = useAfterwards();
  return useMutation({
    mutationFn: ({ action, pattern, ...rule }: NewRule) =>
      request<RuleChanged>('POST', '/rules', { ...rule, [action]: pattern }),
    onSuccess: ({ rule }) => after.done(t.domains.added(rule.pattern)),
  });
}

/** All or none, and one entry of the audit. */
export function useEndRules() {
  const after = useAfterwards();
  return useMutation({
    mutationFn(rules: readonly RuleView[]) {
      const [first, ...more] = rules;
      if (first !== undefined && more.length === 0) return request('DELETE', `/rules/${first.id}`);
      return request('POST', '/rules/bulk', { ids: rules.map(({ id }) => id), action: 'end' });
    },
    onSuccess: (_, rules) => after.done(t.domains.ended(rules.map(({ pattern }) => pattern).join(', '))),
    onError: after.failed,
    onSettled: after.readAgain,
  });
}

export interface PastedList {
  readonly group: string;
  readonly text: string;
}

/** What the list would do; nothing is changed. */
export function previewImport({ group, text }: PastedList): Promise<ImportResult> {
  return request<ImportResult>('POST', '/rules/import?dryRun=1', { group, text, source: PASTED });
}

export function useImport() {
  const after = useAfterwards();
  return useMutation({
    mutationFn: ({ group, text }: PastedList) =>
      request<ImportResult>('POST', '/rules/import', { group, text, source: PASTED }),
    onSuccess({ added, undo }) {
      after.done(
        t.domains.imported(added.length),
        undo === undefined
          ? undefined
          : () => request('DELETE', `/rules/import/${undo.entry}`).then(after.readAgain, after.failed),
      );
    },
  });
}

function useAfterwards() {
  const cache = useQueryClient();
  const tell = useNotice();
  const readAgain = () => {
    for (const key of ['rules', 'denials', 'status', 'audit', 'leases'] as const) {
      void cache.invalidateQueries({ queryKey: KEYS[key] });
    }
  };
  return {
    readAgain,
    done(text: string, undo?: () => void) {
      readAgain();
      tell({ text, ...(undo === undefined ? {} : { undo }) });
    },
    failed: (error: unknown) => tell({ text: problemText(error), kind: 'problem' }),
  };
}

/** What the audit calls a list that was pasted here. */
const PASTED = 'pasted list';
