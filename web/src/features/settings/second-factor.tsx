import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { settingsTexts } from '../../texts/en/settings.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { CopyBlock } from '../../ui/copy-block.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { CurrentPassword } from '../../ui/password.tsx';
import { ProblemLine } from '../../ui/states.tsx';
import { useDialogChange } from './reads.ts';
import type { Codes, OfferedFactor } from './types.ts';

const words = settingsTexts.account;

/** Password, then the secret for the authenticator, then a code as proof, then the recovery codes: shown this once. */
export function SetUpFactor({ onClose }: { readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useDialogChange<OfferedFactor>();
  const confirm = useDialogChange<Codes>('users', 'session');
  const offered = begin.data;
  const codes = confirm.data?.recoveryCodes;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (offered === undefined)
      begin.mutate({ method: 'POST', path: '/session/second-factor', body: { password } });
    else
      confirm.mutate({ method: 'POST', path: '/session/second-factor/confirm', body: { code: code.trim() } });
  };
  if (codes !== undefined) {
    return (
      <Dialog title={words.factor} onClose={onClose}>
        <div className="stack">
          <p>{words.factorCodes}</p>
          <CopyBlock label={words.factor} text={codes.join('\n')} words={setupTexts} />
          <div className="row row-end">
            <Button onClick={onClose}>{words.factorDone}</Button>
          </div>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={words.factorSetUp} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        {offered === undefined ? (
          <CurrentPassword label={words.factorBegin} value={password} onChange={setPassword} />
        ) : (
          <>
            <p>{words.factorScan}</p>
            <p>
              <a href={offered.uri}>{words.factorLink}</a>
            </p>
            <CopyBlock label={words.factorSecret} text={offered.secret} words={setupTexts} />
            <TextInput
              label={words.factorCode}
              value={code}
              onChange={({ currentTarget: { value } }) => setCode(value)}
              autoComplete="one-time-code"
              inputMode="numeric"
              required
              withAsterisk={false}
            />
          </>
        )}
        <ProblemLine error={confirm.error ?? begin.error} />
        <DialogActions onClose={onClose}>
          <Button type="submit" loading={begin.isPending || confirm.isPending}>
            {offered === undefined ? words.goOn : words.factorConfirm}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function RemoveFactor({ onClose }: { readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const remove = useDialogChange('users', 'session');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate(
      {
        method: 'POST',
        path: '/session/second-factor/remove',
        body: { password },
        done: words.factorRemoved,
      },
      { onSuccess: onClose },
    );
  };
  return (
    <Dialog title={words.factorRemove} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <CurrentPassword label={words.factorBegin} value={password} onChange={setPassword} />
        <ProblemLine error={remove.error} />
        <DialogActions onClose={onClose}>
          <Button type="submit" loading={remove.isPending}>
            {settingsTexts.remove}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
