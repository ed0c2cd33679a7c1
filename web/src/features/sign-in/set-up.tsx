import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { sessionRead } from '../../api/reads.ts';
import { basePath, request } from '../../api/request.ts';
import type { Session } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { NewPassword } from '../../ui/password.tsx';
import { problemText } from '../../ui/states.tsx';
import { EntryCard } from './entry-card.tsx';
import { ProviderButton } from './provider-button.tsx';
import { ProviderHint } from './provider-hint.tsx';

/** The first password, for whoever has the link of the log. */
export function SetUp({ session: { signIn } }: { readonly session: Session }) {
  const cache = useQueryClient();
  const [token] = useState(takeToken);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      cache.setQueryData(sessionRead.queryKey, await request<Session>('POST', '/setup', { token, password }));
    } catch (error) {
      setProblem(problemText(error));
      setBusy(false);
    }
  };

  return (
    <EntryCard title={t.setUp.title} problem={problem}>
      {token === '' ? (
        <p>
          {t.setUp.where} <code>{t.signIn.reset}</code>
        </p>
      ) : (
        <form onSubmit={submit} className="stack">
          <p>{t.setUp.intro}</p>
          <NewPassword
            label={t.setUp.password}
            description={t.setUp.rule}
            value={password}
            onChange={setPassword}
          />
          <Button type="submit" loading={busy} fullWidth>
            {t.setUp.submit}
          </Button>
        </form>
      )}
      {signIn.provider === undefined ? <ProviderHint /> : null}
      <ProviderButton signIn={signIn} onProblem={setProblem} />
    </EntryCard>
  );
}

/** The token leaves the address bar and the history as soon as it was read; the rest of the set-up is under the same address. */
function takeToken(): string {
  const token = new URLSearchParams(location.search).get('token') ?? '';
  if (token !== '') history.replaceState(null, '', `${basePath()}/setup`);
  return token;
}
