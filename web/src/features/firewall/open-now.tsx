import { TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { useLeases } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { WhyDialog } from '../why/why-dialog.tsx';
import { DropDialog } from './drop-dialog.tsx';
import { addressesIn, asCsv, groupLeases, matching, type OpenAddress } from './group-leases.ts';
import { OpenByHandDialog } from './open-by-hand-dialog.tsx';
import { OpenTable } from './open-table.tsx';
import { MOST_RISKS, useRisks } from './reads.ts';
import type { FirewallSearch } from './search.ts';

/** What can be reached right now, and why. */
export function OpenNow({
  leases: { data, error, refetch },
  groups,
}: {
  readonly leases: ReturnType<typeof useLeases>;
  readonly groups: readonly string[];
}) {
  const { filter = '' } = useSearch({ from: '/firewall' });
  const navigate = useNavigate({ from: '/firewall' });
  const [asked, setAsked] = useState<string>();
  const [dropping, setDropping] = useState<OpenAddress>();
  const [isOpening, setOpening] = useState(false);
  const admin = useMayAdminister();
  const all = useMemo(() => groupLeases(data?.items ?? []), [data]);
  const inLine = addressesIn(filter);
  const rows = matching(all, filter, inLine);
  const isMany = (data?.items.length ?? 0) > MOST_RISKS;
  const risks = useRisks(all.length > 0 && !isMany).data?.items;
  const riskOf = useMemo(() => new Map(risks?.map(({ address, risk }) => [address, risk])), [risks]);
  const closed = inLine.filter((address) => !all.some((one) => one.address === address));
  return (
    <>
      <div className="filters">
        <TextInput
          className="filter-wide"
          aria-label={firewallTexts.openFilter}
          placeholder={firewallTexts.openFilter}
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
        {admin && groups.length > 0 ? (
          <ActionButton variant="default" label={firewallTexts.openByHand} onClick={() => setOpening(true)}>
            {firewallTexts.openByHand}
          </ActionButton>
        ) : null}
        <TakeAlong rows={rows} />
      </div>
      {closed.map((address) => (
        <p key={address} className="row small">
          <span>{firewallTexts.notOpen(address)}</span>
          <ActionButton
            variant="default"
            label={t.actions.about(t.actions.why, address)}
            onClick={() => setAsked(address)}
          >
            {t.actions.why}
          </ActionButton>
        </p>
      ))}
      {data === undefined && error === null ? <LoadingRows rows={6} height={36} /> : null}
      {data === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {data !== undefined && all.length === 0 ? (
        <Empty title={firewallTexts.openNone}>{firewallTexts.openNoneText}</Empty>
      ) : null}
      {all.length > 0 && rows.length === 0 ? <Empty title={firewallTexts.openNoMatch} /> : null}
      {rows.length === 0 ? null : (
        <OpenTable
          rows={rows}
          riskOf={isMany ? undefined : riskOf}
          onWhy={setAsked}
          onDrop={admin ? setDropping : undefined}
        />
      )}
      {asked === undefined ? null : (
        <WhyDialog subject={{ address: asked }} onClose={() => setAsked(undefined)} />
      )}
      {dropping === undefined ? null : <DropDialog open={dropping} onClose={() => setDropping(undefined)} />}
      {isOpening ? <OpenByHandDialog groups={groups} onClose={() => setOpening(false)} /> : null}
    </>
  );
}

/** The list as it is shown, for elsewhere. Copying is for pages over https or on this machine: browsers allow it nowhere else. */
function TakeAlong({ rows }: { readonly rows: readonly OpenAddress[] }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(`${[...new Set(rows.map(({ address }) => address))].join('\n')}\n`);
    setCopied(true);
  };
  if (rows.length === 0) return null;
  return (
    <>
      {window.isSecureContext ? (
        <ActionButton variant="default" label={firewallTexts.copyLabel} onClick={() => void copy()}>
          {isCopied ? `✓ ${firewallTexts.copied}` : firewallTexts.copy}
        </ActionButton>
      ) : null}
      <ActionButton
        variant="default"
        label={firewallTexts.downloadLabel}
        onClick={() => saveFile('sallyport-open-addresses.csv', [asCsv(rows)], 'text/csv')}
      >
        {firewallTexts.download}
      </ActionButton>
    </>
  );
}
