import { TextInput } from '@mantine/core';
import { useId, useState } from 'react';
import { useStatus } from '../../api/reads.ts';
import { logTexts } from '../../texts/en/log.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Chip } from '../../ui/chip.tsx';
import {
  KEYS,
  type Key,
  type Mistake,
  mistakeIn,
  readFilter,
  type Term,
  VERDICTS,
  without,
  withTerm,
  writeTerm,
} from './filter.ts';

interface FilterBarProps {
  readonly terms: readonly Term[];
  readonly onChange: (terms: readonly Term[]) => void;
}

/** What is typed becomes a chip with Enter; the browser suggests what may come next. */
export function FilterBar({ terms, onChange }: FilterBarProps) {
  const [draft, setDraft] = useState('');
  const [mistake, setMistake] = useState<Mistake>();
  const listId = useId();
  const suggestions = useSuggestions(draft);
  const take = (text: string) => {
    const found = mistakeIn(text);
    setMistake(found);
    if (found !== undefined) {
      setDraft(text.trim());
      return;
    }
    const added = readFilter(text);
    if (added.length > 0) onChange(added.reduce(withTerm, terms));
    setDraft('');
  };
  return (
    <div className="log-filter">
      <TextInput
        aria-label={logTexts.filter}
        placeholder={logTexts.filterExample}
        value={draft}
        list={listId}
        error={mistake === undefined ? undefined : wordsOfMistake(mistake)}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setMistake(undefined);
          // A whole suggestion was chosen, or a word was ended with a space.
          if (suggestions.whole.has(text) || /\S\s$/.test(text)) take(text);
          else setDraft(text);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take(draft);
          const last = terms.at(-1);
          if (event.key === 'Backspace' && draft === '' && last !== undefined)
            onChange(without(terms, last.key));
        }}
        onBlur={() => take(draft)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-filter
      />
      <datalist id={listId}>
        {suggestions.all.map((text) => (
          <option key={text} value={text} />
        ))}
      </datalist>
      <Chips terms={terms} onChange={onChange} />
    </div>
  );
}

export function wordsOfMistake(mistake: Mistake): string {
  return mistake.kind === 'key'
    ? logTexts.unknownKey(mistake.key, KEYS.map((key) => `${key}:`).join(', '))
    : logTexts.badValue(`${mistake.key}:${mistake.value}`, logTexts.allowed[mistake.key]);
}

function Chips({ terms, onChange }: FilterBarProps) {
  if (terms.length === 0) return null;
  return (
    <ul className="plain row chips" aria-label={logTexts.chips}>
      {terms.map((term) => (
        <li key={term.key}>
          <Chip
            label={logTexts.removeTerm(writeTerm(term))}
            onRemove={() => onChange(without(terms, term.key))}
          >
            {writeTerm(term)}
          </Chip>
        </li>
      ))}
      <li>
        <ActionButton variant="subtle" label={logTexts.clear} onClick={() => onChange([])}>
          {logTexts.clear}
        </ActionButton>
      </li>
    </ul>
  );
}

/** Keys first, and of a key its values as far as they are known; `whole` of them need no Enter. */
function useSuggestions(draft: string): {
  readonly all: readonly string[];
  readonly whole: ReadonlySet<string>;
} {
  const { data: status } = useStatus();
  const groups = status?.groups ?? [];
  const values: Readonly<Partial<Record<Key, readonly string[]>>> = {
    verdict: VERDICTS,
    group: groups.map(({ name }) => name),
    client: groups.flatMap(({ clients }) => clients).filter((client) => !client.includes('/')),
    type: ['A', 'AAAA', 'A,AAAA', 'HTTPS', 'SRV', 'TXT'],
    since: ['15m', '1h', '24h', '7d'],
  };
  const whole = KEYS.flatMap((key) => (values[key] ?? []).map((value) => `${key}:${value}`));
  const isKey = !draft.includes(':');
  return {
    all: isKey
      ? [...KEYS.map((key) => `${key}:`), ...whole.filter((one) => one.startsWith('verdict'))]
      : whole,
    whole: new Set(whole.filter((one) => !whole.some((other) => other !== one && other.startsWith(one)))),
  };
}

/** A time by one click, without typing. */
export function TimeChips({ terms, onChange }: FilterBarProps) {
  const since = terms.find(({ key }) => key === 'since')?.value;
  return (
    <fieldset className="row time-chips">
      <legend className="unseen">{logTexts.time}</legend>
      {SPANS.map((span) => (
        <button
          key={span}
          type="button"
          className="chip chip-button"
          aria-pressed={since === span}
          onClick={() =>
            onChange(
              since === span
                ? without(terms, 'since')
                : withTerm(without(terms, 'until'), { key: 'since', value: span }),
            )
          }
        >
          {span}
        </button>
      ))}
      {VERDICTS.map((verdict) => {
        const isOn = terms.some(({ key, value }) => key === 'verdict' && value === verdict);
        return (
          <button
            key={verdict}
            type="button"
            className="chip chip-button"
            aria-pressed={isOn}
            onClick={() =>
              onChange(isOn ? without(terms, 'verdict') : withTerm(terms, { key: 'verdict', value: verdict }))
            }
          >
            {t.verdicts[verdict]}
          </button>
        );
      })}
    </fieldset>
  );
}

export const SPANS = ['15m', '1h', '24h', '7d'] as const;
