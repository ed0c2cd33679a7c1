import { useHosts } from '../../api/reads.ts';
import type { Status } from '../../api/types.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { CopyBlock } from '../../ui/copy-block.tsx';
import { Time } from '../../ui/time.tsx';
import { type DnsPlace, dnsPlace, firstHost } from './places.ts';
import { StepRemedy } from './step-remedy.tsx';
import type { SetupStep } from './types.ts';

/** How the host is brought to ask here, and, while somebody does that, whether it has. */
export function PointStep({
  status,
  item,
  dns: dnsStep,
}: {
  readonly status: Status;
  readonly item: SetupStep | undefined;
  readonly dns: SetupStep | undefined;
}) {
  const { data: hosts } = useHosts();
  const { point } = setupTexts;
  const place = dnsStep?.remedy === undefined ? dnsPlace(status) : undefined;
  const host = firstHost(status);
  const where = status.listeners
    .filter(({ error, protocol }) => error === undefined && protocol === 'udp')
    .map(({ address, port }) => `${address}:${port}`)
    .join(', ');
  return (
    <>
      <p>{point.text}</p>
      <div role="status">
        {item?.heard === undefined ? (
          <p>
            ◷ {point.waiting} <span className="small">{point.listening(where)}</span>
          </p>
        ) : (
          <p className="good-text">
            ✓ {point.first(item.heard.client, item.heard.name)} <Time at={item.heard.at} />
          </p>
        )}
      </div>
      {hosts === undefined || hosts.items.length === 0 ? null : (
        <div>
          <p className="hint">{point.unknown}</p>
          <ul className="plain">
            {hosts.items.map(({ address, sentence }) => (
              <li key={address}>{sentence}</li>
            ))}
          </ul>
        </div>
      )}
      <StepRemedy item={dnsStep} />
      {place === undefined ? null : (
        <>
          <h3>{point.how}</h3>
          {waysTo(place, host).map(([way, text]) => (
            <details key={way}>
              <summary>{point.ways[way]}</summary>
              <CopyBlock label={point.ways[way]} text={text} words={setupTexts} />
            </details>
          ))}
        </>
      )}
      <p className="small">{point.more}</p>
    </>
  );
}

function waysTo({ address, port }: DnsPlace, host: string) {
  const { point } = setupTexts;
  return [
    ['pfsense', point.pfsense(address, host)],
    ['opnsense', point.opnsense(address, host)],
    // The only one of them that can be told a port.
    ['resolved', point.resolved(port === 53 ? address : endpointOf(address, port))],
    ['docker', point.docker(address)],
  ] as const;
}

function endpointOf(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
