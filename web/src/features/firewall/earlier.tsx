import { TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useServices } from '../../api/context.ts';
import type { Interval } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { MoreRow } from './more-row.tsx';
import { usePastLeases } from './reads.ts';
import type { FirewallSearch } from './search.ts';

const STEPS = [
  ['10 min', 600_000],
  ['1 h', 3_600_000],
  ['1 d', 86_400_000],
  ['7 d', 604_800_000],
] as const;

/** What was open at a moment of the last 13 months. */
export function Earlier() {
  const { at } = useSearch({ from: '/firewall' });
  const navigate = useNavigate({ from: '/firewall' });
  const { clock } = useServices();
  const { data, error, isFetching, refetch, hasNextPage, fetchNextPage } = usePastLeases(at);
  const choose = (moment: string | undefined) =>
    void navigate({ search: (before: FirewallSearch) => ({ ...before, at: moment }), replace: true });
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <div className="filters">
        <TextInput
          type="datetime-local"
          label={firewallTexts.moment}
          description={firewallTexts.momentHelp}
          value={at ?? ''}
          max={localMoment(clock.now())}
          onChange={(event) => choose(event.currentTarget.value || undefined)}
        />
        {STEPS.map(([text, ms]) => (
          <ActionButton
            key={text}
            variant="default"
            label={firewallTexts.ago(text)}
            onClick={() => choose(localMoment(clock.now() - ms))}
          >
            {firewallTexts.ago(text)}
          </ActionButton>
        ))}
      </div>
      {at === undefined ? <Empty title={firewallTexts.chooseMoment} /> : null}
      {isFetching && rows.length === 0 ? <LoadingRows rows={6} height={36} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data !== undefined && rows.length === 0 ? <Empty title={firewallTexts.nothingThen} /> : null}
      {rows.length === 0 ? null : <PastTable rows={rows} />}
      {hasNextPage ? <MoreRow loading={isFetching} onMore={() => void fetchNextPage()} /> : null}
    </>
  );
}

function PastTable({ rows }: { readonly rows: readonly Interval[] }) {
  return (
    <VirtualTable
      label={firewallTexts.views.earlier}
      rows={rows}
      keyOf={({ group, address, name, startedAt }) => `${group} ${address} ${name} ${startedAt}`}
      columns={[
        {
          title: firewallTexts.columns.address,
          width: '20ch',
          cell: ({ address }) => <code>{address}</code>,
        },
        {
          title: firewallTexts.columns.why,
          width: 'minmax(16ch, 1fr)',
          cell: ({ name, group, rule, approvedBy }) => (
            <>
              <span className="name">{name}</span>{' '}
              <span className="small">
                {[group, rule?.pattern, approvedBy].filter((one) => one !== undefined).join(' · ')}
              </span>
            </>
          ),
        },
        {
          title: firewallTexts.columns.from,
          width: 'minmax(16ch, 0.7fr)',
          cell: ({ startedAt, endedAt }) => (
            <span className="small">
              {new Date(startedAt).toLocaleString()} –{' '}
              {endedAt === undefined ? firewallTexts.stillOpen : new Date(endedAt).toLocaleString()}
            </span>
          ),
        },
        {
          title: firewallTexts.columns.where,
          width: 'minmax(16ch, 0.7fr)',
          cell: ({ next, pushes }) => (
            <span className="small">
              {pushes
                .filter(({ change }) => change === 'add')
                .map(({ firewall, confirmedAt }) =>
                  confirmedAt === undefined
                    ? firewallTexts.wasNotRead(firewall)
                    : firewallTexts.wasRead(firewall),
                )
                .join(', ') || next}
            </span>
          ),
        },
      ]}
    />
  );
}

/** As a field of the browser has it: 2026-03-03T20:15, in its own time. */
function localMoment(ms: number): string {
  const offsetMs = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString().slice(0, 16);
}
