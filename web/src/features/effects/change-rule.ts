import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type EffectStore, type Followed, type Undone, useEffectStore } from '../../api/effects.ts';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { Reverted, RuleChanged, RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

/** Takes an approval back: what it allowed is refused again and closed, and waits; a rule that was there before is as it was. */
export function useUndoAllow() {
  const store = useEffectStore();
  const after = useAfterwards();
  return useMutation({
    mutationFn: (one: Approval) => undoAllow(store, one),
    onSuccess: (how, { rule: { pattern } }) =>
      after.done(how === 'again' ? t.rules.ended(pattern) : t.effects.undone.former),
    onError: after.failed,
  });
}

export type Approval = Pick<Followed, 'entry' | 'rule'>;

export async function undoAllow({ undone }: EffectStore, { entry, rule }: Approval): Promise<Undone['how']> {
  const { entry: written, effect } = await request<Reverted>('POST', `/audit/${entry}/revert`, {});
  const how = written.action === 'rule.end' ? 'again' : 'former';
  undone(rule.id, { how, closed: effect?.closed ?? [], staysOpen: effect?.staysOpen ?? [] });
  return how;
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
      after.done(t.rules.added(rule.pattern));
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
