import { KnownError } from '../base/errors.ts';
import { formatPattern } from '../policy/pattern.ts';
import type { Rule } from '../store/rules.ts';
import type { SentDocument } from './configuration/ports.ts';
import type { ActionDeps } from './deps.ts';
import { parseDuration } from './duration.ts';
import { findGroup } from './find-group.ts';
import type { QueryPort } from './query-port.ts';
import type { CandidateRule, Replay, ReplayInput } from './reports/replay.ts';
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
  /** A configuration: the rules of the group as they would be under it, and no other change beside. */
  readonly document: SentDocument | undefined;
  /** Back from now, as in 7d. */
  readonly since: string;
}

/** What the group's questions of the last time would have come to under other rules. Nothing is changed. */
export function replay(deps: ReplayDeps) {
  const { db, clock, queries } = deps;
  return (request: ReplayRequest): Promise<Replay> => {
    const { name } = findGroup(db, request.group);
    const until = clock.now() + 1;
    return queries.replay({
      ...candidateOf(deps, { ...request, group: name }),
      group: name,
      since: until - parseDuration(request.since),
      until,
    });
  };
}

type ReplayDeps = Pick<ActionDeps, 'db' | 'clock' | 'configuration'> & { readonly queries: QueryPort };

type Candidate = Pick<ReplayInput, 'add' | 'presets' | 'without' | 'only'>;

function candidateOf(
  { configuration }: Pick<ReplayDeps, 'configuration'>,
  { group, document, allow, deny, types, presets, without, only }: ReplayRequest,
): Candidate {
  if (document !== undefined) {
    if (only || [allow, deny, presets, without].some((list) => list.length > 0))
      throw new KnownError('invalid-input', 'a configuration is replayed as it is, without other changes', {
        hint: 'Write them into the file.',
      });
    return {
      add: configuration.rulesOf(document, group).map(asCandidate),
      presets: [],
      without: [],
      only: true,
    };
  }
  if (only && without.length > 0)
    throw new KnownError('invalid-input', 'only and without do not go together', {
      hint: 'With only, none of the rules in force is replayed.',
    });
  const add: readonly CandidateRule[] = [
    ...allow.map((text) => ({ action: 'allow' as const, pattern: canonical(text), types })),
    ...deny.map((text) => ({ action: 'deny' as const, pattern: canonical(text), types })),
  ];
  return { add, presets, without, only };
}

function asCandidate({ action, pattern, types, origin, expiresAt }: Rule): CandidateRule {
  return { action, pattern, types, temporary: origin === 'person' && expiresAt !== undefined };
}

const canonical = (text: string) => formatPattern(parseRulePattern(text));
