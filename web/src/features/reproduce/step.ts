import type { Reproduce } from '../../api/types.ts';

/**
 * Where somebody is, from what the server keeps:
 *
 *   no rule yet                          0  do it again, and see what is refused
 *   rules, not marked again              1  look again, keep or drop
 *   marked again, nothing new, 30 s ago  3  keep?
 *   marked again, otherwise              2  do it once more
 */
export function stepOf({
  rules = [],
  markAt,
  startedAt,
  refused = [],
  forMs = 0,
}: Pick<Reproduce, 'rules' | 'markAt' | 'startedAt' | 'refused' | 'forMs'>): 0 | 1 | 2 | 3 {
  if (rules.length === 0) return 0;
  if (markAt === startedAt) return 1;
  return refused.length === 0 && forMs >= QUIET_MS ? 3 : 2;
}

/** Milliseconds without a refusal after which it is offered to keep what was allowed: a client asks again within seconds. */
export const QUIET_MS = 30_000;
