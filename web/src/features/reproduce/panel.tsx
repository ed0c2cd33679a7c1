import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useMayAdminister, useMayApprove } from '../../api/roles.ts';
import type { RefusedName, Reproduce } from '../../api/types.ts';
import { countdown } from '../../lib/format-time.ts';
import { personOf } from '../../lib/person.ts';
import { reproduceTexts } from '../../texts/en/reproduce.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { Time, useCountdown, useNow } from '../../ui/time.tsx';
import { WhyDialog } from '../why/why-dialog.tsx';
import { useReproduceActs } from './act.ts';
import { useReproducing } from './reads.ts';
import { QUIET_MS, stepOf } from './step.ts';
import './reproduce.css';

/** What is being reproduced, with what to do next; nothing where nothing is. */
export function ReproducePanel() {
  const [withBackground, setWithBackground] = useState(false);
  return useReproducing(withBackground).map((one) => (
    <Panel key={one.group} one={one} withBackground={withBackground} onBackground={setWithBackground} />
  ));
}

interface PanelProps {
  readonly one: Reproduce;
  readonly withBackground: boolean;
  readonly onBackground: (on: boolean) => void;
}

function Panel({ one, withBackground, onBackground }: PanelProps) {
  const {
    group,
    startedBy = '',
    markAt,
    refused = [],
    rules = [],
    background = [],
    onPurpose = [],
    backgroundNames = 0,
  } = one;
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const now = useNow();
  const step = stepOf(one);
  const elapsed = markAt === undefined ? 0 : now - Date.parse(markAt);
  const done = new Set(rules.map(({ pattern }) => pattern));
  // Marked again, a name that is refused although it was allowed is news: perhaps for another type.
  const open = step >= 2 ? refused : refused.filter(({ name }) => !done.has(name));
  const noise = withBackground ? background.filter(({ name }) => !done.has(name)) : [];
  const pick = (name: string, on: boolean) =>
    setPicked((before) => new Set([...before].filter((known) => known !== name).concat(on ? [name] : [])));
  const meant = onPurpose.filter(({ name }) => !done.has(name));
  const shown = [...open, ...noise, ...meant].map(({ name }) => name);
  return (
    <Section
      title={reproduceTexts.title(group)}
      aside={
        <span>
          {reproduceTexts.runningBy(personOf(startedBy))},{' '}
          <span className="numbers">{countdown(elapsed)}</span>
        </span>
      }
    >
      <div className="card stack reproduce">
        <Steps at={step === 1 && open.length === 0 ? 2 : step} />
        <p aria-live="polite">{wordsFor(one, open.length, meant.length)}</p>
        {open.length + noise.length === 0 ? null : (
          <ul className="plain reproduce-names">
            {[...open, ...noise].map((one) => (
              <Name
                key={one.name}
                one={one}
                isBackground={noise.includes(one)}
                picked={picked.has(one.name)}
                onPick={pick}
              />
            ))}
          </ul>
        )}
        {meant.length === 0 ? null : (
          <>
            <p>
              <strong>{reproduceTexts.onPurpose(meant.length)}</strong>{' '}
              <span className="small">{reproduceTexts.onPurposeText}</span>
            </p>
            <ul className="plain reproduce-names">
              {meant.map((one) => (
                <Name
                  key={one.name}
                  one={one}
                  isBackground={false}
                  picked={picked.has(one.name)}
                  onPick={pick}
                />
              ))}
            </ul>
          </>
        )}
        {backgroundNames === 0 ? null : (
          <Checkbox
            label={reproduceTexts.background(backgroundNames)}
            checked={withBackground}
            onChange={(event) => onBackground(event.currentTarget.checked)}
          />
        )}
        <Allowed one={one} />
        <Acts
          one={one}
          step={step}
          open={open.length}
          picked={shown.filter((name) => picked.has(name))}
          onDone={() => setPicked(new Set())}
        />
      </div>
    </Section>
  );
}

function wordsFor(one: Reproduce, open: number, meant: number): string {
  switch (stepOf(one)) {
    case 0:
      if (open > 0) return reproduceTexts.refused(open);
      return `${reproduceTexts.doIt} ${meant === 0 ? reproduceTexts.listening : reproduceTexts.onlyOnPurpose}`;
    case 1:
      return open === 0 ? reproduceTexts.allAllowed : reproduceTexts.notClean(open);
    case 2:
      return open === 0 ? reproduceTexts.verifying : reproduceTexts.notClean(open);
    case 3:
      return reproduceTexts.clean(countdown(Math.max(one.forMs ?? 0, QUIET_MS)));
  }
}

/** The four things to do, and which of them is next. */
function Steps({ at }: { readonly at: number }) {
  return (
    <ol className="reproduce-steps">
      {reproduceTexts.steps.map((text, index) => (
        <li key={text} aria-current={index === at ? 'step' : undefined}>
          <span aria-hidden="true">{index < at ? '✓' : index + 1}</span> {text}
        </li>
      ))}
    </ol>
  );
}

