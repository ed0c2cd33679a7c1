import { useEffect, useRef, useState } from 'react';
import { ActionButton } from './action-button.tsx';
import { useNotice } from './notices.tsx';

/** Text to take along. `copied` is what is copied where that is not what is shown: secrets are dots on the screen. */
export function CopyBlock({
  label,
  text,
  copied = text,
  words,
}: {
  readonly label: string;
  readonly text: string;
  readonly copied?: string;
  readonly words: { readonly copy: string; readonly copied: string; readonly select: string };
}) {
  const tell = useNotice();
  const shown = useRef<HTMLPreElement>(null);
  const [isByHand, setByHand] = useState(false);
  useEffect(() => {
    if (isByHand && shown.current !== null) getSelection()?.selectAllChildren(shown.current);
  }, [isByHand]);
  const copy = async () => {
    // Over plain HTTP a browser gives a page no clipboard: what is shown can be taken by hand.
    if (!isSecureContext) {
      setByHand(true);
      tell({ text: words.select });
      return;
    }
    await navigator.clipboard.writeText(copied);
    tell({ text: words.copied });
  };
  return (
    <div className="copy-block">
      <pre ref={shown}>{isByHand ? copied : text}</pre>
      <ActionButton variant="default" label={`${words.copy}: ${label}`} onClick={() => void copy()}>
        {words.copy}
      </ActionButton>
    </div>
  );
}
