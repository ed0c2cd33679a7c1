import { Checkbox, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useRules, useStatus } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Group, RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { AddDialog } from './add-dialog.tsx';
import { useEndRules } from './change-rules.ts';
import { PasteDialog } from './paste-dialog.tsx';
import { PresetsInUse } from './presets-in-use.tsx';
import { RuleTable } from './rule-table.tsx';
import { type DomainsSearch, RULE_KINDS } from './search.ts';
import { isLocked, selectRules } from './select-rules.ts';

/** What may be reached: the rules, and where each came from. */
export function DomainsScreen() {
  useTitle(t.domains.title);
  const { data, error, refetch } = useRules();
  const { data: status } = useStatus();
  const search = useSearch({ from: '/domains' });
  const groups = status?.groups ?? [];
  return (
    <>
      <h1>{t.domains.title}</h1>
      <Filters search={search} groups={groups} />
      {data === undefined && error === null ? <LoadingRows rows={8} height={40} /> : null}
      {data === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {data === undefined ? null : <Rules rules={data.items} search={search} groups={groups} />}
      <PresetsInUse groups={groups} rules={data?.items ?? []} />
    </>
  );
}

function useSetSearch() {
  const navigate = useNavigate({ from: '/domains' });
  return (change: DomainsSearch) =>
    void navigate({ search: (before: DomainsSearch) => ({ ...before, ...change }), replace: true });
}

function Filters({ search, groups }: { readonly search: DomainsSearch; readonly groups: readonly Group[] }) {
  const set = useSetSearch();
  return (
    <div className="filters">
      <TextInput
        aria-label={t.domains.filter}
        placeholder={t.domains.filter}
        value={search.filter ?? ''}
        onChange={(event) =>
          set({ filter: event.currentTarget.value === '' ? undefined : event.currentTarget.value })
        }
        className="filter-wide"
        data-filter
      />
      <SegmentedControl
        aria-label={t.domains.kind}
        value={search.kind ?? 'all'}
        onChange={(value) => set({ kind: RULE_KINDS.find((one) => one === value) })}
        data={RULE_KINDS.map((value) => ({ value, label: t.domains.kinds[value] }))}
      />
      {groups.length < 2 ? null : (
        <NativeSelect
          aria-label={t.domains.group}
          value={search.group ?? ''}
          onChange={(event) =>
            set({ group: event.currentTarget.value === '' ? undefined : event.currentTarget.value })
          }
          data={[{ value: '', label: t.domains.allGroups }, ...groups.map(({ name }) => name)]}
        />
      )}
    </div>
  );
}

function Rules({
  rules,
  search,
  groups,
}: {
  readonly rules: readonly RuleView[];
  readonly search: DomainsSearch;
  readonly groups: readonly Group[];
}) {
  const set = useSetSearch();
  const shown = selectRules(rules, search);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const chosen = shown.filter(({ id }) => selected.has(id));
  return (
    <>
      <Toolbar
        chosen={chosen}
        shown={shown}
        all={rules.length}
        groups={groups}
        group={search.group}
        onSelect={(ids) => setSelected(new Set(ids))}
      />
      {rules.length === 0 ? <Empty title={t.domains.empty}>{t.domains.emptyText}</Empty> : null}
      {rules.length > 0 && shown.length === 0 ? (
        <Empty
          title={t.domains.noMatch}
          action={
            <ActionButton
              variant="default"
              label={t.domains.clearFilter}
              onClick={() => set({ filter: undefined, kind: undefined, group: undefined })}
            >
              {t.domains.clearFilter}
            </ActionButton>
          }
        />
      ) : null}
      {shown.length === 0 ? null : (
        <RuleTable
          rules={shown}
          selected={selected}
          onSelect={(id, on) =>
            setSelected((before) => new Set([...before].filter((one) => one !== id).concat(on ? [id] : [])))
          }
        />
      )}
    </>
  );
}

function Toolbar({
  chosen,
  shown,
  all,
  groups,
  group,
  onSelect,
}: {
  readonly chosen: readonly RuleView[];
  readonly shown: readonly RuleView[];
  readonly all: number;
  readonly groups: readonly Group[];
  readonly group: string | undefined;
  readonly onSelect: (ids: readonly number[]) => void;
}) {
  const [dialog, setDialog] = useState<'add' | 'paste'>();
  const end = useEndRules();
  const close = () => setDialog(undefined);
  const selectable = shown.filter((rule) => !isLocked(rule));
  if (!useMayAdminister()) return <p className="small">{t.domains.count(shown.length, all)}</p>;
  return (
    <div className="bulk">
      <Checkbox
        label={chosen.length === 0 ? t.domains.count(shown.length, all) : t.refused.selected(chosen.length)}
        disabled={selectable.length === 0}
        checked={chosen.length > 0 && chosen.length === selectable.length}
        indeterminate={chosen.length > 0 && chosen.length < selectable.length}
        onChange={(event) => onSelect(event.currentTarget.checked ? selectable.map(({ id }) => id) : [])}
      />
      {chosen.length === 0 ? null : (
        <ActionButton
          color="red"
          loading={end.isPending}
          label={t.domains.endSelected(chosen.length)}
          onClick={() => end.mutate(chosen, { onSuccess: () => onSelect([]) })}
        >
          {t.domains.endSelected(chosen.length)}
        </ActionButton>
      )}
      <span className="end row">
        <ActionButton
          variant="default"
          label={t.domains.paste}
          disabled={groups.length === 0}
          onClick={() => setDialog('paste')}
        >
          {t.domains.paste}
        </ActionButton>
        <ActionButton label={t.domains.add} disabled={groups.length === 0} onClick={() => setDialog('add')}>
          {t.domains.add}
        </ActionButton>
      </span>
      {dialog === 'add' ? <AddDialog groups={groups} group={group} onClose={close} /> : null}
      {dialog === 'paste' ? <PasteDialog groups={groups} group={group} onClose={close} /> : null}
    </div>
  );
}
