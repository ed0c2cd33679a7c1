import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useState } from 'react';
import { subjectOf, type WhySubject } from '../features/why/subject.ts';
import { WhyDialog } from '../features/why/why-dialog.tsx';
import { t } from '../texts/texts.ts';
import { BareDialog } from '../ui/dialog.tsx';
import { SCREENS } from './screens.ts';

interface Choice {
  readonly id: string;
  readonly text: string;
  readonly act: () => void;
}

/** Types a name or an address and says why it can or cannot be reached; types a screen and goes there. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [asked, setAsked] = useState<WhySubject>();
  const navigate = useNavigate();
  const listId = useId();
  const subject = subjectOf(text);
  const choices: readonly Choice[] = [
    ...(subject === undefined
      ? []
      : [{ id: 'why', text: t.palette.why(text.trim()), act: () => setAsked(subject) }]),
    ...SCREENS.filter(({ title }) => title.toLowerCase().includes(text.trim().toLowerCase())).map(
      ({ to, title, key }) => ({
        id: key,
        text: title,
        act: () => {
          onClose();
          void navigate({ to });
        },
      }),
    ),
  ];
  const at = Math.min(chosen, choices.length - 1);

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => setChosen(Math.min(at + 1, choices.length - 1)),
      ArrowUp: () => setChosen(Math.max(at - 1, 0)),
      Enter: () => choices[at]?.act(),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };

  if (asked !== undefined) return <WhyDialog subject={asked} onClose={onClose} />;
  return (
    <BareDialog className="dialog palette" label={t.header.search} onClose={onClose}>
      <input
        className="palette-input"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={choices[at] === undefined ? undefined : `${listId}-${choices[at].id}`}
        aria-label={t.palette.placeholder}
        placeholder={t.palette.placeholder}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
      />
      <div id={listId} role="listbox" aria-label={t.palette.screens} className="palette-list">
        {choices.map(({ id, text: words, act }, index) => (
          <div
            key={id}
            id={`${listId}-${id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className="palette-choice"
            onClick={act}
            onKeyDown={onKeyDown}
            onPointerMove={() => setChosen(index)}
          >
            {words}
          </div>
        ))}
      </div>
      <p role="status" className={choices.length === 0 ? 'palette-choice' : 'unseen'}>
        {choices.length === 0 ? t.palette.nothing : ''}
      </p>
    </BareDialog>
  );
}
