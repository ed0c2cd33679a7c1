import type { ReactNode } from 'react';
import './chip.css';

/** One thing that narrows what is shown, with the button that takes it away. */
export function Chip({
  children,
  label,
  onRemove,
}: {
  readonly children: ReactNode;
  /** What the button does, for a screen reader. */
  readonly label: string;
  readonly onRemove: () => void;
}) {
  return (
    <span className="chip">
      <span>{children}</span>
      <button type="button" className="chip-close" aria-label={label} onClick={onRemove}>
        ✕
      </button>
    </span>
  );
}
