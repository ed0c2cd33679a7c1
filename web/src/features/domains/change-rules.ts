import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useServices } from '../../api/context.ts';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import { useTakeBack } from '../../api/take-back.ts';
import type { ImportResult, RuleChanged, RuleView } from '../../api/types.ts';
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
    onSuccess: ({ rule }) =>
      after.done(t.rules.added(rule.pattern), {
        action: `rule.${rule.action}`,
        subject: `${rule.group} ${rule.pattern}`,
      }),
  });
}

export function useSaveNote() {
  const after = useAfterwards();
  return useMutation({
    mutationFn: ({ rule, note }: { readonly rule: RuleView; readonly note: string }) =>
      request<RuleChanged>('PATCH', `/rules/${rule.id}`, { note }),
    onSuccess: ({ rule }) => after.done(domainsTexts.noteSaved(rule.pattern)),
    onError: after.failed,
  });
}

/** All of a portion or none; each portion is one entry of the audit. `done`: how many rules it has changed so far. */
export function useEndRules() {
  return useManyRules(async (rules) => {
    const [first, ...more] = rules;
    if (first !== undefined && more.length === 0) return request('DELETE', `/rules/${first.id}`);
    return request('POST', '/rules/bulk', { ids: idsOf(rules), action: 'end' });
  }, ended);
}

/** Another end for many: a number of hours from now, or none. */
export function useExtendRules(hours: number | undefined) {
  const { clock } = useServices();
  return useManyRules(
    (rules) =>
      request('POST', '/rules/bulk', {
        ids: idsOf(rules),
        action: 'extend',
        until: hours === undefined ? 'always' : new Date(clock.now() + hours * HOUR_MS).toISOString(),
      }),
    (rules) => ({
      text: domainsTexts.changedEnds(rules.length),
      written: { action: 'rule.extend-many', isIt: ({ after }) => listsAll(after, 'ends', rules) },
    }),
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
      after.done(
        domainsTexts.imported(...countRules(added)),
        undo === undefined ? undefined : { action: 'rule.import', isIt: ({ id }) => id === undo.entry },
      );
    },
  });
}

/** How many allow, and how many deny. */
export function countRules(rules: ImportResult['added']): readonly [allow: number, deny: number] {
  const allow = rules.filter(({ action }) => action === 'allow').length;
  return [allow, rules.length - allow];
}

type Written = Parameters<ReturnType<typeof useTakeBack>>[0];

interface Told {
  readonly text: string;
  readonly written?: Written;
}

function useManyRules(
  change: (portion: readonly RuleView[]) => Promise<unknown>,
  tellOf: (rules: readonly RuleView[]) => Told,
) {
  const after = useAfterwards();
  const [done, setDone] = useState(0);
  const mutation = useMutation({
    mutationFn: (rules: readonly RuleView[]) => inPortions(rules, MOST_AT_ONCE, change, setDone),
    onMutate: () => setDone(0),
    onSuccess(_, rules) {
      const { text, written } = tellOf(rules);
      // Of several portions each has its entry: the audit brings them back one by one.
      after.done(text, rules.length > MOST_AT_ONCE ? undefined : written);
    },
    onError: after.failed,
    onSettled: after.readAgain,
  });
  return { ...mutation, done };
}

function ended(rules: readonly RuleView[]): Told {
  const [first, ...more] = rules;
  if (first !== undefined && more.length === 0)
    return {
      text: t.rules.ended(first.pattern),
      written: { action: 'rule.end', subject: `${first.group} ${first.pattern}` },
    };
  const names = rules.slice(0, NAMED).map(({ pattern }) => pattern);
  const rest = rules.length - names.length;
  return {
    text: t.rules.ended(rest > 0 ? `${names.join(', ')} + ${rest}` : names.join(', ')),
    written: { action: 'rule.end-many', isIt: ({ before }) => listsAll(before, 'rules', rules) },
  };
}

/** Whether an entry's list is of these rules: somebody else may have changed others at the same moment. */
function listsAll(of: unknown, key: 'rules' | 'ends', rules: readonly RuleView[]): boolean {
  const list = (of as Readonly<Record<string, readonly unknown[]>> | null)?.[key] ?? [];
  const ids = new Set(
    list.map((one) => (typeof one === 'number' ? one : (one as { readonly rule: number }).rule)),
  );
  return ids.size === rules.length && rules.every(({ id }) => ids.has(id));
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
    done(text: string, written?: Written) {
      readAgain();
      tell({ text, ...(written === undefined ? {} : { undo: () => void takeBack(written) }) });
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
