import { Menu } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useStatus } from '../../api/reads.ts';
import { useMayApprove } from '../../api/roles.ts';
import { reproduceTexts } from '../../texts/en/reproduce.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { dialogLater } from '../../ui/loaded-later.tsx';
import './reproduce.css';
import { useReproduceActs } from './act.ts';
import { useReproducing } from './reads.ts';

const SymptomsDialog = dialogLater(async () => (await import('./symptoms-dialog.tsx')).SymptomsDialog);

/** ● Reproduce: at once where one host is protected, and else where. Of what runs already it says so. */
export function ReproduceStart() {
  const { data: status } = useStatus();
  const running = useReproducing(false);
  const begin = useBegin();
  const [isAsking, setAsking] = useState(false);
  const free = (status?.groups ?? [])
    .map(({ name }) => name)
    .filter((name) => !running.some(({ group }) => group === name));
  const [only] = free;
  if (!useMayApprove() || only === undefined) return null;
  const label = reproduceTexts.button;
  return (
    <div className="row">
      {free.length === 1 ? (
        <ActionButton variant="default" label={label} onClick={() => begin(only)}>
          <Dot /> {label}
        </ActionButton>
      ) : (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionButton variant="default" label={label}>
              <Dot /> {label}
            </ActionButton>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{reproduceTexts.choose}</Menu.Label>
            {free.map((name) => (
              <Menu.Item key={name} onClick={() => begin(name)}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <ActionButton variant="subtle" label={reproduceTexts.symptoms} onClick={() => setAsking(true)}>
        {reproduceTexts.symptoms}
      </ActionButton>
      {isAsking ? (
        <SymptomsDialog
          onClose={() => setAsking(false)}
          onReproduce={(group) => {
            setAsking(false);
            begin(group);
          }}
        />
      ) : null}
    </div>
  );
}

/** Somebody came by a link that starts it: asked once, because a link is not a click on a button that says so. */
export function ReproduceAsked({ group, onDone }: { readonly group: string; readonly onDone: () => void }) {
  const begin = useBegin();
  return (
    <Dialog title={reproduceTexts.askTitle(group)} onClose={onDone}>
      <div className="stack">
        <p>{reproduceTexts.askText}</p>
        <DialogActions onClose={onDone}>
          <ActionButton
            size="sm"
            label={t.actions.about(reproduceTexts.start, group)}
            onClick={() => {
              onDone();
              begin(group);
            }}
          >
            {reproduceTexts.start}
          </ActionButton>
        </DialogActions>
      </div>
    </Dialog>
  );
}

function useBegin(): (group: string) => void {
  const navigate = useNavigate();
  const { start } = useReproduceActs();
  return (group) => start.mutate(group, { onSuccess: () => void navigate({ to: '/refused', search: {} }) });
}

function Dot() {
  return (
    <span aria-hidden="true" className="reproduce-dot">
      ●
    </span>
  );
}
