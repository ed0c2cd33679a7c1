import { Radio, TextInput } from '@mantine/core';
import '@mantine/core/styles/Radio.css';
import { type FormEvent, useState } from 'react';
import type { AllowRequest, Denial } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { problemText } from '../../ui/states.tsx';
import { AllowSubmit } from '../names/allow-submit.tsx';
import { useNameLooks } from '../names/name-looks.ts';
import { NameWarning } from '../names/name-warning.tsx';
import { useSecondClick } from '../names/second-click.ts';

/** Widening, in place or in time, is one deliberate step more; the exact name is what is offered. */
export function AlwaysDialog({
  denial: { name, group },
  onClose,
  onAllow,
}: {
  readonly denial: Denial;
  readonly onClose: () => void;
  readonly onAllow: (asked: Pick<AllowRequest, 'scope' | 'note'>) => void;
}) {
  const [scope, setScope] = useState<'exact' | 'subtree'>('exact');
  const [note, setNote] = useState('');
  const pattern = scope === 'subtree' ? `.${name}` : name;
  const looks = useNameLooks([name, `.${name}`], group);
  const { look, submit, isLooking, error } = useSecondClick(pattern, group, looks.get(pattern));
  const allow = (event: FormEvent) => {
    event.preventDefault();
    submit(() => {
      onClose();
      onAllow({ scope, note });
    });
  };
  return (
    <Dialog title={t.refused.alwaysTitle(name)} onClose={onClose}>
      <form onSubmit={allow} className="stack">
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
        <NameWarning look={look} />
        {error === null ? null : <p className="problem-text">{problemText(error)}</p>}
        <TextInput
          label={t.refused.note}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={500}
        />
        <DialogActions onClose={onClose}>
          <AllowSubmit look={look} loading={isLooking}>
            {t.refused.allowAlways}
          </AllowSubmit>
        </DialogActions>
      </form>
    </Dialog>
  );
}
