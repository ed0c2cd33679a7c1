import { KnownError } from '../base/errors.ts';
import { formatPattern } from '../policy/pattern.ts';
import type { ActionDeps } from './deps.ts';
import { parseDuration } from './duration.ts';
import { findGroup } from './find-group.ts';
import type { QueryPort, Replay } from './query-port.ts';
import { parseRulePattern } from './rule-pattern.ts';

export interface ReplayRequest {
  readonly group: string;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Of the names in `allow`. */
  readonly types: readonly string[];
  readonly presets: readonly string[];
  readonly without: readonly number[];
  readonly only: boolean;
  /** Back from now, as in 7d. */
  readonly since: string;
}

/** What the group's questions of the last time would have come to under other rules. Nothing is changed. */
export function replay({
  db,
  clock,
  queries,
}: Pick<ActionDeps, 'db' | 'clock'> & { readonly queries: QueryPort }) {
  return ({ allow, deny, types, since, ...request }: ReplayRequest): Promise<Replay> => {
    const { name } = findGroup(db, request.group);
    if (request.only && request.without.length > 0)
      throw new KnownError('invalid-input', 'only and without do not go together', {
        hint: 'With only, none of the rules in force is replayed.',
      });
    const until = clock.now() + 1;
    return queries.replay({
      ...request,
      group: name,
      add: [
        ...allow.map((text) => ({ action: 'allow' as const, pattern: canonical(text), types })),
        ...deny.map((text) => ({ action: 'deny' as const, pattern: canonical(text), types })),
      ],
      since: until - parseDuration(since),
      until,
    });
  };
}

const canonical = (text: string) => formatPattern(parseRulePattern(text));
