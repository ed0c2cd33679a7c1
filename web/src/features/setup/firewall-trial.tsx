import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../../api/request.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { CopyBlock } from '../../ui/copy-block.tsx';
import { ProblemCard } from '../../ui/states.tsx';
import { VERBATIM_FIELD } from '../../ui/verbatim-field.ts';
import { CheckList } from '../firewall/check-list.tsx';
import { environmentLines, fileLines } from './firewall-lines.ts';
import type { FirewallTried, TypedFirewall } from './types.ts';

const words = setupTexts.firewall;
const DRIVERS = ['opnsense', 'pfsense', 'mikrotik', 'nftables'] as const;

/** A firewall that is typed in: what would happen with it, and the lines that configure it. Kept nowhere. */
export function FirewallTrial() {
  const [typed, setTyped] = useState<TypedFirewall>({ driver: 'opnsense', url: '', alias: 'plexfw_live' });
  const trial = useMutation({
    mutationFn: (firewall: TypedFirewall) => request<FirewallTried>('POST', '/firewalls/try', sent(firewall)),
  });
  // Whoever answers under another address is somebody else: what was found and trusted is not of them.
  const set = (change: Partial<TypedFirewall>) => {
    trial.reset();
    setTyped(({ pin, ...before }) => ({
      ...before,
      ...(change.url === undefined && pin !== undefined ? { pin } : {}),
      ...change,
    }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    trial.mutate(typed);
  };
  const { driver } = typed;
  const isRemote = driver !== 'nftables';
  const shown = trial.data?.certificate;
  const trust = () => {
    if (shown === undefined) return;
    const trusted = { ...typed, pin: shown.pin };
    setTyped(trusted);
    trial.mutate(trusted);
  };
  return (
    <div className="stack">
      <p className="small">{words.noSave}</p>
      <form onSubmit={submit} className="stack">
        <div className="setup-form">
          <NativeSelect
            label={words.driver}
            value={driver}
            onChange={({ currentTarget: { value } }) =>
              set({ driver: DRIVERS.find((one) => one === value) ?? 'opnsense' })
            }
            data={DRIVERS.map((value) => ({ value, label: words.drivers[value] }))}
          />
          {isRemote ? (
            <TextInput
              label={words.url}
              placeholder="https://192.168.1.1"
              value={typed.url ?? ''}
              onChange={(event) => set({ url: event.currentTarget.value.trim() })}
              required
              {...VERBATIM_FIELD}
            />
          ) : null}
          {words.key[driver] === '' ? null : (
            <TextInput
              label={words.key[driver]}
              value={typed.key ?? ''}
              onChange={(event) => set({ key: event.currentTarget.value.trim() })}
              required
              {...VERBATIM_FIELD}
            />
          )}
          {words.secret[driver] === '' ? null : (
            <PasswordInput
              label={words.secret[driver]}
              value={typed.secret ?? ''}
              onChange={(event) => set({ secret: event.currentTarget.value })}
              required
              {...VERBATIM_FIELD}
            />
          )}
          <TextInput
            label={words.alias}
            description={words.aliasHelp[driver]}
            value={typed.alias}
            onChange={(event) => set({ alias: event.currentTarget.value.trim() })}
            required
            {...VERBATIM_FIELD}
          />
        </div>
        <div className="row">
          <Button type="submit" loading={trial.isPending}>
            {words.test}
          </Button>
          <span className="small">{words.other}</span>
        </div>
      </form>
      {trial.error === null ? null : <ProblemCard error={trial.error} />}
      {trial.data === undefined ? null : (
        <div className="stack" role="status">
          <p className={trial.data.ok ? 'good-text' : 'problem-text'}>
            {trial.data.ok ? `✓ ${words.good}` : `✕ ${words.bad}`}
          </p>
          <CheckList checks={trial.data.items} />
          {shown === undefined || shown.trusted ? null : (
            <div className="card stack">
              <p>
                {words.fingerprint}: <code>{shown.pin}</code>
              </p>
              <p className="small">{words.signedBy(shown.subject || '–', shown.issuer || '–')}</p>
              <p className="small">{words.compare}</p>
              <CopyBlock
                label={words.fingerprint}
                text={words.compareCommand(hostAndPort(typed.url))}
                words={setupTexts}
              />
              <div className="row">
                <ActionButton label={words.trust} onClick={trust}>
                  {words.trust}
                </ActionButton>
              </div>
            </div>
          )}
        </div>
      )}
      {trial.data?.ok === true ? <Lines firewall={typed} /> : null}
    </div>
  );
}

function Lines({ firewall }: { readonly firewall: TypedFirewall }) {
  const kept = sent(firewall);
  return (
    <div className="stack">
      <h3>{words.lines}</h3>
      <p>{words.linesText}</p>
      <p className="small">{setupTexts.shown}</p>
      <h4>{words.environment}</h4>
      <CopyBlock
        label={words.environment}
        text={environmentLines(kept, false)}
        copied={environmentLines(kept, true)}
        words={setupTexts}
      />
      <h4>{words.file}</h4>
      <CopyBlock
        label={words.file}
        text={fileLines(kept, false)}
        copied={fileLines(kept, true)}
        words={setupTexts}
      />
    </div>
  );
}

/** As openssl wants it. */
function hostAndPort(url = ''): string {
  if (!URL.canParse(url)) return url;
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? '443' : port}`;
}

/** Without what belongs to another kind of firewall, and was typed before that was chosen. */
function sent({ driver, url, key, secret, alias, pin }: TypedFirewall): TypedFirewall {
  return {
    driver,
    alias,
    ...(driver === 'nftables' || url === undefined || url === '' ? {} : { url }),
    ...(words.key[driver] === '' || key === undefined ? {} : { key }),
    ...(words.secret[driver] === '' || secret === undefined ? {} : { secret }),
    ...(driver === 'nftables' || pin === undefined ? {} : { pin }),
  };
}
