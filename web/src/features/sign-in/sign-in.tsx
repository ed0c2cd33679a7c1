import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { sessionRead } from '../../api/reads.ts';
import { Refused, request } from '../../api/request.ts';
import type { Session } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { CurrentPassword } from '../../ui/password.tsx';
import { problemText } from '../../ui/states.tsx';
import { EntryCard } from './entry-card.tsx';
import { ProviderButton } from './provider-button.tsx';

export function SignIn({
  session: { signIn },
  hasEnded,
}: {
  readonly session: Session;
  /** Somebody was signed in here until a moment ago, and has not signed out. */
  readonly hasEnded: boolean;
}) {
  const cache = useQueryClient();
  const [user, setUser] = useState('admin');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const [problem, setProblem] = useState<string>(hasEnded ? t.signIn.ended : '');
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      const session = await request<Session>('POST', '/session', {
        user: user.trim(),
        password,
        ...(code.trim() === '' ? {} : { code: code.trim() }),
      });
      cache.setQueryData(sessionRead.queryKey, session);
    } catch (error) {
      if (error instanceof Refused && error.code === 'second-factor-needed') setNeedsCode(true);
      setCode('');
      setProblem(problemText(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <EntryCard title={t.signIn.title} problem={problem}>
      {signIn.password ? (
        <form onSubmit={submit} className="stack">
          <TextInput
            label={t.signIn.user}
            value={user}
            onChange={(event) => setUser(event.currentTarget.value)}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
          />
          <CurrentPassword label={t.signIn.password} value={password} onChange={setPassword} />
          {needsCode ? (
            <TextInput
              label={t.signIn.code}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellCheck={false}
              ref={(field) => field?.focus()}
            />
          ) : null}
          <Button type="submit" loading={busy} fullWidth>
            {t.signIn.submit}
          </Button>
          <p className="small">
            {t.signIn.forgotten} <code>{t.signIn.reset}</code>
          </p>
        </form>
      ) : null}
      <ProviderButton signIn={signIn} onProblem={setProblem} />
    </EntryCard>
  );
}
