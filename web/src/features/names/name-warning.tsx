import type { NameLook } from '../../api/types.ts';
import { namesTexts } from '../../texts/en/names.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import './names.css';

/** What is wrong with allowing a name, in the server's words; names that would do instead are a click away. */
export function NameWarning({
  look,
  onInstead,
}: {
  readonly look: NameLook | undefined;
  readonly onInstead?: (name: string) => void;
}) {
  if (look === undefined) return null;
  const { risks, unicode, instead } = look;
  if (risks.length === 0 && unicode === undefined) return null;
  return (
    <div className="hint stack" role="status">
      {unicode === undefined ? null : (
        <p>
          <code>{look.pattern}</code> {namesTexts.letters(unicode)}
        </p>
      )}
      {risks.map(({ code, sentence }) => (
        <p key={code}>
          <span aria-hidden="true">!</span> {sentence}
        </p>
      ))}
      {onInstead === undefined || instead.length === 0 ? null : (
        <div className="row">
          {instead.map((name) => (
            <ActionButton
              key={name}
              className="instead"
              label={namesTexts.instead(name)}
              onClick={() => onInstead(name)}
            >
              {namesTexts.instead(name)}
            </ActionButton>
          ))}
        </div>
      )}
    </div>
  );
}

/** Codes that make a wide pattern an open door: the button says what it does. */
export function isOpenDoor(look: NameLook | undefined): boolean {
  return look?.risks.some(({ code }) => OPEN_DOORS.has(code)) === true && /^\*?\./.test(look.pattern);
}

const OPEN_DOORS: ReadonlySet<string> = new Set(['public-suffix', 'shared-suffix', 'plex-direct']);
