import { Button, Radio, TextInput } from '@mantine/core';
import '@mantine/core/styles/Radio.css';
import { type FormEvent, useState } from 'react';
import type { AllowRequest, Denial } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { Dialog } from '../../ui/dialog.tsx';

/** Widening, in place or in time, is one deliberate step more; the exact name is what is offered. */
export function AlwaysDialog({
  denial: { name },
  onClose,
  onAllow,
}: {
  readonly denial: Denial;
  readonly onClose: () => void;
  readonly onAllow: (asked: Pick<AllowRequest, 'scope' | 'note'>) => void;
}) {
  const [scope, setScope] = useState<'exact' | 'subtree'>('exact');
  const [note, setNote] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onClose();
    onAllow({ scope, note });
  };
  return (
    <Dialog title={t.refused.alwaysTitle(name)} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <Radio.Group
          value={scope}
          onChange={(value) => setScope(value === 'subtree' ? 'subtree' : 'exact')}
          aria-label={t.refused.alwaysTitle(name)}
        >
          <div className="stack">
            <Radio value="exact" label={t.refused.scopeExact} data-autofocus />
            <Radio value="subtree" label={t.refused.scopeSubtree(name)} />
          </div>
        </Radio.Group>
        {scope === 'subtree' ? <p className="hint">{t.refused.scopeWarning}</p> : null}
        <TextInput
          label={t.refused.note}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={500}
        />
        <div className="row row-end">
          <Button variant="default" onClick={onClose}>
            {t.actions.cancel}
          </Button>
          <Button type="submit">{t.refused.allowAlways}</Button>
        </div>
      </form>
    </Dialog>
  );
}
