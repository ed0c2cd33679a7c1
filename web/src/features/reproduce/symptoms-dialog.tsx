import { NativeSelect, TextInput } from '@mantine/core';
import { useDeferredValue, useState } from 'react';
import { useStatus } from '../../api/reads.ts';
import type { Symptom } from '../../api/types.ts';
import { reproduceTexts } from '../../texts/en/reproduce.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useSymptoms } from './reads.ts';

/** From what a person sees to the names it may be about; and to trying it, where that does not say enough. */
export function SymptomsDialog({
  onClose,
  onReproduce,
}: {
  readonly onClose: () => void;
  readonly onReproduce: (group: string) => void;
}) {
  const { data: status } = useStatus();
  const groups = (status?.groups ?? []).map(({ name }) => name);
  const [words, setWords] = useState('');
  const [chosen, setChosen] = useState<string>();
  const group = chosen ?? groups[0];
  const { data, error, refetch } = useSymptoms(useDeferredValue(words.trim()), group);
  return (
    <Dialog wide title={reproduceTexts.symptomsTitle} onClose={onClose}>
      <div className="stack">
        <TextInput
          label={reproduceTexts.symptomsSearch}
          value={words}
          maxLength={200}
          onChange={(event) => setWords(event.currentTarget.value)}
          data-autofocus
        />
        {groups.length > 1 ? (
          <NativeSelect
            label={reproduceTexts.symptomsIn}
            value={group}
            data={groups}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
        ) : null}
        {data === undefined && error === null ? <LoadingRows /> : null}
        {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
        {data?.items.length === 0 ? <p>{reproduceTexts.symptomsNone}</p> : null}
        {data?.items.map((one) => (
          <OneSymptom key={one.id} one={one} />
        ))}
        {group === undefined ? null : (
          <div className="row row-end">
            <ActionButton
              size="sm"
              label={`${reproduceTexts.button}: ${group}`}
              onClick={() => onReproduce(group)}
            >
              {reproduceTexts.button}
            </ActionButton>
          </div>
        )}
      </div>
    </Dialog>
  );
}

function OneSymptom({ one: { title, look, elsewhere, names } }: { readonly one: Symptom }) {
  return (
    <details className="symptom">
      <summary>{title}</summary>
      <div className="stack">
        {look === undefined ? (
          <p className="name">{names.join(', ')}</p>
        ) : (
          <>
            <p>{look.sentence}</p>
            {look.remedy === undefined ? null : (
              <p>
                {reproduceTexts.remedy}: <code>{look.remedy}</code>
              </p>
            )}
            <div>
              <h3>{reproduceTexts.names}</h3>
              <ul className="plain">
                {look.names.map((found) => (
                  <li key={found.name}>
                    <NameState one={found} /> <span className="name">{found.name}</span>{' '}
                    <span className="small">{reproduceTexts.openFor(found.open)}</span>
                  </li>
                ))}
              </ul>
            </div>
          </>
        )}
        {elsewhere.length === 0 ? null : (
          <div>
            <h3>{reproduceTexts.elsewhere}</h3>
            <ul>
              {elsewhere.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </details>
  );
}

type Looked = NonNullable<Symptom['look']>['names'][number];

function NameState({ one }: { readonly one: Looked }) {
  const [tone, text] = stateOf(one);
  return <StateBadge tone={tone}>{text}</StateBadge>;
}

function stateOf({ allowed, denied, refused }: Looked): readonly [Tone, string] {
  const { nameStates } = reproduceTexts;
  if (denied) return ['warn', nameStates.denied];
  if (allowed) return ['good', nameStates.allowed];
  return refused === undefined ? ['soft', nameStates.other] : ['bad', nameStates.refused];
}
