import { Button, Radio, TextInput } from '@mantine/core';
import '@mantine/core/styles/Radio.css';
import { type FormEvent, useState } from 'react';
import type { Group } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { useChangeGroup } from './change-group.ts';

const TIMES = ['5m', '15m', '1h'] as const;

/** A pause always has an end. */
export function PauseDialog({ group, onClose }: { readonly group: Group; readonly onClose: () => void }) {
  const [time, setTime] = useState<string>('15m');
  const [note, setNote] = useState('');
  const { pause } = useChangeGroup();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    pause.mutate({ group, for: time, note });
    onClose();
  };
  return (
    <Dialog title={t.overview.pauseTitle(group.name)} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <p>{t.overview.pauseText}</p>
        <Radio.Group aria-label={t.overview.pauseFor} value={time} onChange={setTime}>
          <div className="row">
            {TIMES.map((value) => (
              <Radio key={value} value={value} label={t.overview.pauseTimes[value]} />
            ))}
          </div>
        </Radio.Group>
        <TextInput
          label={t.overview.pauseReason}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={500}
        />
        <DialogActions onClose={onClose}>
          <Button type="submit">{t.overview.pause}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
