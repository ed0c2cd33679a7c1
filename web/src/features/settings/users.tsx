import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useSession } from '../../api/reads.ts';
import { settingsTexts } from '../../texts/en/settings.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { NewPassword } from '../../ui/password.tsx';
import { Section } from '../../ui/section.tsx';
import { LoadingRows, ProblemCard, ProblemLine } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { VERBATIM_FIELD } from '../../ui/verbatim-field.ts';
import { useDialogChange, useUsers } from './reads.ts';
import { RemoveDialog } from './remove-dialog.tsx';
import { ROLES, type Role, type UserView } from './types.ts';

const words = settingsTexts.users;

/** Who may use this page, and how far. */
export function UsersSection() {
  const { data, error, refetch } = useUsers();
  const [dialog, setDialog] = useState<'add' | UserView>();
  const close = () => setDialog(undefined);
  return (
    <Section
      title={words.title}
      aside={
        <ActionButton variant="default" label={words.add} onClick={() => setDialog('add')}>
          {words.add}
        </ActionButton>
      }
    >
      {data === undefined && error === null ? <LoadingRows rows={2} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data?.items.map((user) => (
        <div key={user.name} className="card row">
          <strong className="name">{user.name}</strong>
          <StateBadge tone={user.disabled ? 'bad' : 'soft'}>
            {user.disabled ? words.disabled : user.role}
          </StateBadge>
          {user.secondFactor ? <StateBadge tone="good">{words.factor}</StateBadge> : null}
          <span className="small grow">
            {user.provider === undefined ? null : `${user.provider} · `}
            {user.lastSeenAt === undefined ? (
              words.never
            ) : (
              <>
                {words.seen} <Time at={user.lastSeenAt} />
              </>
            )}
          </span>
          <ActionButton
            variant="default"
            label={t.actions.about(words.change, user.name)}
            onClick={() => setDialog(user)}
          >
            {words.change}
          </ActionButton>
        </div>
      ))}
      {dialog === 'add' ? <AddUser onClose={close} /> : null}
      {dialog === undefined || dialog === 'add' ? null : <ChangeUser user={dialog} onClose={close} />}
    </Section>
  );
}

function AddUser({ onClose }: { readonly onClose: () => void }) {
  const [user, setUser] = useState({ name: '', password: '', role: 'viewer' as Role });
  const add = useDialogChange('users');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const done = words.added(user.name);
    add.mutate({ method: 'POST', path: '/users', body: user, done }, { onSuccess: onClose });
  };
  return (
    <Dialog title={words.add} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <TextInput
          label={settingsTexts.name}
          value={user.name}
          onChange={({ currentTarget: { value } }) => setUser({ ...user, name: value.trim() })}
          required
          data-autofocus
          {...VERBATIM_FIELD}
        />
        <RoleSelect role={user.role} onChange={(role) => setUser({ ...user, role })} />
        <NewPassword
          label={words.password}
          description={settingsTexts.account.newPasswordHelp}
          value={user.password}
          onChange={(password) => setUser({ ...user, password })}
        />
        <ProblemLine error={add.error} />
        <DialogActions onClose={onClose}>
          <Button type="submit" loading={add.isPending}>
            {words.create}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function ChangeUser({ user, onClose }: { readonly user: UserView; readonly onClose: () => void }) {
  const [role, setRole] = useState(user.role);
  const [disabled, setDisabled] = useState(user.disabled);
  const [password, setPassword] = useState('');
  const [isRemoving, setRemoving] = useState(false);
  const { data: session } = useSession();
  const change = useDialogChange('users', 'sessions', 'tokens');
  const path = `/users/${encodeURIComponent(user.name)}`;
  const isOwn = session?.user === user.name;
  const isOfProvider = user.provider !== undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      ...(role === user.role ? {} : { role }),
      ...(disabled === user.disabled ? {} : { disabled }),
      ...(password === '' ? {} : { password }),
    };
    const done = words.changed(user.name);
    change.mutate({ method: 'PATCH', path, body, done }, { onSuccess: onClose });
  };
  if (isRemoving) {
    return (
      <RemoveDialog
        name={user.name}
        text={words.removeText}
        path={path}
        touches={['users', 'sessions', 'tokens']}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog title={words.changeTitle(user.name)} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        {isOfProvider ? null : <RoleSelect role={role} onChange={setRole} />}
        {isOfProvider ? null : (
          <NewPassword label={words.reset} required={false} value={password} onChange={setPassword} />
        )}
        <Checkbox
          label={words.disabled}
          checked={disabled}
          onChange={({ currentTarget: { checked } }) => setDisabled(checked)}
        />
        {user.secondFactor ? (
          <div className="row">
            <Button
              variant="default"
              onClick={() =>
                change.mutate(
                  { method: 'DELETE', path: `${path}/second-factor`, done: words.changed(user.name) },
                  { onSuccess: onClose },
                )
              }
            >
              {words.dropFactor}
            </Button>
          </div>
        ) : null}
        {isOwn ? null : (
          <div className="row">
            <Button color="red" variant="light" onClick={() => setRemoving(true)}>
              {words.remove}
            </Button>
            <span className="small grow">{words.removeText}</span>
          </div>
        )}
        <ProblemLine error={change.error} />
        <DialogActions onClose={onClose}>
          <Button type="submit" loading={change.isPending}>
            {words.save}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function RoleSelect({
  role,
  onChange,
}: {
  readonly role: Role;
  readonly onChange: (role: Role) => void;
}) {
  return (
    <NativeSelect
      label={settingsTexts.role}
      value={role}
      onChange={({ currentTarget: { value } }) => onChange(ROLES.find((one) => one === value) ?? 'viewer')}
      data={ROLES.map((value) => ({ value, label: settingsTexts.roles[value] }))}
    />
  );
}
