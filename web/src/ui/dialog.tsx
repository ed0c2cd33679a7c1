import { Button, CloseButton } from '@mantine/core';
import { type PointerEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { t } from '../texts/texts.ts';
import { useNoticesWithin } from './notices.tsx';

/** A dialog of the browser's own: it keeps the focus inside, closes with Escape and gives the focus back. */
export function Dialog({
  title,
  wide = false,
  onClose,
  children,
}: {
  readonly title: string;
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const titleId = useId();
  return (
    <BareDialog
      labelledBy={titleId}
      className={wide ? 'dialog dialog-wide' : 'dialog'}
      keepsInput
      onClose={onClose}
    >
      <div className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <CloseButton aria-label={t.problem.close} onClick={onClose} />
      </div>
      {children}
    </BareDialog>
  );
}

/** The last row of a dialog: away from it, or on. */
export function DialogActions({
  beginsAtCancel = false,
  onClose,
  children,
}: {
  /** For what cannot be taken back: the way away has the focus at first. */
  readonly beginsAtCancel?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <div className="row row-end">
      <Button variant="default" onClick={onClose} data-autofocus={beginsAtCancel || undefined}>
        {t.actions.cancel}
      </Button>
      {children}
    </div>
  );
}

/** Without a heading; what it is must then be said by `label`. */
export function BareDialog({
  className,
  label,
  labelledBy,
  keepsInput = false,
  onClose,
  children,
}: {
  readonly className: string;
  readonly label?: string;
  readonly labelledBy?: string;
  /** Once something was entered, a click beside it does not throw that away. */
  readonly keepsInput?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const hasInput = useRef(false);
  const showNoticesWithin = useNoticesWithin();
  useEffect(() => {
    const shown = dialog.current;
    if (shown === null) return;
    shown.showModal();
    shown.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    const showNoticesOutside = showNoticesWithin(shown);
    return () => {
      showNoticesOutside();
      shown.close();
    };
  }, [showNoticesWithin]);
  const onBackdrop = (event: PointerEvent) => {
    // Its content lies in a child: what meets the dialog itself met what is behind it.
    if (event.target === dialog.current && !(keepsInput && hasInput.current)) onClose();
  };
  return (
    <dialog
      ref={dialog}
      className={className}
      aria-label={label}
      aria-labelledby={labelledBy}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onInput={() => {
        hasInput.current = true;
      }}
      onPointerDown={onBackdrop}
    >
      <div className="dialog-content">{children}</div>
    </dialog>
  );
}
