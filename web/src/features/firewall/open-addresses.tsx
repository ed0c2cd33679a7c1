import { TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useLeases } from '../../api/reads.ts';
import type { Lease } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useCountdown } from '../../ui/time.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { WhyDialog } from '../why/why-dialog.tsx';
import type { FirewallSearch } from './search.ts';

/** What can be reached right now, and why. */
export function OpenAddresses() {
  const { data, error, refetch } = useLeases();
  const { filter = '' } = useSearch({ from: '/firewall' });
  const navigate = useNavigate({ from: '/firewall' });
  const [asked, setAsked] = useState<string>();
  const leases = data?.items ?? [];
  const wanted = filter.trim().toLowerCase();
  const rows = leases.filter(
    ({ name, address }) => name.toLowerCase().includes(wanted) || address.includes(wanted),
  );
  const namesOf = Map.groupBy(leases, ({ address }) => address);
  return (
    <Section title={t.firewall.open} aside={data === undefined ? null : t.firewall.openCount(namesOf.size)}>
      <TextInput
        className="filter"
        aria-label={t.firewall.openFilter}
        placeholder={t.firewall.openFilter}
        value={filter}
        onChange={(event) => {
          const text = event.currentTarget.value;
          void navigate({
            search: (before: FirewallSearch) => ({ ...before, filter: text === '' ? undefined : text }),
            replace: true,
          });
        }}
        data-filter
      />
      {data === undefined && error === null ? <LoadingRows rows={6} height={36} /> : null}
      {data === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {data !== undefined && leases.length === 0 ? (
        <Empty title={t.firewall.openNone}>{t.firewall.openNoneText}</Empty>
      ) : null}
      {leases.length > 0 && rows.length === 0 ? <Empty title={t.firewall.openNoMatch} /> : null}
      {rows.length === 0 ? null : (
        <VirtualTable
          label={t.firewall.open}
          rows={rows}
          keyOf={({ group, address, name, cause }) => `${group} ${address} ${name} ${cause}`}
          columns={[
            {
              title: t.firewall.columns.address,
              width: '22ch',
              cell: (lease) => <code>{lease.address}</code>,
            },
            {
              title: t.firewall.columns.why,
              width: 'minmax(16ch, 1fr)',
              cell: (lease) => <Why lease={lease} names={namesOf.get(lease.address) ?? []} />,
            },
            {
              title: t.firewall.columns.where,
              width: 'minmax(18ch, 0.6fr)',
              cell: (lease) => <Where lease={lease} />,
            },
            { title: t.firewall.columns.ends, width: '9ch', cell: (lease) => <Ends lease={lease} /> },
            {
              title: t.actions.why,
              width: '7ch',
              cell: ({ address }) => (
                <ActionButton
                  variant="subtle"
                  label={t.actions.about(t.actions.why, address)}
                  onClick={() => setAsked(address)}
                >
                  {t.actions.why}
                </ActionButton>
              ),
            },
          ]}
        />
      )}
      {asked === undefined ? null : (
        <WhyDialog subject={{ address: asked }} onClose={() => setAsked(undefined)} />
      )}
    </Section>
  );
}

function Why({
  lease: { name, group, cause, rule },
  names,
}: {
  readonly lease: Lease;
  readonly names: readonly Lease[];
}) {
  const others = new Set(names.map((one) => one.name)).size;
  return (
    <>
      <span className="name">{name}</span>{' '}
      <span className="small">
        {group}
        {rule === undefined || rule.pattern === name ? null : ` · ${rule.pattern}`}
        {cause === 'answer' ? null : ` · ${t.firewall.causes[cause]}`}
      </span>
      {others < 2 ? null : (
        <span
          className="badge badge-warn"
          title={`${t.firewall.sharedTitle}: ${names.map((one) => one.name).join(', ')}`}
        >
          {t.firewall.shared(others)}
        </span>
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

function Where({ lease: { firewalls } }: { readonly lease: Lease }) {
  return firewalls.map(({ name, state }) => (
    <StateBadge key={name} tone={TONES[state]}>
      {name}
      {state === 'confirmed' ? null : `: ${t.firewall.leaseStates[state]}`}
    </StateBadge>
  ));
}

function Ends({ lease: { until } }: { readonly lease: Lease }) {
  const left = useCountdown(until);
  return <span className="numbers">{until === undefined ? t.firewall.noEnd : left}</span>;
}
