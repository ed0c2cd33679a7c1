import { Button } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useStatus } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Status } from '../../api/types.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { useTitle } from '../../ui/page-title.ts';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { ProviderHint } from '../sign-in/provider-hint.tsx';
import { DnsStep } from './dns-step.tsx';
import { DoneStep } from './done-step.tsx';
import { FirewallStep } from './firewall-step.tsx';
import { HostStep } from './host-step.tsx';
import { LeaksStep } from './leaks-step.tsx';
import { LearnStep } from './learn-step.tsx';
import { PointStep } from './point-step.tsx';
import { REST_MS, useSetupSteps, WATCH_MS } from './reads.ts';
import { STEPS, type Step } from './search.ts';
import './setup.css';
import type { SetupStep } from './types.ts';

/** From nothing to a host that learns, one step after the other; what is done is read from the server and ticked. */
export function SetupScreen() {
  useTitle(setupTexts.title);
  const admin = useMayAdminister();
  return (
    <>
      <h1>{setupTexts.title}</h1>
      {admin ? <Steps /> : <Empty title={setupTexts.adminOnly} />}
    </>
  );
}

function Steps() {
  const { step: asked } = useSearch({ from: '/setup' });
  const navigate = useNavigate();
  const { data, error, refetch } = useSetupSteps(asked === 'point' ? WATCH_MS : REST_MS);
  const { data: status } = useStatus();
  if (data === undefined || status === undefined) {
    return error === null ? (
      <LoadingRows rows={4} />
    ) : (
      <ProblemCard error={error} onRetry={() => void refetch()} />
    );
  }
  const items = data.items;
  const step = asked ?? items.find(({ state }) => state === 'open')?.step ?? 'done';
  const at = STEPS.indexOf(step);
  const go = (to: Step) => void navigate({ to: '/setup', search: { step: to } });
  const here = items.find((one) => one.step === step);
  const next = STEPS[at + 1];
  const previous = STEPS[at - 1];
  return (
    <div className="setup">
      <nav aria-label={setupTexts.steps}>
        <ol className="plain setup-steps">
          {STEPS.map((name) => (
            <li key={name}>
              <StepLink
                name={name}
                item={items.find((one) => one.step === name)}
                isHere={name === step}
                onGo={() => go(name)}
              />
            </li>
          ))}
        </ol>
      </nav>
      <section aria-labelledby="setup-step" className="card stack">
        <p className="small">{setupTexts.of(at + 1, STEPS.length)}</p>
        <h2 id="setup-step">{setupTexts.names[step]}</h2>
        {here?.presetBy === undefined ? null : (
          <p className="good-text">✓ {setupTexts.setBy(here.presetBy)}</p>
        )}
        {bodyOf(step, { status, item: here, items })}
        <div className="setup-ends">
          {previous === undefined ? (
            <span />
          ) : (
            <Button variant="default" onClick={() => go(previous)}>
              {setupTexts.back}
            </Button>
          )}
          {next === undefined ? (
            <Button onClick={() => void navigate({ to: '/' })}>{setupTexts.finish}</Button>
          ) : (
            <Button variant={here?.state === 'open' ? 'default' : 'filled'} onClick={() => go(next)}>
              {here?.state === 'open' ? setupTexts.skip : setupTexts.next}
            </Button>
          )}
        </div>
      </section>
    </div>
  );
}

function StepLink({
  name,
  item,
  isHere,
  onGo,
}: {
  readonly name: Step;
  readonly item: SetupStep | undefined;
  readonly isHere: boolean;
  readonly onGo: () => void;
}) {
  const isDone = item?.state === 'done';
  return (
    <button type="button" className="setup-step" aria-current={isHere ? 'step' : undefined} onClick={onGo}>
      <span aria-hidden="true" className={isDone ? 'setup-mark setup-mark-done' : 'setup-mark'}>
        {isDone ? '✓' : '○'}
      </span>
      <span>
        {setupTexts.names[name]}
        {item === undefined ? null : (
          <span className="small">
            {item.presetBy === undefined ? setupTexts.states[item.state] : setupTexts.setBy(item.presetBy)}
          </span>
        )}
      </span>
    </button>
  );
}

interface About {
  readonly status: Status;
  readonly item: SetupStep | undefined;
  readonly items: readonly SetupStep[];
}

function bodyOf(step: Step, { status, item, items }: About): ReactNode {
  const dns = items.find((one) => one.step === 'dns');
  switch (step) {
    case 'admin':
      return (
        <>
          <p>{setupTexts.admin.text}</p>
          <p>{setupTexts.admin.more}</p>
          <ProviderHint />
        </>
      );
    case 'dns':
      return <DnsStep item={item} />;
    case 'firewall':
      return <FirewallStep status={status} item={item} dns={dns} />;
    case 'host':
      return <HostStep status={status} />;
    case 'learn':
      return <LearnStep status={status} item={item} />;
    case 'point':
      return <PointStep status={status} item={item} dns={dns} />;
    case 'leaks':
      return <LeaksStep status={status} />;
    case 'done':
      return <DoneStep items={items} />;
  }
}
