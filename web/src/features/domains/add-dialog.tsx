import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import type { Group } from '../../api/types.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { problemText } from '../../ui/states.tsx';
import { VERBATIM_FIELD } from '../../ui/verbatim-field.ts';
import { AllowSubmit } from '../names/allow-submit.tsx';
import { useNameLooks } from '../names/name-looks.ts';
import { NameWarning } from '../names/name-warning.tsx';
import { useSecondClick } from '../names/second-click.ts';
import { useAddRule } from './change-rules.ts';

const LIFETIMES = ['always', '15m', '1h', '24h', '7d'] as const;

export function AddDialog({
  groups,
  group,
  onClose,
}: {
  readonly groups: readonly Group[];
  readonly group: string | undefined;
  readonly onClose: () => void;
}) {
  const [rule, setRule] = useState({
    group: group ?? groups[0]?.name ?? '',
    action: 'allow' as 'allow' | 'deny',
    pattern: '',
    for: 'always' as string,
    note: '',
  });
  const add = useAddRule();
  const set = (change: Partial<typeof rule>) => setRule((before) => ({ ...before, ...change }));
  const [typed] = useDebouncedValue(rule.pattern.trim(), TYPING_MS);
  const looks = useNameLooks(typed === '' || rule.action === 'deny' ? [] : [typed], rule.group);
  const shown = typed === rule.pattern.trim() ? looks.get(typed) : undefined;
  const second = useSecondClick(rule.pattern.trim(), rule.group, shown);
  const look = rule.action === 'allow' ? second.look : undefined;
  const problem = add.error ?? second.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const make = () => add.mutate(rule, { onSuccess: onClose });
    if (rule.action === 'deny') make();
    else second.submit(make);
  };
  return (
    <Dialog title={domainsTexts.add} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <TextInput
          label={domainsTexts.pattern}
          description={domainsTexts.patternHelp}
          value={rule.pattern}
          onChange={(event) => set({ pattern: event.currentTarget.value })}
          error={problem === null ? undefined : problemText(problem)}
          required
          data-autofocus
          {...VERBATIM_FIELD}
        />
        <NameWarning look={look} onInstead={(pattern) => set({ pattern })} />
        <div className="row">
          <NativeSelect
            label={domainsTexts.action}
            value={rule.action}
            onChange={(event) => set({ action: event.currentTarget.value === 'deny' ? 'deny' : 'allow' })}
            data={[
              { value: 'allow', label: domainsTexts.allow },
              { value: 'deny', label: domainsTexts.deny },
            ]}
          />
          <NativeSelect
            label={domainsTexts.lifetime}
            value={rule.for}
            onChange={(event) => set({ for: event.currentTarget.value })}
            data={LIFETIMES.map((value) => ({ value, label: domainsTexts.lifetimes[value] }))}
          />
          <NativeSelect
            label={domainsTexts.group}
            value={rule.group}
            onChange={(event) => set({ group: event.currentTarget.value })}
            data={groups.map(({ name }) => name)}
          />
        </div>
        <TextInput
          label={domainsTexts.note}
          placeholder={domainsTexts.notePlaceholder}
          value={rule.note}
          onChange={(event) => set({ note: event.currentTarget.value })}
          maxLength={500}
        />
        <DialogActions onClose={onClose}>
          <AllowSubmit look={look} loading={add.isPending || second.isLooking}>
            {domainsTexts.addSubmit}
          </AllowSubmit>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** Milliseconds without a key until what was typed is looked at. */
const TYPING_MS = 250;
