import type { Lease } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { useCountdown } from '../../ui/time.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import type { OpenAddress } from './group-leases.ts';

interface OpenTableProps {
  readonly rows: readonly OpenAddress[];
  /** Absent: too many are open to say it of each here. */
  readonly riskOf: ReadonlyMap<string, Lease['risk']> | undefined;
  readonly onWhy: (address: string) => void;
  readonly onDrop: ((open: OpenAddress) => void) | undefined;
}

export function OpenTable({ rows, riskOf, onWhy, onDrop }: OpenTableProps) {
  return (
    <VirtualTable
      label={firewallTexts.open}
      rows={rows}
      keyOf={({ group, address }) => `${group} ${address}`}
      columns={[
        {
          title: firewallTexts.columns.address,
          width: '17ch',
          cell: ({ address }) => <code>{address}</code>,
        },
        {
          title: firewallTexts.columns.why,
          width: 'minmax(16ch, 1fr)',
          cell: (open) => <Why open={open} />,
        },
        {
          title: firewallTexts.columns.where,
          width: 'minmax(21ch, 0.6fr)',
          cell: ({ firewalls }) => <Where firewalls={firewalls} />,
        },
        { title: firewallTexts.columns.ends, width: '9ch', cell: ({ until }) => <Ends until={until} /> },
        {
          title: firewallTexts.columns.shared,
          width: '11ch',
          cell: ({ address }) => <Shared risk={riskOf?.get(address)} isKnown={riskOf !== undefined} />,
        },
        {
          title: firewallTexts.columns.actions,
          width: onDrop === undefined ? '7ch' : '17ch',
          cell: (open) => (
            <span className="row row-tight address-actions">
              <ActionButton
                variant="subtle"
                label={t.actions.about(t.actions.why, open.address)}
                onClick={() => onWhy(open.address)}
              >
                {t.actions.why}
              </ActionButton>
              {onDrop === undefined ? null : (
                <ActionButton
                  variant="subtle"
                  label={t.actions.about(firewallTexts.dropIt, open.address)}
                  onClick={() => onDrop(open)}
                >
                  {firewallTexts.dropIt}
                </ActionButton>
              )}
            </span>
          ),
        },
      ]}
    />
  );
}

function Why({
  open: {
    group,
    leases: [first, ...more],
  },
}: {
  readonly open: OpenAddress;
}) {
  const { name, cause, rule } = first;
  return (
    <>
      <span className="name">{name}</span>{' '}
      <span className="small">
        {group}
        {rule === undefined || rule.pattern === name ? null : ` · ${rule.pattern}`}
        {cause === 'answer' ? null : ` · ${firewallTexts.causes[cause]}`}
      </span>{' '}
      {more.length === 0 ? null : (
        <details className="more-names">
          <summary className="small">{firewallTexts.moreNames(more.length)}</summary>
          <span className="name small">{more.map((one) => one.name).join(', ')}</span>
        </details>
      )}
    </>
  );
}

const TONES: Readonly<Record<Lease['firewalls'][number]['state'], Tone>> = {
  confirmed: 'good',
  held: 'good',
  waiting: 'soft',
  missing: 'bad',
};

function Where({ firewalls }: Pick<Lease, 'firewalls'>) {
  if (firewalls.length === 0) return <span className="small">{firewallTexts.noFirewall}</span>;
  return firewalls.map(({ name, state }) => (
    <StateBadge key={name} tone={TONES[state]}>
      {name}: {firewallTexts.leaseStates[state]}
    </StateBadge>
  ));
}

function Shared({ risk, isKnown }: { readonly risk: Lease['risk']; readonly isKnown: boolean }) {
  if (!isKnown) return <span className="small">{firewallTexts.sharedAskWhy}</span>;
  if (risk === undefined || risk.others === 0) return <span className="small">–</span>;
  return (
    <span className="badge badge-warn" title={risk.sentence}>
      ! {firewallTexts.shared(risk.others)}
    </span>
  );
}

function Ends({ until }: { readonly until: string | undefined }) {
  const left = useCountdown(until);
  return <span className="numbers">{until === undefined ? firewallTexts.noEnd : left}</span>;
}
