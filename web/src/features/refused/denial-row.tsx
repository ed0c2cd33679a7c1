import { Button, Menu } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useMayAdminister, useMayApprove } from '../../api/roles.ts';
import type { Denial } from '../../api/types.ts';
import { relativeTime } from '../../lib/format-time.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { dialogLater } from '../../ui/loaded-later.tsx';
import { Time, useNow } from '../../ui/time.tsx';
import { useAllow, useMute, useUnmute } from './decide.ts';

/** Not needed for the first sight of the overview. */
const WhyDialog = dialogLater(async () => (await import('../why/why-dialog.tsx')).WhyDialog);
const AlwaysDialog = dialogLater(async () => (await import('./always-dialog.tsx')).AlwaysDialog);

interface DenialRowProps {
  readonly denial: Denial;
  /** The box to select it by; absent where rows cannot be selected. */
  readonly box?: ReactNode;
  /** The row the keyboard is at. */
  readonly current?: boolean;
  /** How many others of the same domain are shown; a click shows them together. */
  readonly siblings?: { readonly count: number; readonly onShow: () => void };
}

/** A refused name and everything that can be done about it, in plain sight. */
export function DenialRow({ denial, box, current = false, siblings }: DenialRowProps) {
  const {
    name,
    unicode,
    group,
    types,
    count,
    lastAt,
    lastClient,
    refused,
    state,
    decidedBy,
    catalog,
    domain,
  } = denial;
  return (
    <article
      className={current ? 'card denial denial-current' : 'card denial'}
      aria-label={name}
      data-denial={denial.id}
    >
      {box}
      <div className="denial-what">
        <h3 className="name">
          {name} {unicode === undefined ? null : <span className="soft">({unicode})</span>}
        </h3>
        <p className="small">
          <StateBadge tone={refused ? 'bad' : 'soft'}>
            {refused ? t.refused.refused : t.refused.wouldBe}
          </StateBadge>{' '}
          {types.join(', ')} · {t.refused.count(count)} · <Time at={lastAt} /> · {group} {lastClient}
          {state === 'decided' && decidedBy !== undefined ? ` · ${t.refused.decidedBy(decidedBy)}` : null}
        </p>
        {catalog === undefined ? null : (
          <p className="small">
            <strong>{catalog.title}</strong>: {catalog.why}
          </p>
        )}
        <Before denial={denial} />
        {siblings === undefined || siblings.count === 0 ? null : (
          <button type="button" className="link-button small" onClick={siblings.onShow}>
            {t.refused.siblings(siblings.count, domain)}
          </button>
        )}
      </div>
      <DenialActions denial={denial} />
    </article>
  );
}

/** What was decided about it before. */
function Before({ denial: { allowedBefore, lastAt, state } }: { readonly denial: Denial }) {
  const now = useNow();
  if (allowedBefore === undefined || state !== 'waiting') return null;
  const { times, endedAt } = allowedBefore;
  return (
    <p className="small">
      {endedAt === undefined || endedAt > lastAt
        ? null
        : `${t.refused.expired(relativeTime(Date.parse(endedAt), now))} `}
      {t.refused.before(times)}
    </p>
  );
}

const LONGER = ['1h', '24h', '7d'] as const;

function DenialActions({ denial }: { readonly denial: Denial }) {
  const [dialog, setDialog] = useState<'why' | 'always'>();
  const [allow, mute, unmute] = [useAllow(), useMute(), useUnmute()];
  const [admin, approve] = [useMayAdminister(), useMayApprove()];
  const { name, state } = denial;
  const about = (action: string) => t.actions.about(action, name);
  return (
    <div className="denial-actions">
      {state === 'waiting' && approve ? (
        <div className="split">
          <ActionButton label={about(t.actions.allow15)} onClick={() => allow.mutate({ denial, for: '15m' })}>
            {t.actions.allow15}
          </ActionButton>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="compact-sm" className="split-more" aria-label={about(t.actions.allowLonger)}>
                <span aria-hidden="true">▾</span>
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {LONGER.map((time) => (
                <Menu.Item key={time} onClick={() => allow.mutate({ denial, for: time })}>
                  {t.actions.allowFor[time]}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </div>
      ) : null}
      {state === 'waiting' && admin ? (
        <ActionButton
          variant="default"
          data-action="always"
          label={about(t.actions.always)}
          onClick={() => setDialog('always')}
        >
          {t.actions.always}
        </ActionButton>
      ) : null}
      {state === 'waiting' && approve ? (
        <ActionButton variant="default" label={about(t.actions.mute)} onClick={() => mute.mutate(denial)}>
          {t.actions.mute}
        </ActionButton>
      ) : null}
      {state === 'muted' && approve ? (
        <ActionButton variant="default" label={about(t.actions.unmute)} onClick={() => unmute.mutate(denial)}>
          {t.actions.unmute}
        </ActionButton>
      ) : null}
      <ActionButton variant="subtle" label={about(t.actions.why)} onClick={() => setDialog('why')}>
        {t.actions.why}
      </ActionButton>
      {dialog === 'why' ? <WhyDialog subject={{ name }} onClose={() => setDialog(undefined)} /> : null}
      {dialog === 'always' ? (
        <AlwaysDialog
          denial={denial}
          onClose={() => setDialog(undefined)}
          onAllow={(asked) => allow.mutate({ denial, for: 'always', ...asked })}
        />
      ) : null}
    </div>
  );
}
