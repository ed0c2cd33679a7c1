import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { KEYS, useHosts } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { Group, GroupChanged, Status } from '../../api/types.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { LoadingRows, ProblemCard, problemText } from '../../ui/states.tsx';
import { VERBATIM_FIELD } from '../../ui/verbatim-field.ts';
import { isWide, protectedGroups } from './places.ts';
import { SETUP_KEY, usePresets } from './reads.ts';
import type { Presets } from './types.ts';

const words = setupTexts.host;
const NAME = 'plex';

/** Who is protected, and what runs there: each preset is taken into the group with what it is for. */
export function HostStep({ status }: { readonly status: Status }) {
  const { data: presets, error, refetch } = usePresets();
  const groups = protectedGroups(status);
  if (presets === undefined) {
    return error === null ? (
      <LoadingRows rows={4} />
    ) : (
      <ProblemCard error={error} onRetry={() => void refetch()} />
    );
  }
  return (
    <>
      <p>{words.text}</p>
      {groups.map((group) => (
        <Protected key={group.name} group={group} presets={presets} />
      ))}
      {groups.length === 0 ? (
        <Protect presets={presets} taken={[]} />
      ) : (
        <details>
          <summary>{words.another}</summary>
          <Protect presets={presets} taken={groups.map(({ name }) => name)} />
        </details>
      )}
    </>
  );
}

function Protect({ presets, taken }: { readonly presets: Presets; readonly taken: readonly string[] }) {
  const { data: hosts } = useHosts();
  const refresh = useRefresh();
  const [address, setAddress] = useState('');
  const [name, setName] = useState(taken.includes(NAME) ? '' : NAME);
  const [chosen, setChosen] = useState(() => presets.items.filter((one) => one.default).map(({ id }) => id));
  /** The address whose warning was shown. */
  const [seen, setSeen] = useState<string>();
  const isWarned = seen === address && isWide(address);
  const protect = useMutation({
    mutationFn: () => request<GroupChanged>('POST', '/groups', { name, clients: [address], presets: chosen }),
    onSettled: refresh,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWide(address) && seen !== address) setSeen(address);
    else protect.mutate();
  };
  return (
    <form onSubmit={submit} className="stack">
      {hosts === undefined || hosts.items.length === 0 ? null : (
        <div className="row">
          <span>{words.heard}</span>
          {hosts.items.slice(0, SHOWN).map((host) => (
            <ActionButton
              key={host.address}
              variant="default"
              label={words.take(host.address)}
              onClick={() => setAddress(host.address)}
            >
              {host.address}
            </ActionButton>
          ))}
        </div>
      )}
      <div className="setup-form">
        <TextInput
          label={words.address}
          description={words.addressHelp}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value.trim())}
          error={protect.error === null ? undefined : problemText(protect.error)}
          required
          {...VERBATIM_FIELD}
        />
        <TextInput
          label={words.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value.trim())}
          required
          {...VERBATIM_FIELD}
        />
      </div>
      <fieldset className="setup-presets">
        <legend>{words.presets}</legend>
        {presets.items.map(({ id, title, description, names }) => (
          <Checkbox
            key={id}
            label={title}
            description={`${description} ${words.names(names)}.`}
            checked={chosen.includes(id)}
            onChange={({ currentTarget: { checked } }) =>
              setChosen((before) => (checked ? [...before, id] : before.filter((one) => one !== id)))
            }
          />
        ))}
      </fieldset>
      {isWarned ? (
        <p className="hint" role="alert">
          <span aria-hidden="true">!</span> {words.wide(address)}
        </p>
      ) : null}
      <div className="row">
        <Button
          type="submit"
          loading={protect.isPending}
          {...(isWarned ? { color: 'red', variant: 'light' } : {})}
        >
          {isWarned ? words.wideAnyway : words.submit}
        </Button>
      </div>
    </form>
  );
}

function Protected({ group, presets }: { readonly group: Group; readonly presets: Presets }) {
  const refresh = useRefresh();
  const tell = useNotice();
  const take = useMutation({
    mutationFn: (id: string) =>
      request('POST', `/groups/${encodeURIComponent(group.name)}/presets/${encodeURIComponent(id)}`, {}),
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled: refresh,
  });
  const isTaken = (id: string) => group.presets.includes(id);
  return (
    <div className="card stack">
      <h3>
        {words.protected}: {group.name}
      </h3>
      <p className="name">{group.clients.join(', ')}</p>
      <p>{group.enforcement.sentence}.</p>
      <ul className="plain">
        {presets.items
          .filter(({ id }) => isTaken(id))
          .map(({ id, title, description }) => (
            <li key={id}>
              ✓ <strong>{title}</strong> <span className="small">{description}</span>
            </li>
          ))}
      </ul>
      <details>
        <summary>{words.presets}</summary>
        <ul className="plain stack">
          {presets.items
            .filter(({ id }) => !isTaken(id))
            .map(({ id, title, description }) => (
              <li key={id} className="row">
                <span className="grow">
                  <strong>{title}</strong> <span className="small">{description}</span>
                </span>
                <ActionButton
                  variant="default"
                  loading={take.isPending && take.variables === id}
                  label={words.add(title)}
                  onClick={() => take.mutate(id)}
                >
                  {words.addIt}
                </ActionButton>
              </li>
            ))}
        </ul>
      </details>
    </div>
  );
}

function useRefresh() {
  const cache = useQueryClient();
  return () => {
    for (const key of [KEYS.status, KEYS.hosts, KEYS.rules, SETUP_KEY])
      void cache.invalidateQueries({ queryKey: key });
  };
}

/** Hosts that were heard: more than these are a list for the overview. */
const SHOWN = 6;
