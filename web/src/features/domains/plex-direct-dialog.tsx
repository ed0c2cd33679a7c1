import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import { useTakeBack } from '../../api/take-back.ts';
import type { Group, GroupChanged, PlexDirectFound } from '../../api/types.ts';
import { hostsTexts } from '../../texts/en/hosts.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

/** Looks for the Plex server of a group, and takes what was found after a person compared it. */
export function PlexDirectDialog({
  group: { name, place },
  onClose,
}: {
  readonly group: Group;
  readonly onClose: () => void;
}) {
  const [server, setServer] = useState('');
  const path = `/groups/${encodeURIComponent(name)}`;
  const cache = useQueryClient();
  const tell = useNotice();
  const takeBack = useTakeBack();
  const find = useMutation({
    mutationFn: () =>
      request<PlexDirectFound>(
        'POST',
        `${path}/plex-direct/find`,
        server.trim() === '' ? {} : { server: server.trim() },
      ),
  });
  const proposal = find.data?.proposal;
  const take = useMutation({
    mutationFn: () => request<GroupChanged>('PATCH', path, { plexDirect: proposal }),
    onSuccess({ entry }) {
      for (const key of [KEYS.status, KEYS.audit, KEYS.denials]) {
        void cache.invalidateQueries({ queryKey: key });
      }
      tell({ text: hostsTexts.taken(name), undo: () => void takeBack(entry) });
      onClose();
    },
  });
  const problem = find.error ?? take.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    find.mutate();
  };
  return (
    <Dialog wide title={hostsTexts.findTitle(name)} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <p>{hostsTexts.findText}</p>
        <TextInput
          label={hostsTexts.server}
          description={hostsTexts.serverHelp}
          placeholder="192.168.20.5:32400"
          value={server}
          onChange={(event) => setServer(event.currentTarget.value)}
          data-autofocus
        />
        {problem === null ? null : <p className="problem-text">{problemText(problem)}</p>}
        {find.data === undefined ? null : (
          <div role="status" className="stack">
            <ul className="plain">
              {find.data.items.map(({ server: at, sentence }) => (
                <li key={at}>{sentence}</li>
              ))}
            </ul>
            {proposal === undefined ? (
              <p>{hostsTexts.nothing}</p>
            ) : (
              <>
                <h3>{hostsTexts.proposal}</h3>
                <pre>
                  {`hashes: ${proposal.hashes.join(', ')}\nownAddresses: ${proposal.ownAddresses.join(', ')}`}
                </pre>
                {place === undefined ? null : <p className="hint">{hostsTexts.locked(place)}</p>}
              </>
            )}
          </div>
        )}
        <DialogActions onClose={onClose}>
          <Button
            type="submit"
            loading={find.isPending}
            variant={proposal === undefined ? 'filled' : 'default'}
          >
            {hostsTexts.look}
          </Button>
          {proposal === undefined || place !== undefined ? null : (
            <Button loading={take.isPending} onClick={() => take.mutate()}>
              {hostsTexts.take}
            </Button>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}
