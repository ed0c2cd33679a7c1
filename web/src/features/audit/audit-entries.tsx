import { NativeSelect, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { auditTexts } from '../../texts/en/audit.ts';
import { actionText } from '../../texts/en/audit-actions.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { Empty, LoadingRows, ProblemCard, problemText } from '../../ui/states.tsx';
import { AuditCard } from './audit-card.tsx';
import { ChainIndicator } from './chain-indicator.tsx';
import { useAudit, useAuditWords, useExportAudit } from './read-audit.ts';
import { type AuditSearch, SINCES } from './search.ts';

/** The entries that match, the newest first, and the same as a file. */
export function AuditEntries({ search }: { readonly search: AuditSearch }) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useAudit(search);
  const set = useSetSearch();
  const entries = data?.pages.flatMap(({ items }) => items);
  const isFiltered = [search.actor, search.action, search.text, search.since].some(
    (one) => one !== undefined,
  );
  return (
    <>
      <Filters search={search} />
      <div className="bulk">
        <ChainIndicator />
        <Exports search={search} isEmpty={entries === undefined || entries.length === 0} />
      </div>
      {entries === undefined && error === null ? <LoadingRows rows={6} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {entries?.length === 0 ? (
        <Empty
          title={isFiltered ? auditTexts.noMatch : auditTexts.empty}
          action={
            isFiltered ? (
              <ActionButton
                variant="default"
                label={auditTexts.clearFilter}
                onClick={() =>
                  set({ actor: undefined, action: undefined, text: undefined, since: undefined })
                }
              >
                {auditTexts.clearFilter}
              </ActionButton>
            ) : undefined
          }
        />
      ) : null}
      <ol className="plain">
        {entries?.map((entry) => (
          <AuditCard key={entry.id} entry={entry} />
        ))}
      </ol>
      {hasNextPage ? (
        <div className="more">
          <ActionButton
            variant="default"
            loading={isFetchingNextPage}
            label={auditTexts.older}
            onClick={() => void fetchNextPage()}
          >
            {auditTexts.older}
          </ActionButton>
        </div>
      ) : null}
    </>
  );
}

function useSetSearch() {
  const navigate = useNavigate({ from: '/audit' });
  return (change: AuditSearch) =>
    void navigate({ search: (before: AuditSearch) => ({ ...before, ...change }), replace: true });
}

function Filters({ search }: { readonly search: AuditSearch }) {
  const set = useSetSearch();
  const { data: words } = useAuditWords();
  const kinds = [...new Set(words?.actions.map((action) => action.split('.')[0] ?? action))];
  const textOf = (value: string) => (value === '' ? undefined : value);
  return (
    <div className="filters">
      <TextInput
        aria-label={auditTexts.text}
        placeholder={auditTexts.text}
        value={search.text ?? ''}
        onChange={(event) => set({ text: textOf(event.currentTarget.value) })}
        className="filter-wide"
        data-filter
      />
      <NativeSelect
        aria-label={auditTexts.actor}
        value={search.actor ?? ''}
        onChange={(event) => set({ actor: textOf(event.currentTarget.value) })}
        data={[{ value: '', label: auditTexts.anyActor }, ...(words?.actors ?? [])]}
      />
      <NativeSelect
        aria-label={auditTexts.action}
        value={search.action ?? ''}
        onChange={(event) => set({ action: textOf(event.currentTarget.value) })}
        data={[
          { value: '', label: auditTexts.anyAction },
          ...kinds.map((kind) => ({ value: kind, label: auditTexts.allOf[kind] ?? kind })),
          ...(words?.actions.filter((action) => !kinds.includes(action)) ?? []).map((action) => ({
            value: action,
            label: actionText(action),
          })),
        ]}
      />
      <NativeSelect
        aria-label={auditTexts.since}
        value={search.since ?? 'all'}
        onChange={(event) => {
          const { value } = event.currentTarget;
          set({ since: SINCES.find((one) => one === value && one !== 'all') });
        }}
        data={SINCES.map((value) => ({ value, label: auditTexts.sinces[value] }))}
      />
    </div>
  );
}

function Exports({ search, isEmpty }: { readonly search: AuditSearch; readonly isEmpty: boolean }) {
  const [read, setRead] = useState<number>();
  const write = useExportAudit(search);
  const tell = useNotice();
  const act = (kind: 'csv' | 'json') => {
    setRead(0);
    write(kind, setRead)
      .catch((error: unknown) => tell({ text: problemText(error), kind: 'problem' }))
      .finally(() => setRead(undefined));
  };
  return (
    <span className="end row">
      {read === undefined ? null : (
        <span role="status" className="small">
          {auditTexts.exporting(read)}
        </span>
      )}
      {(['csv', 'json'] as const).map((kind) => (
        <ActionButton
          key={kind}
          variant="default"
          disabled={isEmpty || read !== undefined}
          label={auditTexts.exportAs[kind]}
          onClick={() => act(kind)}
        >
          {auditTexts.exportAs[kind]}
        </ActionButton>
      ))}
    </span>
  );
}
