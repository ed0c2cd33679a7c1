import { Checkbox, SegmentedControl, TextInput } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useDenials, useStatus } from '../../api/reads.ts';
import { useMayApprove } from '../../api/roles.ts';
import { countdown } from '../../lib/format-time.ts';
import { refusedTexts } from '../../texts/en/refused.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useNow } from '../../ui/time.tsx';
import { JustAllowed } from '../effects/just-allowed.tsx';
import { ReproducePanel } from '../reproduce/panel.tsx';
import { ReproduceAsked, ReproduceStart } from '../reproduce/start.tsx';
import { DenialList } from './denial-list.tsx';
import { SavedFilters } from './saved-filters.tsx';
import { DENIAL_STATES, DENIAL_WINDOWS, type RefusedSearch } from './search.ts';
import './refused.css';

/** What was refused, and what to do about each. */
export function RefusedScreen() {
  useTitle(t.refused.title);
  const search = useSearch({ from: '/refused' });
  const { state = 'waiting', window = 'all', filter = '', group } = search;
  const set = useSetSearch();
  const [part] = useDebouncedValue(filter.trim(), TYPING_MS);
  const { data, error, refetch, isPlaceholderData } = useDenials({
    state,
    group,
    part,
    window: window === 'all' ? undefined : window,
  });
  return (
    <>
      <div className="section-head">
        <h1>{t.refused.title}</h1>
        <ReproduceStart />
      </div>
      <Asked search={search} />
      <ReproducePanel />
      <Filters search={search} />
      <SavedFilters search={{ ...search, reproduce: undefined }} onChoose={set} />
      <Paused />
      <JustAllowed />
      {data === undefined && error === null ? <LoadingRows /> : null}
      {data === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {data === undefined ? null : (
        <DenialList
          denials={data.items}
          total={data.total}
          search={{ ...search, state, window, filter }}
          onDomain={(domain) => set({ filter: domain, byDomain: true })}
          empty={
            isPlaceholderData || part !== filter.trim() ? (
              <LoadingRows />
            ) : (
              <NoDenials state={state} window={window} filter={filter} group={group} />
            )
          }
        />
      )}
    </>
  );
}

function useSetSearch() {
  const navigate = useNavigate({ from: '/refused' });
  return (change: RefusedSearch) =>
    void navigate({ search: (before: RefusedSearch) => ({ ...before, ...change }), replace: true });
}

/** `?reproduce=1`, from a link somewhere else: asked once, and only who may start it. */
function Asked({ search: { reproduce, group } }: { readonly search: RefusedSearch }) {
  const set = useSetSearch();
  const { data: status } = useStatus();
  const approve = useMayApprove();
  if (!approve || reproduce === undefined || status === undefined) return null;
  const wanted = [reproduce, group].find((name) => status.groups.some((one) => one.name === name));
  const name = wanted ?? status.groups[0]?.name;
  if (name === undefined) return null;
  return <ReproduceAsked group={name} onDone={() => set({ reproduce: undefined })} />;
}

function Paused() {
  const { data: status } = useStatus();
  const now = useNow();
  const paused = (status?.groups ?? []).filter(({ enforcement }) => enforcement.state === 'paused');
  return paused.map(({ name, pausedUntil = '' }) => (
    <p key={name} className="banner">
      {refusedTexts.paused(name, countdown(Date.parse(pausedUntil) - now))}
    </p>
  ));
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
        maxLength={255}
        data-filter
      />
      <Checkbox
        label={t.refused.groupBy}
        checked={search.byDomain === true}
        onChange={(event) => set({ byDomain: event.currentTarget.checked ? true : undefined })}
      />
      {search.group === undefined ? null : (
        <Chip label={refusedTexts.everyGroup} onRemove={() => set({ group: undefined })}>
          {refusedTexts.ofGroup(search.group)}
        </Chip>
      )}
    </div>
  );
}

function NoDenials({
  state,
  window,
  filter,
  group,
}: {
  readonly state: (typeof DENIAL_STATES)[number];
  readonly window: string;
  readonly filter: string;
  readonly group: string | undefined;
}) {
  const set = useSetSearch();
  if (window !== 'all' || filter !== '') {
    return (
      <Empty
        title={filter === '' ? t.refused.emptyWindow : refusedTexts.noMatch}
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
  if (group !== undefined) {
    return (
      <Empty
        title={refusedTexts.emptyGroup[state](group)}
        action={
          <ActionButton
            variant="default"
            label={refusedTexts.everyGroup}
            onClick={() => set({ group: undefined })}
          >
            {refusedTexts.everyGroup}
          </ActionButton>
        }
      />
    );
  }
  if (state === 'muted') return <Empty title={t.refused.emptyMuted}>{t.refused.emptyMutedText}</Empty>;
  if (state === 'decided') return <Empty title={t.refused.emptyDecided} />;
  return <Empty title={t.refused.emptyWaiting}>{t.refused.emptyWaitingText}</Empty>;
}

/** Milliseconds without a key until the server is asked for what was typed. */
const TYPING_MS = 250;
