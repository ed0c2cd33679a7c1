import { TextInput } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Group, GroupPreset, NeighbourList, Presets } from '../../api/types.ts';
import { presetsTexts } from '../../texts/en/presets.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { PresetChange } from './preset-change.tsx';
import { PresetDialog } from './preset-dialog.tsx';

export type Preset = Presets['items'][number];
type Neighbour = NeighbourList['items'][number] & { readonly group: string };

/** The catalog: what the hosts have of it, what was seen of the rest in what they ask, and everything else. */
export function PresetList({
  groups,
  group,
}: {
  readonly groups: readonly Group[];
  readonly group: string | undefined;
}) {
  const [filter, setFilter] = useState('');
  const [opened, setOpened] = useState<string>();
  const { data, error, refetch } = usePresets();
  const neighbours = useNeighbours(groups);
  if (data === undefined)
    return error === null ? (
      <LoadingRows rows={6} />
    ) : (
      <ProblemCard error={error} onRetry={() => void refetch()} />
    );
  const wanted = filter.trim().toLowerCase();
  const shown = data.items.filter(({ id, title, description }) =>
    [id, title, description].some((text) => text.toLowerCase().includes(wanted)),
  );
  const taken = shown.filter((preset) => preset.groups.length > 0);
  const seen = shown.filter(
    ({ id, groups: by }) => by.length === 0 && neighbours.some((one) => one.preset === id && one.recognised),
  );
  const rest = shown.filter((preset) => !taken.includes(preset) && !seen.includes(preset));
  const cards = (presets: readonly Preset[]) => (
    <ul className="plain">
      {presets.map((preset) => (
        <PresetCard
          key={preset.id}
          preset={preset}
          seen={neighbours.filter((one) => one.preset === preset.id)}
          onOpen={() => setOpened(preset.id)}
        />
      ))}
    </ul>
  );
  return (
    <>
      <p className="small intro">{presetsTexts.intro}</p>
      <TextInput
        aria-label={presetsTexts.filter}
        placeholder={presetsTexts.filter}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
        className="filter"
        data-filter
      />
      {shown.length === 0 ? <Empty title={presetsTexts.none} /> : null}
      {data.withdrawn.map((one) => (
        <Withdrawn key={`${one.group} ${one.preset}`} taken={one} groups={groups} />
      ))}
      {taken.length === 0 ? null : <Section title={presetsTexts.taken}>{cards(taken)}</Section>}
      {seen.length === 0 ? null : <Section title={presetsTexts.seen}>{cards(seen)}</Section>}
      {rest.length === 0 ? null : <Section title={presetsTexts.rest}>{cards(rest)}</Section>}
      {opened === undefined ? null : (
        <PresetDialog
          id={opened}
          groups={group === undefined ? groups : groups.filter(({ name }) => name === group)}
          onClose={() => setOpened(undefined)}
        />
      )}
    </>
  );
}

export function usePresets() {
  return useQuery({ queryKey: ['rules', 'presets'], queryFn: () => request<Presets>('GET', '/presets') });
}

function useNeighbours(groups: readonly Group[]): readonly Neighbour[] {
  const answers = useQueries({
    queries: groups.map(({ name }) => ({
      queryKey: ['neighbours', name],
      queryFn: () => request<NeighbourList>('GET', `/groups/${encodeURIComponent(name)}/neighbours`),
      staleTime: 60_000,
    })),
  });
  return answers.flatMap(({ data }) => data?.items.map((one) => ({ ...one, group: data.group })) ?? []);
}

function Withdrawn({ taken, groups }: { readonly taken: GroupPreset; readonly groups: readonly Group[] }) {
  const { group, preset } = taken;
  const [isLeaving, setLeaving] = useState(false);
  const isOurs = groups.find(({ name }) => name === group)?.place === undefined;
  const admin = useMayAdminister();
  const close = () => setLeaving(false);
  return (
    <div className="banner row">
      <span className="grow">
        <span aria-hidden="true">!</span> {preset} ({group}): {presetsTexts.withdrawn}
      </span>
      {admin && isOurs ? (
        <ActionButton
          variant="default"
          label={t.actions.about(presetsTexts.leaveSubmit, preset)}
          onClick={() => setLeaving(true)}
        >
          {presetsTexts.leaveSubmit}
        </ActionButton>
      ) : null}
      {isLeaving ? (
        <PresetChange
          preset={{ id: preset, title: preset }}
          taken={taken}
          group={group}
          what="remove"
          onBack={close}
          onClose={close}
        />
      ) : null}
    </div>
  );
}

function PresetCard({
  preset: { title, description, names, refuses, groups },
  seen,
  onOpen,
}: {
  readonly preset: Preset;
  readonly seen: readonly Neighbour[];
  readonly onOpen: () => void;
}) {
  return (
    <li className="card">
      <div className="preset-head">
        <h3>{title}</h3>
        <span className="small">
          {presetsTexts.names(names)}
          {refuses === 0 ? null : ` · ${presetsTexts.refuses(refuses)}`}
        </span>
        {groups.map(({ group, version, update }) =>
          update === undefined ? (
            <StateBadge key={group} tone="good">
              {presetsTexts.takenBy(group, version)}
            </StateBadge>
          ) : (
            <StateBadge key={group} tone="warn">
              {presetsTexts.updateWaits(group, update.to)}
            </StateBadge>
          ),
        )}
        <span className="end preset-actions">
          <ActionButton variant="default" label={t.actions.about(presetsTexts.look, title)} onClick={onOpen}>
            {presetsTexts.look}
          </ActionButton>
        </span>
      </div>
      <p className="small">{description}</p>
      {seen
        .filter(({ recognised }) => recognised)
        .map(({ group, sentence }) => (
          <p key={group} className="small">
            {group}: {sentence}
          </p>
        ))}
    </li>
  );
}
