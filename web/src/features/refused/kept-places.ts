import { type RefObject, useRef } from 'react';
import type { Denial } from '../../api/types.ts';
import { keepPlaces } from './order.ts';

interface KeptPlaces {
  /** Around the rows. */
  readonly place: RefObject<HTMLDivElement | null>;
  /** The first `most` in their order; while somebody is over them, those that stood there stay where they are. */
  readonly settle: (rows: readonly Denial[], most?: number) => readonly Denial[];
}

export function useKeptPlaces(): KeptPlaces {
  const place = useRef<HTMLDivElement>(null);
  const order = useRef<readonly number[]>([]);
  const settle = (rows: readonly Denial[], most = rows.length) => {
    const inUse = place.current?.matches(':hover, :focus-within') === true;
    const stood = inUse ? order.current : [];
    const shown = keepPlaces(
      rows.filter(({ id }, at) => at < most || stood.includes(id)),
      stood,
    );
    order.current = shown.map(({ id }) => id);
    return shown;
  };
  return { place, settle };
}
