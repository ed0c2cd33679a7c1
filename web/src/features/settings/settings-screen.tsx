import { SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import '@mantine/core/styles/Switch.css';
import { useStatus } from '../../api/reads.ts';
import { apiUrl } from '../../api/request.ts';
import type { Status } from '../../api/types.ts';
import { useContrast } from '../../app/contrast.ts';
import { useSingleKeysOn } from '../../app/shortcuts.ts';
import { t } from '../../texts/texts.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Section } from '../../ui/section.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { ConfigurationFile } from './configuration-file.tsx';

/** What is set in this browser, and what runs and where it was set. */
export function SettingsScreen() {
  useTitle(t.settings.title);
  const { data: status, error, refetch } = useStatus();
  return (
    <>
      <h1>{t.settings.title}</h1>
      <Appearance />
      {status === undefined && error === null ? <LoadingRows rows={3} /> : null}
      {status === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {status === undefined ? null : (
        <>
          <Dns status={status} />
          <ConfigurationFile configuration={status.configuration} />
          <About status={status} />
        </>
      )}
    </>
  );
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [contrast, setContrast] = useContrast();
  const [keysOn, setKeysOn] = useSingleKeysOn();
  return (
    <Section title={t.settings.appearance} aside={t.settings.appearanceText}>
      <div className="card stack">
        <SegmentedControl
          aria-label={t.header.theme}
          value={colorScheme}
          onChange={(value) => setColorScheme(SCHEMES.find((one) => one === value) ?? 'auto')}
          data={SCHEMES.map((value) => ({ value, label: t.header.themes[value] }))}
          className="start"
        />
        <Switch
          label={t.header.contrast}
          checked={contrast}
          onChange={(event) => setContrast(event.currentTarget.checked)}
        />
        <Switch
          label={t.settings.shortcutsOn}
          description={t.settings.keyboardText}
          checked={keysOn}
          onChange={(event) => setKeysOn(event.currentTarget.checked)}
        />
      </div>
    </Section>
  );
}

const SCHEMES = ['auto', 'light', 'dark'] as const;

function Dns({ status: { listeners, upstreams } }: { readonly status: Status }) {
  return (
    <Section title={t.settings.dns}>
      <div className="card stack">
        <h3>{t.settings.listeners}</h3>
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
        <h3>{t.settings.upstreams}</h3>
        <ul className="plain">
          {upstreams.map(({ id, state, domain, counters, lastError }) => (
            <li key={`${id} ${domain}`} className="row">
              <code>{id}</code>
              <StateBadge tone={state === 'up' ? 'good' : 'bad'}>
                {t.settings.upstreamStates[state]}
              </StateBadge>
              <span className="small">
                {[
                  domain,
                  counters?.medianMs === undefined ? undefined : t.settings.median(counters.medianMs),
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

function About({ status: { version, startedAt, certificate } }: { readonly status: Status }) {
  return (
    <Section title={t.settings.about}>
      <div className="card stack">
        <dl className="facts">
          <div>
            <dt>{t.settings.version}</dt>
            <dd>{version}</dd>
          </div>
          <div>
            <dt>{t.settings.started}</dt>
            <dd>
              <Time at={startedAt} />
            </dd>
          </div>
        </dl>
        {certificate === undefined ? null : (
          <p>
            {t.settings.certificate}: <code>{certificate.fingerprint}</code> (
            <Time at={certificate.validTo} />)
          </p>
        )}
        <p>
          <a href={apiUrl('/docs')}>{t.settings.apiDocs}</a>
        </p>
      </div>
    </Section>
  );
}
