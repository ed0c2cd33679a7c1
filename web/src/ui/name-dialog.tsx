import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { t } from '../texts/texts.ts';
import { Dialog, DialogActions } from './dialog.tsx';

/** A name for something that is kept. */
export function NameDialog({
  title,
  description,
  maxLength,
  onName,
  onClose,
}: {
  readonly title: string;
  readonly description: string;
  readonly maxLength: number;
  readonly onName: (name: string) => void;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    onName(name.trim());
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextInput
          label={t.actions.name}
          description={description}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={maxLength}
          required
          withAsterisk={false}
          data-autofocus
        />
        <DialogActions onClose={onClose}>
          <Button type="submit">{t.actions.save}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
