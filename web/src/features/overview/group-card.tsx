import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { Group } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { ENFORCEMENT_TONES } from '../../ui/enforcement.ts';
import { dialogLater } from '../../ui/loaded-later.tsx';
import { Lock } from '../../ui/lock.tsx';
import { useCountdown } from '../../ui/time.tsx';
import { useChangeGroup } from './change-group.ts';

/** Not needed for the first sight of the overview. */
const ModeDialog = dialogLater(async () => (await import('./mode-dialog.tsx')).ModeDialog);
const PauseDialog = dialogLater(async () => (await import('./pause-dialog.tsx')).PauseDialog);

/** Protected hosts: what may be relied on for them, and the three things to do about it. */
export function GroupCard({ group }: { readonly group: Group }) {
  const [dialog, setDialog] = useState<'pause' | 'mode'>();
  const { name, mode, enforcement, clients, pausedUntil, place } = group;
  const { resume } = useChangeGroup();
  const left = useCountdown(pausedUntil);
  const about = (action: string) => t.actions.about(action, name);
  const otherMode = mode === 'enforce' ? t.overview.toLearn : t.overview.toEnforce;
  const close = () => setDialog(undefined);
  return (
    <div className="card">
      <div className="row">
        <h3>{name}</h3>
        <StateBadge tone={ENFORCEMENT_TONES[enforcement.state]}>{t.mode[enforcement.state]}</StateBadge>
      </div>
      <p>{enforcement.sentence}.</p>
      <p className="small">{clients.join(' ') || t.overview.noClients}</p>
      {pausedUntil === undefined ? null : (
        <p className="small">
          {t.overview.pauseEnds}: {left}
        </p>
      )}
      {place === undefined ? null : (
        <p className="small">
          <Lock /> {t.overview.locked(place)}
        </p>
      )}
      {useMayAdminister() ? (
        <div className="row">
          {pausedUntil !== undefined ? (
            <ActionButton label={about(t.overview.resume)} onClick={() => resume.mutate(group)}>
              {t.overview.resume}
            </ActionButton>
          ) : mode === 'enforce' ? (
            <ActionButton
              variant="default"
              label={about(t.overview.pause)}
              onClick={() => setDialog('pause')}
            >
              {t.overview.pause}
            </ActionButton>
          ) : null}
          {mode === 'enforce' ? null : (
            <Link to="/learn" search={{ group: name }}>
              {t.overview.review}
            </Link>
          )}
          {place === undefined ? (
            <ActionButton variant="default" label={about(otherMode)} onClick={() => setDialog('mode')}>
              {otherMode}
            </ActionButton>
          ) : null}
        </div>
      ) : null}
      {dialog === 'pause' ? <PauseDialog group={group} onClose={close} /> : null}
      {dialog === 'mode' ? <ModeDialog group={group} onClose={close} /> : null}
    </div>
  );
}
