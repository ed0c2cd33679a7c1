import { CloseButton } from '@mantine/core';
import { type Followed, useEffectStore, useFollowed } from '../../api/effects.ts';
import { useMayAdminister } from '../../api/roles.ts';
import { tookTime } from '../../lib/format-time.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { GLYPHS, type Tone } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { useCountdown } from '../../ui/time.tsx';
import { useCatchUp } from './catch-up.ts';
import { useEndRule, useRenewRule } from './change-rule.ts';

/** What was allowed here just now, and how far it has come: the proof that a click took effect. */
export function JustAllowed() {
  const followed = useFollowed();
  useCatchUp(followed);
  if (followed.length === 0) return null;
  return (
    <Section title={t.effects.title}>
      <ul className="plain stack">
        {followed.map((one) => (
          <li key={one.rule.id} className="card tracker">
            <Tracker one={one} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Tracker({ one }: { readonly one: Followed }) {
  const { dismiss } = useEffectStore();
  const left = useCountdown(one.rule.expiresAt);
  const admin = useMayAdminister();
  const end = useEndRule();
  const renew = useRenewRule();
  const { pattern, group, id, expiresAt } = one.rule;
  return (
    <>
      <div className="row">
        <h3 className="name">{pattern}</h3>
        <span className="small">
          {group} · {expiresAt === undefined ? t.effects.always : t.effects.left(left)}
        </span>
        <CloseButton
          className="end"
          aria-label={t.actions.about(t.effects.dismiss, pattern)}
          onClick={() => dismiss(id)}
        />
      </div>
      {one.undone ? (
        <p>{t.effects.undone}</p>
      ) : (
        <>
          <ol className="steps" aria-live="polite">
            {stepsOf(one).map(({ text, tone }) => (
              <li key={text} className={`step step-${tone}`}>
                <span aria-hidden="true">{GLYPHS[tone]}</span> {text}
                <span className="unseen">
                  :{' '}
                  {tone === 'good' ? t.effects.done : tone === 'soft' ? t.effects.pending : t.effects.failed}
                </span>
              </li>
            ))}
          </ol>
          <div className="row">
            {admin ? (
              <>
                {expiresAt === undefined ? null : (
                  <>
                    <ActionButton
                      variant="default"
                      label={t.actions.about(t.effects.longer, pattern)}
                      onClick={() => renew.mutate({ rule: one.rule, for: '1h' })}
                    >
                      {t.effects.longer}
                    </ActionButton>
                    <ActionButton
                      variant="default"
                      label={t.actions.about(t.effects.makePermanent, pattern)}
                      onClick={() => renew.mutate({ rule: one.rule, for: 'always' })}
                    >
                      {t.effects.makePermanent}
                    </ActionButton>
                  </>
                )}
                <ActionButton
                  variant="default"
                  label={t.actions.about(t.actions.undo, pattern)}
                  onClick={() => end.mutate(one.rule)}
                >
                  {t.actions.undo}
                </ActionButton>
              </>
            ) : null}
            {one.answeredAt === undefined ? <span className="small">{t.effects.hint}</span> : null}
          </div>
        </>
      )}
    </>
  );
}

interface Step {
  readonly text: string;
  readonly tone: Tone;
}

function stepsOf({ addresses, firewalls, answeredAt }: Followed): readonly Step[] {
  const isResolved = addresses.length > 0;
  return [
    { text: t.effects.allowed, tone: 'good' },
    isResolved
      ? { text: t.effects.resolvedN(addresses.length), tone: 'good' }
      : { text: t.effects.resolved, tone: 'soft' },
    ...(firewalls.length === 0
      ? [{ text: t.effects.noFirewall, tone: 'warn' as const }]
      : firewalls.map((firewall) => aliasStep(firewall, isResolved))),
    answeredAt === undefined
      ? { text: t.effects.waitsForQuestion, tone: 'soft' }
      : { text: t.effects.askedAgain, tone: 'good' },
  ];
}

function aliasStep({ name, state, ms }: Followed['firewalls'][number], isResolved: boolean): Step {
  switch (state) {
    case 'confirmed':
      return {
        text: ms === undefined ? t.effects.inAlias(name) : t.effects.inAliasMs(name, tookTime(ms)),
        tone: isResolved ? 'good' : 'soft',
      };
    case 'unenforced':
      return { text: t.effects.unenforced(name), tone: 'warn' };
    case 'error':
      return { text: t.effects.error(name), tone: 'bad' };
    default:
      return { text: t.effects.inAlias(name), tone: 'soft' };
  }
}
