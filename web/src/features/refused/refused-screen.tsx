import { Checkbox, SegmentedControl, TextInput } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useDenials } from '../../api/reads.ts';
import { useMayApprove } from '../../api/roles.ts';
import type { Denial } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useNow } from '../../ui/time.tsx';
import { JustAllowed } from '../effects/just-allowed.tsx';
import { useAllow, useMute } from './decide.ts';
import { DenialRow } from './denial-row.tsx';
import { useListKeys } from './list-keys.ts';
import { bandsOf, byDomain, keepPlaces } from './order.ts';
import { DENIAL_STATES, DENIAL_WINDOWS, type RefusedSearch } from './search.ts';

/** What was refused, and what to do about each. */
export function RefusedScreen() {
  useTitle(t.refused.title);
  const search = useSearch({ from: '/refused' });
  const { state = 'waiting', window = 'all', filter = '', group } = search;
  const { data, error, refetch } = useDenials({
    state,
    group,
    window: window === 'all' ? undefined : window,
  });
  return (
    <>
      <h1>{t.refused.title}</h1>
      <Filters search={search} />
      <JustAllowed />
      {data === undefined && error === null ? <LoadingRows /> : null}
      {data === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {data === undefined ? null : (
        <Denials denials={data.items} search={{ ...search, state, window, filter }} />
      )}
    </>
  );
}

function useSetSearch() {
  const navigate = useNavigate({ from: '/refused' });
  return (change: RefusedSearch) =>
    void navigate({ search: (before: RefusedSearch) => ({ ...before, ...change }), replace: true });
}

function Filters({ search }: { readonly search: RefusedSearch }) {
  const set = useSetSearch();
  return (
    <div className="filters">
      <SegmentedControl
        aria-label={t.refused.stateLabel}
        value={search.state ?? 'waiting'}
        onChange={(value) => set({ state: DENIAL_STATES.find((one) => one === value) })}
        data={DENIAL_STATES.map((value) => ({ value, label: t.refused.states[value] }))}
      />
      <SegmentedControl
        aria-label={t.refused.windowLabel}
        value={search.window ?? 'all'}
        onChange={(value) => set({ window: DENIAL_WINDOWS.find((one) => one === value) })}
        data={DENIAL_WINDOWS.map((value) => ({ value, label: t.refused.windows[value] }))}
      />
      <TextInput
        aria-label={t.refused.filter}
        placeholder={t.refused.filter}
        value={search.filter ?? ''}
        onChange={(event) => set({ filter: event.currentTarget.value })}
        data-filter
      />
      <Checkbox
        label={t.refused.groupBy}
        checked={search.byDomain === true}
        onChange={(event) => set({ byDomain: event.currentTarget.checked ? true : undefined })}
      />
    </div>
  );
}

function Denials({
  denials,
  search: { state = 'waiting', window = 'all', filter = '', byDomain: grouped = false },
}: {
  readonly denials: readonly Denial[];
  readonly search: RefusedSearch;
}) {
  const now = useNow();
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [shown, setShown] = useState(SHOWN);
  const place = useRef<HTMLDivElement>(null);
  const order = useRef<readonly number[]>([]);

  const bands = bandsOf(denials, filter, now);
  const inUse = place.current?.matches(':hover, :focus-within') === true;
  const settle = (rows: readonly Denial[]) => (inUse ? keepPlaces(rows, order.current) : rows);
  const rows = settle([...bands.justNow, ...bands.earlier]);
  order.current = rows.map(({ id }) => id);
  const visible = rows.slice(0, shown);
  const chosen = visible.filter(({ id }) => selected.has(id));
  const toggle = (id: number, on: boolean) =>
    setSelected((before) => new Set([...before].filter((one) => one !== id).concat(on ? [id] : [])));
  const current = useListKeys(visible, (denial) => toggle(denial.id, !selected.has(denial.id)));

  if (rows.length === 0) return <NoDenials state={state} window={window} filter={filter} />;
  const groups: readonly (readonly [string, readonly Denial[]])[] = grouped
    ? byDomain(visible)
    : [
        [t.refused.justNow, visible.filter((one) => bands.justNow.includes(one))],
        [t.refused.earlier, visible.filter((one) => bands.earlier.includes(one))],
      ];
  return (
    <div ref={place}>
      <Bulk
        chosen={chosen}
        visible={visible}
        state={state}
        onSelect={(these) => setSelected(new Set(these))}
      />
      {groups.map(([title, these]) =>
        these.length === 0 ? null : (
          <Section key={title} title={title}>
            {these.map((denial) => (
              <DenialRow
                key={denial.id}
                denial={denial}
                current={current === denial.id}
                selected={selected.has(denial.id)}
                onSelect={(on) => toggle(denial.id, on)}
              />
            ))}
          </Section>
        ),
      )}
      {rows.length > visible.length ? (
        <ActionButton
          variant="default"
          label={t.refused.more(rows.length - visible.length)}
          onClick={() => setShown(shown + SHOWN)}
        >
          {t.refused.more(rows.length - visible.length)}
        </ActionButton>
      ) : null}
    </div>
  );
}

function Bulk({
  chosen,
  visible,
  state,
  onSelect,
}: {
  readonly chosen: readonly Denial[];
  readonly visible: readonly Denial[];
  readonly state: RefusedSearch['state'];
  readonly onSelect: (ids: readonly number[]) => void;
}) {
  const [allow, mute] = [useAllow(), useMute()];
  if (!useMayApprove() || state !== 'waiting') return null;
  const each = (act: (denial: Denial) => void) => {
    for (const denial of chosen) act(denial);
    onSelect([]);
  };
  return (
    <div className="bulk">
      <Checkbox
        label={chosen.length === 0 ? t.refused.selectAll : t.refused.selected(chosen.length)}
        checked={chosen.length > 0 && chosen.length === visible.length}
        indeterminate={chosen.length > 0 && chosen.length < visible.length}
        onChange={(event) => onSelect(event.currentTarget.checked ? visible.map(({ id }) => id) : [])}
      />
      {chosen.length === 0 ? null : (
        <>
          <ActionButton
            label={t.actions.about(t.refused.allowSelected, t.refused.selected(chosen.length))}
            onClick={() => each((denial) => allow.mutate({ denial, for: '15m' }))}
          >
            {t.refused.allowSelected}
          </ActionButton>
          <ActionButton
            variant="default"
            label={t.actions.about(t.refused.muteSelected, t.refused.selected(chosen.length))}
            onClick={() => each((denial) => mute.mutate(denial))}
          >
            {t.refused.muteSelected}
          </ActionButton>
        </>
      )}
    </div>
  );
}

function NoDenials({
  state,
  window,
  filter,
}: {
  readonly state: string;
  readonly window: string;
  readonly filter: string;
}) {
  const set = useSetSearch();
  if (window !== 'all' || filter !== '') {
    return (
      <Empty
        title={t.refused.emptyWindow}
        action={
          <ActionButton
            variant="default"
            label={t.refused.widen}
            onClick={() => set({ window: undefined, filter: undefined })}
          >
            {t.refused.widen}
          </ActionButton>
        }
      />
    );
  }
  if (state === 'muted') return <Empty title={t.refused.emptyMuted}>{t.refused.emptyMutedText}</Empty>;
  if (state === 'decided') return <Empty title={t.refused.emptyDecided} />;
  return <Empty title={t.refused.emptyWaiting}>{t.refused.emptyWaitingText}</Empty>;
}

/** Rows at first; more are a click away, so that a hundred thousand refusals are no burden. */
const SHOWN = 50;
