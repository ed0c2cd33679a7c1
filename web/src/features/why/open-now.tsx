import type { Lease } from '../../api/types.ts';
import { whyTexts } from '../../texts/en/why.ts';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useOpenNow } from './reads.ts';

const TONES: Readonly<Record<Lease['firewalls'][number]['state'], Tone>> = {
  confirmed: 'good',
  held: 'warn',
  waiting: 'soft',
  missing: 'bad',
};

/** What is open now, and what each firewall was read to hold of it. */
export function OpenNow({
  asked,
}: {
  readonly asked: { readonly name?: string; readonly address?: string; readonly group?: string };
}) {
  const { data, error, refetch } = useOpenNow(asked);
  const items = data?.items ?? [];
  return (
    <>
      <h4>{whyTexts.openNow}</h4>
      {data === undefined && error === null ? <LoadingRows rows={1} height={40} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data !== undefined && items.length === 0 ? <p className="small">{whyTexts.nothingOpen}</p> : null}
      {items.length === 0 ? null : (
        <ul className="plain">
          {items.slice(0, SHOWN).map((lease) => (
            <OpenAddress key={`${lease.group} ${lease.name} ${lease.address}`} lease={lease} />
          ))}
        </ul>
      )}
      {items.length > SHOWN ? <p className="small">{whyTexts.moreOpen(items.length - SHOWN)}</p> : null}
    </>
  );
}

function OpenAddress({ lease: { address, name, group, firewalls, until, risk } }: { readonly lease: Lease }) {
  return (
    <li className="why-open">
      <div className="row">
        <code>{address}</code>
        {firewalls.length === 0 ? <StateBadge tone="warn">{whyTexts.noFirewall}</StateBadge> : null}
        {firewalls.map((firewall) => (
          <StateBadge key={firewall.name} tone={TONES[firewall.state]}>
            {firewall.name}: {whyTexts.states[firewall.state]}
          </StateBadge>
        ))}
      </div>
      <p className="small">
        {name} · {group} · {whyTexts.until} {until === undefined ? whyTexts.noEnd : <Time at={until} />}
      </p>
      {risk === undefined || risk.score === 0 ? null : (
        <p className="small">
          {whyTexts.shared(risk.score)}: {risk.sentence}
        </p>
      )}
    </li>
  );
}

const SHOWN = 8;
