import { Button, Checkbox, PasswordInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { apiUrl } from '../../api/request.ts';
import { relativeTime } from '../../lib/format-time.ts';
import { settingsTexts } from '../../texts/en/settings.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { CopyBlock } from '../../ui/copy-block.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time, useNow } from '../../ui/time.tsx';
import { useBackups, useChange } from './reads.ts';
import { RemoveDialog } from './remove-dialog.tsx';
import type { BackupList } from './types.ts';

const words = settingsTexts.backup;

/** A sealed copy to take along, those of the nights, and how either is brought back. */
export function BackupSection() {
  const { data, error, refetch } = useBackups();
  return (
    <Section title={words.title}>
      <div className="card stack">
        <p>{words.text}</p>
        {data?.making === undefined ? <MakeBackup /> : <Progress making={data.making} />}
        {data?.problem === undefined ? null : (
          <p className="problem-text" role="alert">
            {data.problem}
          </p>
        )}
        <h3>{words.made}</h3>
        {data === undefined && error === null ? <LoadingRows rows={2} height={32} /> : null}
        {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
        {data?.items.length === 0 ? <Empty title={words.none} /> : null}
        <ul className="plain stack">
          {data?.items.map((one) => (
            <Kept key={one.name} backup={one} />
          ))}
        </ul>
        <Restore name={data?.items.find(({ kind }) => kind === 'sealed')?.name ?? 'sallyport.backup'} />
      </div>
    </Section>
  );
}

function MakeBackup() {
  const [passphrase, setPassphrase] = useState('');
  const [withLog, setWithLog] = useState(true);
  const make = useChange('backups');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { passphrase, withLog };
    make.mutate({ method: 'POST', path: '/backups', body }, { onSuccess: () => setPassphrase('') });
  };
  return (
    <form onSubmit={submit} className="stack">
      <PasswordInput
        className="filter"
        label={words.passphrase}
        description={words.passphraseHelp}
        value={passphrase}
        onChange={({ currentTarget: { value } }) => setPassphrase(value)}
        autoComplete="new-password"
        minLength={12}
        required
        withAsterisk={false}
      />
      <Checkbox
        label={words.withLog}
        checked={withLog}
        onChange={({ currentTarget: { checked } }) => setWithLog(checked)}
      />
      <div className="row">
        <Button type="submit" loading={make.isPending}>
          {words.make}
        </Button>
      </div>
    </form>
  );
}

/** How much there will be is not known before it is packed: what is written, and since when. */
function Progress({ making }: { readonly making: NonNullable<BackupList['making']> }) {
  const { name, startedAt, octets } = making;
  const since = relativeTime(Date.parse(startedAt), useNow());
  return (
    <div role="status">
      <p>
        {words.making(name)}: {octets === 0 ? words.copying(since) : words.written(sizeText(octets), since)}
      </p>
      <progress className="backup-progress" aria-label={words.making(name)} />
    </div>
  );
}

function Kept({ backup: { name, kind, at, octets } }: { readonly backup: BackupList['items'][number] }) {
  const [isRemoving, setRemoving] = useState(false);
  return (
    <li className="row">
      <code className="name">{name}</code>
      <span className="small grow">
        {words.kinds[kind]} · {sizeText(octets)} · <Time at={at} />
      </span>
      {kind === 'sealed' ? (
        <>
          <a href={apiUrl(`/backups/${name}/file`)} download={name} aria-label={`${words.download}: ${name}`}>
            {words.download}
          </a>
          <ActionButton
            variant="default"
            label={t.actions.about(words.remove, name)}
            onClick={() => setRemoving(true)}
          >
            {words.remove}
          </ActionButton>
          {isRemoving ? (
            <RemoveDialog
              name={name}
              text={words.removeText}
              path={`/backups/${name}`}
              touches={['backups']}
              onClose={() => setRemoving(false)}
            />
          ) : null}
        </>
      ) : (
        <span className="small">{words.stays}</span>
      )}
    </li>
  );
}

function Restore({ name }: { readonly name: string }) {
  return (
    <details>
      <summary>{words.restore}</summary>
      <div className="stack">
        <p>{words.restoreText}</p>
        <CopyBlock label={words.restore} text={words.restoreCommand(name)} words={setupTexts} />
        <CopyBlock label="Docker" text={words.restoreInDocker(name)} words={setupTexts} />
        <p className="small">{words.notIn}</p>
      </div>
    </details>
  );
}

function sizeText(octets: number): string {
  return octets < 2 ** 20 ? `${Math.ceil(octets / 2 ** 10)} KiB` : `${(octets / 2 ** 20).toFixed(1)} MiB`;
}
