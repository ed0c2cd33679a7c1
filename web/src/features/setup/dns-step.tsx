import { setupTexts } from '../../texts/en/setup.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useSelfTest } from './reads.ts';
import { StepRemedy } from './step-remedy.tsx';
import type { SetupStep } from './types.ts';

/** Whether names are answered at all, and whether it can be seen who asks. */
export function DnsStep({ item }: { readonly item: SetupStep | undefined }) {
  const { data, error, isFetching, refetch } = useSelfTest();
  const { dns } = setupTexts;
  return (
    <>
      <p>{dns.text}</p>
      <StepRemedy item={item} />
      {data === undefined && error === null ? <LoadingRows rows={2} height={40} /> : null}
      {data === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {data === undefined ? null : (
        <>
          <h3>{dns.listeners}</h3>
          <ul className="plain checks">
            {data.listeners.map(({ protocol, address, port, answers, detail, remedy }) => (
              <li key={`${protocol} ${address} ${port}`} className="stack">
                <div className="row">
                  <code>
                    {protocol}://{address.includes(':') ? `[${address}]` : address}:{port}
                  </code>
                  <StateBadge tone={answers ? 'good' : 'bad'}>
                    {answers ? dns.answers : dns.broken}
                  </StateBadge>
                  <span className="small">{detail}</span>
                </div>
                {remedy === undefined ? null : <p className="hint">{remedy}</p>}
              </li>
            ))}
          </ul>
          <h3>{dns.clients}</h3>
          {data.clients.length === 0 ? <p className="small">{dns.nobody}</p> : null}
          <ul className="plain">
            {data.clients.map(({ address, name, at, group }) => (
              <li key={address} className="row">
                <code>{address}</code>
                <span className="small">
                  {[group, dns.asked(name)].filter((one) => one !== undefined).join(' · ')} · <Time at={at} />
                </span>
              </li>
            ))}
          </ul>
          {data.hidden === undefined ? null : (
            <div className="banner" role="alert">
              <strong>{dns.hidden}</strong>
              <p>{data.hidden.detail}</p>
              <p>{dns.fixes}</p>
              <ol>
                {data.hidden.fixes.map((fix) => (
                  <li key={fix}>{fix}</li>
                ))}
              </ol>
            </div>
          )}
        </>
      )}
      <div className="row">
        <ActionButton variant="default" loading={isFetching} label={dns.again} onClick={() => void refetch()}>
          {dns.again}
        </ActionButton>
      </div>
    </>
  );
}
