import { Button, NativeSelect, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Group, ImportResult } from '../../api/types.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Echoed } from '../../ui/echoed.tsx';
import { problemText } from '../../ui/states.tsx';
import { useNameLooks } from '../names/name-looks.ts';
import { countRules, previewImport, useImport } from './change-rules.ts';

/** A list is shown as what it would do before it does anything. */
export function PasteDialog({
  groups,
  group: first,
  onClose,
}: {
  readonly groups: readonly Group[];
  readonly group: string | undefined;
  readonly onClose: () => void;
}) {
  const [group, setGroup] = useState(first ?? groups[0]?.name ?? '');
  const [text, setText] = useState('');
  const preview = useMutation({ mutationFn: previewImport });
  const add = useImport();
  const problem = preview.error ?? add.error;
  const change = (act: () => void) => {
    act();
    preview.reset();
    add.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (preview.data === undefined) preview.mutate({ group, text });
    else add.mutate({ group, text }, { onSuccess: onClose });
  };
  return (
    <Dialog wide title={domainsTexts.pasteTitle} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <Textarea
          label={domainsTexts.pasteText}
          description={domainsTexts.pasteHelp}
          value={text}
          onChange={(event) => {
            const typed = event.currentTarget.value;
            change(() => setText(typed));
          }}
          error={problem === null ? undefined : problemText(problem)}
          rows={8}
          spellCheck={false}
          autoCapitalize="none"
          required
          withAsterisk={false}
          data-autofocus
        />
        {groups.length < 2 ? null : (
          <NativeSelect
            label={domainsTexts.group}
            value={group}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              change(() => setGroup(chosen));
            }}
            data={groups.map(({ name }) => name)}
          />
        )}
        {preview.data === undefined ? null : <Preview result={preview.data} group={group} />}
        <DialogActions onClose={onClose}>
          {preview.data === undefined ? (
            <Button type="submit" loading={preview.isPending}>
              {domainsTexts.preview}
            </Button>
          ) : (
            <Button type="submit" loading={add.isPending} disabled={preview.data.added.length === 0}>
              {domainsTexts.importSubmit(...countRules(preview.data.added))}
            </Button>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}

function Preview({
  result: { added, existing, skipped, skippedCount },
  group,
}: {
  readonly result: ImportResult;
  readonly group: string;
}) {
  const allowed = added.filter(({ action }) => action === 'allow');
  const refused = added.filter(({ action }) => action === 'deny');
  const names = allowed.map(({ pattern }) => pattern);
  const looks = useNameLooks(names, group);
  const risky = [...looks.values()].filter(({ risks }) => risks.length > 0);
  return (
    <div role="status" className="preview">
      <p>
        <strong>{domainsTexts.previewNew(added.length)}</strong> ·{' '}
        {domainsTexts.previewKnown(existing.length)} · {domainsTexts.previewSkipped(skippedCount)}
        {risky.length === 0 ? null : <> · {domainsTexts.previewRisky(risky.length)}</>}
      </p>
      {risky.length === 0 ? null : (
        <ul className="plain hint">
          {risky.slice(0, SHOWN).map(({ name, risks }) => (
            <li key={name}>
              <span aria-hidden="true">!</span> {risks.map(({ sentence }) => sentence).join(' ')}
            </li>
          ))}
        </ul>
      )}
      <Rules title={domainsTexts.willRefuse(refused.length)} sign="✕" rules={refused} />
      <Rules title={domainsTexts.willAllow(allowed.length)} sign="+" rules={allowed} />
      <ul className="plain small">
        {skipped.slice(0, SHOWN).map(({ line, text, reason }) => (
          <li key={line} className="problem-text">
            {domainsTexts.line(line)}: <Echoed text={text} /> (<Echoed text={reason} />)
          </li>
        ))}
      </ul>
    </div>
  );
}

function Rules({
  title,
  sign,
  rules,
}: {
  readonly title: string;
  readonly sign: string;
  readonly rules: ImportResult['added'];
}) {
  if (rules.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="plain small">
        {rules.slice(0, SHOWN).map(({ pattern, note }) => (
          <li key={pattern}>
            <span aria-hidden="true">{sign}</span> {pattern}
            {note === '' ? null : (
              <>
                {' '}
                · <Echoed text={note} />
              </>
            )}
          </li>
        ))}
        {rules.length > SHOWN ? <li>+{rules.length - SHOWN}</li> : null}
      </ul>
    </>
  );
}

/** Rows of each kind in the preview. */
const SHOWN = 20;
