import { useState } from 'react';
import { useMayApprove } from '../../api/roles.ts';
import type { Denial } from '../../api/types.ts';
import { useSingleKeys } from '../../app/shortcuts.ts';
import { useAllow, useMute } from './decide.ts';

/** j and k move, x selects, 1 2 3 allow, m mutes. Gives the id of the row the keyboard is at. */
export function useListKeys(
  rows: readonly Denial[],
  /** Absent where rows cannot be selected. */
  onSelect: ((denial: Denial) => void) | undefined,
): number | undefined {
  const [at, setAt] = useState<number>();
  const [allow, mute] = [useAllow(), useMute()];
  const approve = useMayApprove();
  const index = rows.findIndex(({ id }) => id === at);
  const current = rows[index];
  const move = (to: number) => {
    const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
    if (row === undefined) return;
    setAt(row.id);
    document.querySelector(`[data-denial="${row.id}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  /** The row after the one that goes: whoever allows three in a row presses three keys. */
  const decide = (act: (denial: Denial) => void) => () => {
    if (current?.state !== 'waiting' || !approve) return;
    setAt(rows[index + 1]?.id ?? rows[index - 1]?.id);
    act(current);
  };
  useSingleKeys({
    j: () => move(index + 1),
    k: () => move(index - 1),
    x: () => current !== undefined && onSelect?.(current),
    '1': decide((denial) => allow.mutate({ denial, for: '15m' })),
    '2': decide((denial) => allow.mutate({ denial, for: '1h' })),
    '3': decide((denial) => allow.mutate({ denial, for: '24h' })),
    a: () => {
      if (current !== undefined) buttonOf(current, 'always')?.click();
    },
    m: decide((denial) => mute.mutate(denial)),
  });
  return current?.id;
}

function buttonOf({ id }: Denial, action: string): HTMLButtonElement | null {
  return document.querySelector(`[data-denial="${id}"] [data-action="${action}"]`);
}
