import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type EffectStore, type Followed, type Undone, useEffectStore } from '../../api/effects.ts';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import { useTakeBack } from '../../api/take-back.ts';
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

/** An hour more than it has, or no end at all. */
export function useRenewRule() {
  const { changed } = useEffectStore();
  const after = useAfterwards();
  const takeBack = useTakeBack();
  return useMutation({
    mutationFn: ({ rule: { id, expiresAt }, to }: Renewal) =>
      request<RuleChanged>(
        'PATCH',
        `/rules/${id}`,
        to === 'always' || expiresAt === undefined ? { for: 'always' } : { until: hourAfter(expiresAt) },
      ),
    onSuccess({ rule, entry }, { rule: before, to }) {
      changed(rule);
      const text = to === 'always' ? t.rules.added(rule.pattern) : t.rules.longer(rule.pattern);
      after.done(text, async () => {
        if (await takeBack(entry)) changed(before);
      });
    },
    onError: after.failed,
  });
}

interface Renewal {
  readonly rule: RuleView;
  readonly to: 'longer' | 'always';
}

function hourAfter(iso: string): string {
  return new Date(Date.parse(iso) + HOUR_MS).toISOString();
}

/** What was allowed for a while, and is over: for 15 minutes more, from now. */
export function useAllowAgain() {
  const { follow, dismiss } = useEffectStore();
  const after = useAfterwards();
  return useMutation({
    mutationFn: ({ rule: { group, pattern, types, note } }: Followed) =>
      request<RuleChanged>('POST', '/rules', { group, allow: pattern, types, note, for: '15m' }),
    onSuccess(made, { rule: { id }, name }) {
      dismiss(id);
      follow({ ...made, denial: { name } });
      after.done(t.rules.added(made.rule.pattern));
    },
    onError: after.failed,
  });
}

function useAfterwards() {
  const cache = useQueryClient();
  const tell = useNotice();
  return {
    done(text: string, undo?: () => void) {
      for (const key of ['rules', 'denials', 'status', 'audit', 'leases'] as const) {
        void cache.invalidateQueries({ queryKey: KEYS[key] });
      }
      tell({ text, ...(undo === undefined ? {} : { undo }) });
    },
    failed: (error: unknown) => tell({ text: problemText(error), kind: 'problem' }),
  };
}

const HOUR_MS = 3_600_000;