function Name({
  one: { name, types, count, lastAt, catalog, risks, before, reasons, onPurpose },
  isBackground,
  picked,
  onPick,
}: {
  readonly one: RefusedName;
  readonly isBackground: boolean;
  readonly picked: boolean;
  readonly onPick: (name: string, on: boolean) => void;
}) {
  const [isAsking, setAsking] = useState(false);
  return (
    <li className="reproduce-name">
      {useMayApprove() && onPurpose !== 'rule' ? (
        <Checkbox
          checked={picked}
          onChange={(event) => onPick(name, event.currentTarget.checked)}
          aria-label={reproduceTexts.pick(name)}
        />
      ) : null}
      <div className="denial-what">
        <h3 className="name">{name}</h3>
        <p className="small">
          {types.join(', ')} · {t.refused.count(count)} · <Time at={lastAt} /> · {reasons.join(', ')}
        </p>
        {catalog === undefined ? null : (
          <p className="small">
            <strong>{catalog.title}</strong>: {catalog.why}
          </p>
        )}
        {onPurpose === undefined ? null : <p className="small">{reproduceTexts.refusedBy[onPurpose]}</p>}
        {before === undefined ? null : (
          <p className="small">
            {isBackground
              ? reproduceTexts.usual(before.count, before.hours)
              : reproduceTexts.before(before.count)}
          </p>
        )}
        {risks.map(({ sentence }) => (
          <p key={sentence} className="small problem-text">
            ! {sentence}
          </p>
        ))}
      </div>
      <ActionButton
        variant="subtle"
        label={t.actions.about(t.actions.why, name)}
        onClick={() => setAsking(true)}
      >
        {t.actions.why}
      </ActionButton>
      {isAsking ? <WhyDialog subject={{ name }} onClose={() => setAsking(false)} /> : null}
    </li>
  );
}

/** What it allowed so far, and when that ends. */
function Allowed({ one: { rules = [] } }: { readonly one: Reproduce }) {
  const alive = rules.filter(({ endedAt }) => endedAt === undefined);
  const ends = alive.flatMap(({ expiresAt }) => expiresAt ?? []).toSorted();
  const left = useCountdown(ends[0]);
  if (alive.length === 0) return null;
  return (
    <p>
      <StateBadge tone="good">{reproduceTexts.allowed(alive.length)}</StateBadge>{' '}
      <span className="small name">{alive.map(({ pattern }) => pattern).join(', ')}</span>
      {left === '' ? null : (
        <span className="small">
          {' '}
          · {reproduceTexts.ends}: {left}
        </span>
      )}
    </p>
  );
}

function Acts({
  one: { group },
  step,
  open,
  picked,
  onDone,
}: {
  readonly one: Reproduce;
  readonly step: number;
  readonly open: number;
  readonly picked: readonly string[];
  readonly onDone: () => void;
}) {
  const { allow, verify, stop, keep, drop } = useReproduceActs();
  const admin = useMayAdminister();
  if (!useMayApprove()) return null;
  const about = (action: string) => t.actions.about(action, group);
  const toAllow = picked.length > 0 ? reproduceTexts.allowPicked(picked.length) : reproduceTexts.allowAll;
  return (
    <>
      <div className="row">
        {open + picked.length === 0 ? null : (
          <ActionButton
            loading={allow.isPending}
            label={about(toAllow)}
            onClick={() =>
              allow.mutate(picked.length === 0 ? { group } : { group, names: picked }, { onSettled: onDone })
            }
          >
            {toAllow}
          </ActionButton>
        )}
        {step === 0 ? null : (
          <ActionButton
            variant={step === 1 && open === 0 ? 'filled' : 'default'}
            loading={verify.isPending}
            label={about(reproduceTexts.verify)}
            onClick={() => verify.mutate(group)}
          >
            {reproduceTexts.verify}
          </ActionButton>
        )}
        {step > 0 && admin ? (
          <ActionButton
            variant={step === 3 ? 'filled' : 'default'}
            loading={keep.isPending}
            label={about(step === 3 ? reproduceTexts.keep : reproduceTexts.keepFirst)}
            onClick={() => keep.mutate(group)}
          >
            {step === 3 ? reproduceTexts.keep : reproduceTexts.keepFirst}
          </ActionButton>
        ) : null}
        {step > 0 ? (
          <ActionButton
            variant="default"
            loading={drop.isPending}
            label={about(reproduceTexts.drop)}
            onClick={() => drop.mutate(group)}
          >
            {reproduceTexts.drop}
          </ActionButton>
        ) : null}
        <ActionButton
          variant="subtle"
          loading={stop.isPending}
          label={about(step === 0 ? reproduceTexts.discard : reproduceTexts.endOnly)}
          onClick={() => stop.mutate(group)}
        >
          {step === 0 ? reproduceTexts.discard : reproduceTexts.endOnly}
        </ActionButton>
      </div>
      {step > 0 && !admin ? <p className="small">{reproduceTexts.onlyAdmin}</p> : null}
    </>
  );
}
