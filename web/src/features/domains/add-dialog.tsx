import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Group } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { problemText } from '../../ui/states.tsx';
import { useAddRule } from './change-rules.ts';
import { riskOf } from './select-rules.ts';

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
  const risk = rule.action === 'allow' ? riskOf(rule.pattern) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(rule, { onSuccess: onClose });
  };
  return (
    <Dialog title={t.domains.add} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <TextInput
          label={t.domains.pattern}
          description={t.domains.patternHelp}
          value={rule.pattern}
          onChange={(event) => set({ pattern: event.currentTarget.value })}
          error={add.error === null ? undefined : problemText(add.error)}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          required
          withAsterisk={false}
          data-autofocus
        />
        {risk === undefined ? null : (
          <p className="hint">
            {risk === 'shared' ? t.domains.wide(rule.pattern) : t.domains.tooWide(rule.pattern)}
          </p>
        )}
        <div className="row">
          <NativeSelect
            label={t.domains.action}
            value={rule.action}
            onChange={(event) => set({ action: event.currentTarget.value === 'deny' ? 'deny' : 'allow' })}
            data={[
              { value: 'allow', label: t.domains.allow },
              { value: 'deny', label: t.domains.deny },
            ]}
          />
          <NativeSelect
            label={t.domains.lifetime}
            value={rule.for}
            onChange={(event) => set({ for: event.currentTarget.value })}
            data={LIFETIMES.map((value) => ({ value, label: t.domains.lifetimes[value] }))}
          />
          <NativeSelect
            label={t.domains.group}
            value={rule.group}
            onChange={(event) => set({ group: event.currentTarget.value })}
            data={groups.map(({ name }) => name)}
          />
        </div>
        <TextInput
          label={t.domains.note}
          placeholder={t.domains.notePlaceholder}
          value={rule.note}
          onChange={(event) => set({ note: event.currentTarget.value })}
          maxLength={500}
        />
        <div className="row row-end">
          <Button variant="default" onClick={onClose}>
            {t.actions.cancel}
          </Button>
          <Button type="submit" loading={add.isPending}>
            {t.domains.addSubmit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
