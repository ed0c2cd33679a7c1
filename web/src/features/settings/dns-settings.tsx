import type { Status } from '../../api/types.ts';
import { settingsTexts } from '../../texts/en/settings.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';

/** Where it listens, and whom it asks. */
export function DnsSection({ status: { listeners, upstreams } }: { readonly status: Status }) {
  return (
    <Section title={settingsTexts.dns}>
      <div className="card stack">
        <h3>{settingsTexts.listeners}</h3>
        <ul className="plain">
          {listeners.map(({ protocol, address, port, error }) => (
            <li key={`${protocol} ${address} ${port}`}>
              <code>
                {protocol}://{address}:{port}
              </code>{' '}
              {error === undefined ? null : (
                <StateBadge tone="bad">
                  {error.code}: {error.remedy}
                </StateBadge>
              )}
            </li>
          ))}
        </ul>
        <h3>{settingsTexts.upstreams}</h3>
        <ul className="plain">
          {upstreams.map(({ id, state, domain, counters, lastError }) => (
            <li key={`${id} ${domain}`} className="row">
              <code>{id}</code>
              <StateBadge tone={state === 'up' ? 'good' : 'bad'}>
                {settingsTexts.upstreamStates[state]}
              </StateBadge>
              <span className="small">
                {[
                  domain,
                  counters?.medianMs === undefined ? undefined : settingsTexts.median(counters.medianMs),
                  lastError,
                ]
                  .filter((one) => one !== undefined)
                  .join(' · ')}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Section>
  );
}
