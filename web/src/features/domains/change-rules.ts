import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useServices } from '../../api/context.ts';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import { useTakeBack } from '../../api/take-back.ts';
import type { ImportResult, RuleChanged, RulesChanged, RuleView } from '../../api/types.ts';
import { inPortions } from '../../lib/in-portions.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
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
    onSuccess: ({ rule, entry }) => after.done(t.rules.added(rule.pattern), entry),
  });
}

export function useSaveNote() {
  const after = useAfterwards();
  return useMutation({
    mutationFn: ({ rule, note }: { readonly rule: RuleView; readonly note: string }) =>
      request<RuleChanged>('PATCH', `/rules/${rule.id}`, { note }),
    onSuccess: ({ rule, entry }) => after.done(domainsTexts.noteSaved(rule.pattern), entry),
    onError: after.failed,
  });
}

/** All of a portion or none; each portion is one entry of the audit. `done`: how many rules it has changed so far. */
export function useEndRules() {
  return useManyRules(async (rules) => {
    const [first, ...more] = rules;
    if (first !== undefined && more.length === 0) return request<RuleChanged>('DELETE', `/rules/${first.id}`);
    return request<RulesChanged>('POST', '/rules/bulk', { ids: idsOf(rules), action: 'end' });
  }, ended);
}

/** Another end for many: a number of hours from now, or none. */
export function useExtendRules(hours: number | undefined) {
  const { clock } = useServices();
  return useManyRules(
    (rules) =>
      request<RulesChanged>('POST', '/rules/bulk', {
        ids: idsOf(rules),
        action: 'extend',
        until: hours === undefined ? 'always' : new Date(clock.now() + hours * HOUR_MS).toISOString(),
      }),
    (rules) => domainsTexts.changedEnds(rules.length),
  );
}

interface PastedList {
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
      after.done(domainsTexts.imported(...countRules(added)), undo?.entry);
    },
  });
}

/** How many allow, and how many deny. */
export function countRules(rules: ImportResult['added']): readonly [allow: number, deny: number] {
  const allow = rules.filter(({ action }) => action === 'allow').length;
  return [allow, rules.length - allow];
}

function useManyRules(
  change: (portion: readonly RuleView[]) => Promise<Pick<RulesChanged, 'entry'>>,
  textOf: (rules: readonly RuleView[]) => string,
) {
  const after = useAfterwards();
  const [done, setDone] = useState(0);
  const mutation = useMutation({
    mutationFn: (rules: readonly RuleView[]) => inPortions(rules, MOST_AT_ONCE, change, setDone),
    onMutate: () => setDone(0),
    // Of several portions each has its entry: the audit brings them back one by one.
    onSuccess: ([changed, ...more], rules) =>
      after.done(textOf(rules), more.length > 0 ? undefined : changed?.entry),
    onError: after.failed,
    onSettled: after.readAgain,
  });
  return { ...mutation, done };
}

function ended(rules: readonly RuleView[]): string {
  const names = rules.slice(0, NAMED).map(({ pattern }) => pattern);
  const rest = rules.length - names.length;
  return t.rules.ended(rest > 0 ? `${names.join(', ')} + ${rest}` : names.join(', '));
}

const idsOf = (rules: readonly RuleView[]) => rules.map(({ id }) => id);

function useAfterwards() {
  const cache = useQueryClient();
  const tell = useNotice();
  const takeBack = useTakeBack();
  const readAgain = () => {
    void cache.invalidateQueries({ queryKey: ['hygiene'] });
    for (const key of ['rules', 'denials', 'status', 'audit', 'leases'] as const) {
      void cache.invalidateQueries({ queryKey: KEYS[key] });
    }
  };
  return {
    readAgain,
    done(text: string, entry?: number) {
      readAgain();
      tell({ text, ...(entry === undefined ? {} : { undo: () => void takeBack(entry) }) });
    },
    failed: (error: unknown) => tell({ text: problemText(error), kind: 'problem' }),
  };
}

/** What the audit calls a list that was pasted here. */
const PASTED = 'pasted list';
/** Rules of one request. */
const MOST_AT_ONCE = 1000;
/** Names that a notice has room for. */
const NAMED = 3;
const HOUR_MS = 3_600_000;
