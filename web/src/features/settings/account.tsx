import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useSession } from '../../api/reads.ts';
import { settingsTexts } from '../../texts/en/settings.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { CurrentPassword, NewPassword } from '../../ui/password.tsx';
import { Section } from '../../ui/section.tsx';
import { ProblemLine } from '../../ui/states.tsx';
import { useDialogChange } from './reads.ts';
import { RemoveFactor, SetUpFactor } from './second-factor.tsx';

const words = settingsTexts.account;

/** What people change about themselves. */
export function AccountSection() {
  const { data: session } = useSession();
  const [dialog, setDialog] = useState<'password' | 'factor' | 'no-factor'>();
  const close = () => setDialog(undefined);
  return (
    <Section title={words.title}>
      <div className="card stack">
        <p>{words.of(session?.user ?? '', session?.role ?? '')}</p>
        <div className="row">
          <Button variant="default" onClick={() => setDialog('password')}>
            {words.changePassword}
          </Button>
          <Button variant="default" onClick={() => setDialog('factor')}>
            {words.factorSetUp}
          </Button>
          {session?.secondFactor === true ? (
            <Button variant="default" onClick={() => setDialog('no-factor')}>
              {words.factorRemove}
            </Button>
          ) : null}
        </div>
      </div>
      {dialog === 'password' ? <ChangePassword onClose={close} /> : null}
      {dialog === 'factor' ? <SetUpFactor onClose={close} /> : null}
      {dialog === 'no-factor' ? <RemoveFactor onClose={close} /> : null}
    </Section>
  );
}

function ChangePassword({ onClose }: { readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const [newPassword, setNewPassword] = useState('');
  const change = useDialogChange('sessions');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { password, newPassword };
    change.mutate(
      { method: 'POST', path: '/session/password', body, done: words.changed },
      { onSuccess: onClose },
    );
  };
  return (
    <Dialog title={words.changePassword} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <CurrentPassword label={words.password} value={password} onChange={setPassword} />
        <NewPassword
          label={words.newPassword}
          description={words.newPasswordHelp}
          value={newPassword}
          onChange={setNewPassword}
        />
        <ProblemLine error={change.error} />
        <DialogActions onClose={onClose}>
          <Button type="submit" loading={change.isPending}>
            {words.change}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
