import type { ReactNode } from 'react';

export type Tone = 'good' | 'bad' | 'warn' | 'soft';

/** A state in a word with a glyph: never by colour alone. */
export function StateBadge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`}>
      <span aria-hidden="true">{GLYPHS[tone]}</span> {children}
    </span>
  );
}

export const GLYPHS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', soft: '◷' };
