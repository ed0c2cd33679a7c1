import type { Status } from '../../api/types.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { CopyBlock } from '../../ui/copy-block.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { CheckList } from '../firewall/check-list.tsx';
import { ruleLines } from './firewall-lines.ts';
import { FirewallTrial } from './firewall-trial.tsx';
import { dnsPlace, firstHost } from './places.ts';
import { useLook } from './reads.ts';
import { StepRemedy } from './step-remedy.tsx';
import type { SetupStep } from './types.ts';

/** What is configured, examined again; or one that is typed in, tried, and taken along as lines. */
export function FirewallStep({
  status,
  item,
  dns,
}: {
  readonly status: Status;
  readonly item: SetupStep | undefined;
  readonly dns: SetupStep | undefined;
}) {
  const { firewalls } = status;
  const words = setupTexts.firewall;
  const alias = firewalls[0]?.alias ?? 'plexfw_live';
  return (
    <>
      <p>{words.text}</p>
      <p className={item?.state === 'done' ? 'good-text' : 'hint'}>{item?.detail}</p>
      {firewalls.length === 0 ? (
        <FirewallTrial />
      ) : (
        <>
          <h3>{words.configured}</h3>
          {firewalls.map(({ name }) => (
            <Configured key={name} name={name} />
          ))}
          <details>
            <summary>{words.tryOther}</summary>
            <FirewallTrial />
          </details>
        </>
      )}
      <h3>{words.rules}</h3>
      <p>{words.rulesText}</p>
      <StepRemedy item={dns} />
      <CopyBlock
        label={words.rules}
        text={ruleLines({
          host: firstHost(status),
          dns: dns?.remedy === undefined ? dnsPlace(status) : undefined,
          alias,
        })}
        words={setupTexts}
      />
    </>
  );
}

function Configured({ name }: { readonly name: string }) {
  const look = useLook();
  const words = setupTexts.firewall;
  return (
    <div className="stack">
      <div className="row">
        <strong className="grow">{name}</strong>
        <ActionButton
          loading={look.isPending}
          label={`${words.checkAgain}: ${name}`}
          onClick={() => look.mutate({ firewall: name })}
        >
          {words.checkAgain}
        </ActionButton>
      </div>
      {look.isPending ? <LoadingRows rows={2} height={40} /> : null}
      {look.error === null ? null : <ProblemCard error={look.error} />}
      {look.data === undefined ? null : (
        <CheckList checks={look.data.items.filter(({ firewall }) => firewall === name)} />
      )}
    </div>
  );
}
