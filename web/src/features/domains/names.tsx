import { NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useServices } from '../../api/context.ts';
import type { Group, RuleView } from '../../api/types.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Empty } from '../../ui/states.tsx';
import { RuleTable } from './rule-table.tsx';
import { RuleToolbar } from './rule-toolbar.tsx';
import { useRuleUses } from './rule-uses.ts';
import { type DomainsSearch, ORIGINS, RULE_KINDS, UNUSED } from './search.ts';
import { selectRules } from './select-rules.ts';

/** The rules of all hosts, filtered, chosen and changed many at a time. */
export function Names({
  rules,
  search,
  groups,
}: {
  readonly rules: readonly RuleView[];
  readonly search: DomainsSearch;
  readonly groups: readonly Group[];
}) {
  const { clock } = useServices();
  const set = useSetSearch();
  const uses = useRuleUses(groups);
  const shown = selectRules(rules, search, { uses, now: clock.now() });
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const chosen = shown.filter(({ id }) => selected.has(id));
  return (
    <>
      <Filters search={search} groups={groups} />
      <RuleToolbar
        chosen={chosen}
        shown={shown}
        all={rules.length}
        groups={groups}
        group={search.group}
        onSelect={(ids) => setSelected(new Set(ids))}
      />
      {rules.length === 0 ? <NoRules /> : null}
      {rules.length > 0 && shown.length === 0 ? (
        <Empty
          title={domainsTexts.noMatch}
          action={
            <ActionButton
              variant="default"
              label={domainsTexts.clearFilter}
              onClick={() =>
                set({
                  filter: undefined,
                  kind: undefined,
                  group: undefined,
                  unused: undefined,
                  origin: undefined,
                })
              }
            >
              {domainsTexts.clearFilter}
            </ActionButton>
          }
        />
      ) : null}
      {shown.length === 0 ? null : (
        <RuleTable
          rules={shown}
          uses={uses}
          selected={selected}
          onSelect={(id, on) =>
            setSelected((before) => new Set([...before].filter((one) => one !== id).concat(on ? [id] : [])))
          }
        />
      )}
    </>
  );
}

function NoRules() {
  return (
    <Empty
      title={domainsTexts.empty}
      action={
        <span className="row">
          <Link to="/domains" search={{ view: 'presets' }}>
            {domainsTexts.emptyPreset}
          </Link>
          <Link to="/learn">{domainsTexts.emptyLearn}</Link>
        </span>
      }
    >
      {domainsTexts.emptyText}
    </Empty>
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
        aria-label={domainsTexts.filter}
        placeholder={domainsTexts.filter}
        value={search.filter ?? ''}
        onChange={(event) =>
          set({ filter: event.currentTarget.value === '' ? undefined : event.currentTarget.value })
        }
        className="filter-wide"
        data-filter
      />
      <SegmentedControl
        aria-label={domainsTexts.kind}
        value={search.kind ?? 'all'}
        onChange={(value) => set({ kind: RULE_KINDS.find((one) => one === value) })}
        data={RULE_KINDS.map((value) => ({ value, label: domainsTexts.kinds[value] }))}
      />
      <NativeSelect
        aria-label={domainsTexts.use}
        value={search.unused ?? ''}
        onChange={(event) => {
          const days = Number(event.currentTarget.value);
          set({ unused: UNUSED.find((one) => one === days) });
        }}
        data={[
          { value: '', label: domainsTexts.uses.any },
          ...UNUSED.map((days) => ({ value: String(days), label: domainsTexts.uses[`unused${days}`] })),
        ]}
      />
      <NativeSelect
        aria-label={domainsTexts.origin}
        value={search.origin ?? ''}
        onChange={(event) => {
          const { value } = event.currentTarget;
          set({ origin: ORIGINS.find((one) => one === value) });
        }}
        data={[
          { value: '', label: domainsTexts.anyOrigin },
          ...ORIGINS.map((value) => ({ value, label: domainsTexts.origins[value] })),
        ]}
      />
      {groups.length < 2 ? null : (
        <NativeSelect
          aria-label={domainsTexts.group}
          value={search.group ?? ''}
          onChange={(event) =>
            set({ group: event.currentTarget.value === '' ? undefined : event.currentTarget.value })
          }
          data={[{ value: '', label: domainsTexts.allGroups }, ...groups.map(({ name }) => name)]}
        />
      )}
    </div>
  );
}
