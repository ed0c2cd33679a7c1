import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Group, GroupPreset, PresetShown } from '../../api/types.ts';
import { presetsTexts } from '../../texts/en/presets.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Lock } from '../../ui/lock.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { PresetChange, type PresetChangeKind } from './preset-change.tsx';

/** One preset, name by name; what is about to be done to it is shown in the same place before it is done. */
export function PresetDialog({
  id,
  groups,
  onClose,
}: {
  readonly id: string;
  readonly groups: readonly Group[];
  readonly onClose: () => void;
}) {
  const [change, setChange] = useState<{ readonly what: PresetChangeKind; readonly group: string }>();
  const { data, error, refetch } = useQuery({
    queryKey: ['rules', 'preset', id],
    queryFn: () => request<PresetShown>('GET', `/presets/${id}`),
  });
  if (data !== undefined && change !== undefined)
    return (
      <PresetChange
        preset={data}
        taken={data.groups.find(({ group }) => group === change.group)}
        {...change}
        onBack={() => setChange(undefined)}
        onClose={onClose}
      />
    );
  return (
    <Dialog wide title={data?.title ?? id} onClose={onClose}>
      {data === undefined && error === null ? <LoadingRows /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data === undefined ? null : (
        <div className="stack">
          <p>{data.description}</p>
          {groups.map((group) => (
            <OfGroup
              key={group.name}
              group={group}
              taken={data.groups.find((one) => one.group === group.name)}
              onChange={(what) => setChange({ what, group: group.name })}
            />
          ))}
          <Entries preset={data} />
        </div>
      )}
    </Dialog>
  );
}

function OfGroup({
  group: { name, place },
  taken,
  onChange,
}: {
  readonly group: Group;
  readonly taken: GroupPreset | undefined;
  readonly onChange: (what: PresetChangeKind) => void;
}) {
  const admin = useMayAdminister();
  return (
    <div className="row preset-actions">
      {taken === undefined ? null : (
        <StateBadge tone="good">{presetsTexts.takenBy(name, taken.version)}</StateBadge>
      )}
      {admin && taken?.update !== undefined ? (
        <ActionButton label={presetsTexts.update(name)} onClick={() => onChange('update')}>
          {presetsTexts.update(name)}
        </ActionButton>
      ) : null}
      {place === undefined ? (
        admin ? (
          <ActionButton
            variant={taken === undefined ? 'filled' : 'default'}
            label={taken === undefined ? presetsTexts.take(name) : presetsTexts.leave(name)}
            onClick={() => onChange(taken === undefined ? 'add' : 'remove')}
          >
            {taken === undefined ? presetsTexts.take(name) : presetsTexts.leave(name)}
          </ActionButton>
        ) : null
      ) : (
        <span className="small">
          <Lock /> {presetsTexts.managed(name, place)}
        </span>
      )}
    </div>
  );
}

function Entries({ preset: { entries, unnamed, notes } }: { readonly preset: PresetShown }) {
  return (
    <>
      <h3>{presetsTexts.namesTitle}</h3>
      <ul className="plain">
        {entries.map(({ pattern, action, need, why, breaks, noRule, addresses, types, sources }) => (
          <li key={`${pattern} ${types.join()}`} className="entry">
            <div className="preset-head">
              <strong className="name">{pattern}</strong>
              <StateBadge tone={action === 'allow' ? 'good' : action === 'deny' ? 'bad' : 'soft'}>
                {presetsTexts.actions[action]}
              </StateBadge>
              <span className="small">
                {presetsTexts.needs[need]}
                {types.join() === 'A,AAAA' ? '' : ` · ${types.join(', ')}`}
              </span>
            </div>
            <p>{why}</p>
            <p className="small">{presetsTexts.breaks(breaks)}</p>
            {noRule === undefined ? null : <p className="small">{noRule}</p>}
            {addresses.shared === 'no' ? null : <p className="small">{addresses.sentence}</p>}
            {sources.length === 0 ? null : (
              <details className="small">
                <summary>{presetsTexts.sources}</summary>
                <ul>
                  {sources.map((source) => (
                    <li key={source} className="name">
                      {source}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ul>
      {unnamed.length === 0 ? null : (
        <>
          <h3>{presetsTexts.unnamed}</h3>
          <ul className="plain">
            {unnamed.map(({ id, what, how, breaks, containment, remedy }) => (
              <li key={id} className="entry">
                <div className="preset-head">
                  <strong>{what}</strong>
                  <StateBadge tone={containment === 'none' || containment === 'block' ? 'warn' : 'soft'}>
                    {presetsTexts.containment[containment]}
                  </StateBadge>
                </div>
                <p className="small">{how}</p>
                <p className="small">{presetsTexts.breaks(breaks)}</p>
                <p className="small">{remedy}</p>
              </li>
            ))}
          </ul>
        </>
      )}
      {notes.length === 0 ? null : (
        <>
          <h3>{presetsTexts.notes}</h3>
          <ul>
            {notes.map((note) => (
              <li key={note} className="small">
                {note}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
