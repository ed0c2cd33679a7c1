import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { settingsTexts } from '../../texts/en/settings.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { CopyBlock } from '../../ui/copy-block.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard, ProblemLine } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { VERBATIM_FIELD } from '../../ui/verbatim-field.ts';
import { useChange, useDialogChange, useTokens } from './reads.ts';
import type { NewToken, Role, TokenView } from './types.ts';
import { RoleSelect } from './users.tsx';

const words = settingsTexts.tokens;
const LIFETIMES = ['30d', '90d', '365d', 'always'] as const;

/** Keys for scripts: each with a role and an end, shown once. */
export function TokensSection() {
  const { data, error, refetch } = useTokens();
  const [isMaking, setMaking] = useState(false);
  return (
    <Section
      title={words.title}
      aside={
        <ActionButton variant="default" label={words.make} onClick={() => setMaking(true)}>
          {words.make}
        </ActionButton>
      }
    >
      {data === undefined && error === null ? <LoadingRows rows={1} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 ? <Empty title={words.none}>{words.text}</Empty> : null}
      {data?.items.map((token) => (
        <Token key={token.id} token={token} />
      ))}
      {isMaking ? <MakeToken onClose={() => setMaking(false)} /> : null}
    </Section>
  );
}

function Token({ token }: { readonly token: TokenView }) {
  const { id, name, prefix, role, worth, createdBy, expiresAt, expired, usedAt, usedFrom } = token;
  const revoke = useChange('tokens');
  const isWorthless = worth === 'nothing';
  return (
    <div className="card row">
      <strong className="name">{name}</strong>
      <code>{prefix}…</code>
      <StateBadge tone={expired || isWorthless ? 'bad' : 'soft'}>
        {expired ? words.expired : isWorthless ? words.worthless : role}
      </StateBadge>
      <span className="small grow">
        {words.by(createdBy)} ·{' '}
        {expiresAt === undefined ? (
          words.noEnd
        ) : (
          <>
            {words.expires} <Time at={expiresAt} />
          </>
        )}{' '}
        ·{' '}
        {usedAt === undefined ? (
          words.unused
        ) : (
          <>
            {words.used} <Time at={usedAt} /> {usedFrom}
          </>
        )}
      </span>
      <ActionButton
        variant="default"
        label={t.actions.about(words.revoke, name)}
        onClick={() => revoke.mutate({ method: 'DELETE', path: `/tokens/${id}`, done: words.revoked(name) })}
      >
        {words.revoke}
      </ActionButton>
    </div>
  );
}

function MakeToken({ onClose }: { readonly onClose: () => void }) {
  const [token, setToken] = useState({ name: '', role: 'viewer' as Role, for: '90d' as string });
  const make = useDialogChange<NewToken>('tokens');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ method: 'POST', path: '/tokens', body: token });
  };
  if (make.data !== undefined) {
    return (
      <Dialog title={words.title} onClose={onClose}>
        <div className="stack">
          <p>{words.secret}</p>
          <CopyBlock label={make.data.token.name} text={make.data.secret} words={setupTexts} />
          <div className="row row-end">
            <Button onClick={onClose}>{words.kept}</Button>
          </div>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={words.make} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <p className="small">{words.text}</p>
        <TextInput
          label={settingsTexts.name}
          value={token.name}
          onChange={({ currentTarget: { value } }) => setToken({ ...token, name: value.trim() })}
          required
          data-autofocus
          {...VERBATIM_FIELD}
        />
        <RoleSelect role={token.role} onChange={(role) => setToken({ ...token, role })} />
        <NativeSelect
          label={words.for}
          value={token.for}
          onChange={({ currentTarget: { value } }) => setToken({ ...token, for: value })}
          data={LIFETIMES.map((value) => ({ value, label: words.lifetimes[value] }))}
        />
        <ProblemLine error={make.error} />
        <DialogActions onClose={onClose}>
          <Button type="submit" loading={make.isPending}>
            {words.create}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
