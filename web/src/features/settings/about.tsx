import { apiUrl } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Status } from '../../api/types.ts';
import { settingsTexts } from '../../texts/en/settings.ts';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { useSettings } from './reads.ts';

/** What runs here. */
export function AboutSection({ status: { version, startedAt, certificate } }: { readonly status: Status }) {
  const { data } = useSettings(useMayAdminister());
  return (
    <Section title={settingsTexts.about}>
      <div className="card stack">
        <dl className="facts">
          <div>
            <dt>{settingsTexts.version}</dt>
            <dd>{version}</dd>
          </div>
          <div>
            <dt>{settingsTexts.started}</dt>
            <dd>
              <Time at={startedAt} />
            </dd>
          </div>
          {data === undefined ? null : (
            <div>
              <dt>{settingsTexts.schema}</dt>
              <dd>
                {data.schema.main}, {data.schema.queryLog}
              </dd>
            </div>
          )}
        </dl>
        {certificate === undefined ? null : (
          <p>
            {settingsTexts.certificate}: <code>{certificate.fingerprint}</code> (
            <Time at={certificate.validTo} />)
          </p>
        )}
        <p>
          <a href={apiUrl('/docs')}>{settingsTexts.apiDocs}</a>
        </p>
      </div>
    </Section>
  );
}
