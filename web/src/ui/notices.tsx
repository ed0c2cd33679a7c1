import { CloseButton } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { createPortal } from 'react-dom';
import { t } from '../texts/texts.ts';
import { ActionButton } from './action-button.tsx';

/** Something that was done, with the way back while there is one. */
export interface Notice {
  readonly text: string;
  readonly kind?: 'done' | 'problem';
  readonly undo?: () => void;
}

/** Shows a notice; it goes by itself, and stays where it is a problem. */
export function useNotice(): (notice: Notice) => void {
  return useContext(NoticeContext);
}

/** While a dialog is open, what lies outside of it can be neither clicked nor heard: notices are shown in it. The returned function ends it. */
export function useNoticesWithin(): (dialog: HTMLElement) => () => void {
  return useContext(NoticesWithinContext);
}

export function NoticeProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const drop = useCallback((id: number) => setShown((now) => now.filter((one) => one.id !== id)), []);
  const tell = useMemo(() => {
    let last = 0;
    return (notice: Notice) => {
      const id = ++last;
      setShown((now) => [...now.slice(1 - MOST), { ...notice, id }]);
      if (notice.kind !== 'problem') setTimeout(() => drop(id), SHOWN_MS);
    };
  }, [drop]);
  const [dialogs, setDialogs] = useState<readonly HTMLElement[]>([]);
  const showWithin = useCallback((dialog: HTMLElement) => {
    setDialogs((now) => [...now, dialog]);
    return () => setDialogs((now) => now.filter((one) => one !== dialog));
  }, []);
  return (
    <NoticeContext value={tell}>
      <NoticesWithinContext value={showWithin}>{children}</NoticesWithinContext>
      {createPortal(
        <div className="notices" role="status" aria-live="polite">
          {shown.map(({ id, text, kind, undo }) => (
            <div key={id} className={kind === 'problem' ? 'notice notice-problem' : 'notice'}>
              <span className="notice-text">{text}</span>
              {undo === undefined ? null : (
                <ActionButton
                  size="xs"
                  variant="default"
                  label={t.actions.about(t.actions.undo, text)}
                  onClick={() => {
                    drop(id);
                    undo();
                  }}
                >
                  {t.actions.undo}
                </ActionButton>
              )}
              <CloseButton
                size="sm"
                aria-label={t.actions.about(t.problem.close, text)}
                onClick={() => drop(id)}
              />
            </div>
          ))}
        </div>,
        dialogs.at(-1) ?? document.body,
      )}
    </NoticeContext>
  );
}

interface Shown extends Notice {
  readonly id: number;
}

const NoticeContext = createContext<(notice: Notice) => void>(() => {});

const NoticesWithinContext = createContext<(dialog: HTMLElement) => () => void>(() => () => {});

const MOST = 4;
/** Milliseconds: as long as a click can be undone here; later the audit does it. */
const SHOWN_MS = 10_000;
