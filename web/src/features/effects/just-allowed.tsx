import { CloseButton } from '@mantine/core';
import { type Followed, isOver, type Undone, useEffectStore, useFollowed } from '../../api/effects.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { RuleView } from '../../api/types.ts';
import { countdown } from '../../lib/format-time.ts';
import { personOf } from '../../lib/person.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { GLYPHS } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { useNow } from '../../ui/time.tsx';
import { useCatchUp, useRulesAsTheyAre } from './catch-up.ts';
import { useAllowAgain, useRenewRule, useUndoAllow } from './change-rule.ts';
import { stepsOf } from './steps.ts';

/** What was allowed here just now, and how far it has come: the proof that a click took effect. */
export function JustAllowed() {
  const followed = useFollowed();
  useCatchUp(followed);
  useRulesAsTheyAre(followed);
  if (followed.length === 0) return null;
  return (
    <Section title={t.effects.title}>
      <ul className="plain stack">
        {followed.map((one) => (
          <Tracker key={one.rule.id} one={one} />
        ))}
      </ul>
    </Section>
  );
}

function Tracker({ one }: { readonly one: Followed }) {
  const { dismiss } = useEffectStore();
  const now = useNow();
  const { pattern, group, id } = one.rule;
  const ended = isOver(one, now);
  const stands = one.undone === undefined && !ended;
  return (
    <li className={stands ? 'card tracker' : 'card tracker tracker-over'}>
      <div className="row">
        <h3 className="name">{pattern}</h3>
        <span className="small">
          {group}
          {stands ? ` · ${leftOf(one.rule, now)}` : null}
        </span>
        <CloseButton
          className="end"
          aria-label={t.actions.about(t.effects.dismiss, pattern)}
          onClick={() => dismiss(id)}
        />
      </div>
      {one.undone !== undefined ? (
        <WhatClosed undone={one.undone} />
      ) : ended ? (
        <Over one={one} />
      ) : (
        <Standing one={one} />
      )}
    </li>
  );
}

function leftOf({ expiresAt }: RuleView, now: number): string {
  return expiresAt === undefined ? t.effects.always : t.effects.left(countdown(Date.parse(expiresAt) - now));
}

function Standing({ one }: { readonly one: Followed }) {
  const admin = useMayAdminister();
  const undo = useUndoAllow();
  const renew = useRenewRule();
  const { rule } = one;
  const { pattern, expiresAt } = rule;
  return (
    <>
      <ol className="steps" aria-live="polite">
        {stepsOf(one).map(({ text, tone }) => (
          <li key={text} className={`step step-${tone}`}>
            <span aria-hidden="true">{GLYPHS[tone]}</span> {text}
            <span className="unseen">
              : {tone === 'good' ? t.effects.done : tone === 'soft' ? t.effects.pending : t.effects.failed}
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
                  loading={renew.isPending}
                  label={t.actions.about(t.effects.longer, pattern)}
                  onClick={() => renew.mutate({ rule, to: 'longer' })}
                >
                  {t.effects.longer}
                </ActionButton>
                <ActionButton
                  variant="default"
                  label={t.actions.about(t.effects.makePermanent, pattern)}
                  onClick={() => renew.mutate({ rule, to: 'always' })}
                >
                  {t.effects.makePermanent}
                </ActionButton>
              </>
            )}
            <ActionButton
              variant="default"
              label={t.actions.about(t.actions.undo, pattern)}
              onClick={() => undo.mutate(one)}
            >
              {t.actions.undo}
            </ActionButton>
          </>
        ) : null}
        {one.answeredAt === undefined ? <span className="small">{t.effects.hint}</span> : null}
      </div>
    </>
  );
}

function Over({ one }: { readonly one: Followed }) {
  const again = useAllowAgain();
  return (
    <>
      <p>{whyOver(one.rule)}</p>
      {useMayAdminister() ? (
        <div className="row">
          <ActionButton
            loading={again.isPending}
            label={t.actions.about(t.actions.allow15, one.rule.pattern)}
            onClick={() => again.mutate(one)}
          >
            {t.actions.allow15}
          </ActionButton>
        </div>
      ) : null}
    </>
  );
}

/** A rule that nobody ended has come to its own end. */
function whyOver({ endedBy = 'expiry' }: RuleView): string {
  return endedBy === 'expiry' ? t.effects.over : t.effects.endedBy(personOf(endedBy));
}

/** Closing an address says nothing to the connections that are there already. */
function WhatClosed({ undone: { how, closed, staysOpen } }: { readonly undone: Undone }) {
  return (
    <>
      <p>{t.effects.undone[how]}</p>
      {closed.length === 0 ? null : (
        <p>
          {t.effects.closed} <code>{closed.join(' ')}</code>. {t.effects.openConnections}
        </p>
      )}
      {staysOpen.map(({ address, name, group }) => (
        <p key={`${address} ${group} ${name}`} className="small">
          {t.effects.staysOpen(address, name, group)}
        </p>
      ))}
    </>
  );
}
