import type { Group } from '../api/types.ts';
import type { Tone } from './badge.tsx';

export const ENFORCEMENT_TONES: Readonly<Record<Group['enforcement']['state'], Tone>> = {
  enforced: 'good',
  'names-only': 'bad',
  learning: 'soft',
  paused: 'warn',
};

/** Nothing is called enforced that is not: of several groups the least protected speaks for all. */
export function leastProtected(groups: readonly Group[]): Group | undefined {
  return WORST_FIRST.flatMap((state) => groups.filter(({ enforcement }) => enforcement.state === state))[0];
}

const WORST_FIRST = ['names-only', 'paused', 'learning', 'enforced'] as const;
