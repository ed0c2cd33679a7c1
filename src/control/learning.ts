/** When groups learn. What was told before that, by a rule that has ended since or in a pause, is no business of what comes after it. */
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { CompiledGroup } from '../plane/policy-snapshot.ts';
import { type AuditEntry, auditOf } from '../store/audit.ts';
import { allGroupNames } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { sightedInForce } from '../store/sightings.ts';

export interface Learning {
  readonly from: number;
  /** Absent while it goes on, or when nobody knows. */
  readonly until?: number | undefined;
  /** Those that have interrupted it, oldest first. */
  readonly pauses: readonly Span[];
}

interface Span {
  readonly from: number;
  readonly until: number;
}

/** From its beginning to its end. What a pause in between told, it told to its own end at the longest: that has its lease, and is not learnt. */
export interface LearningTime extends Span {
  readonly pauses: readonly Span[];
}

export interface ToldAddress {
  readonly name: DomainName;
  readonly address: IpAddress;
  readonly toldUntil: number;
}

export interface LearningWatch {
  /** Groups that enforce now and learnt when this was last asked; at a start those that did before it. */
  ended(
    groups: readonly CompiledGroup[],
    now: number,
  ): readonly { readonly groupId: number; readonly learnt: LearningTime }[];
}

export function watchLearning(lastLearning: (groupId: number) => Learning): LearningWatch {
  let learning: ReadonlyMap<number, Learning> | undefined;
  return {
    ended(groups, now) {
      const before = learning;
      const next = new Map<number, Learning>();
      learning = next;
      return groups.flatMap((group) => {
        const mode = group.modeAt(now);
        const known = before === undefined ? lastLearning(group.id) : before.get(group.id);
        const from = Math.min(known?.from ?? now, now);
        const pauses = known?.pauses ?? [];
        if (mode === 'learn') next.set(group.id, { from, pauses: withPause(pauses, known?.until, now) });
        // A pause interrupts it, and whoever decides meanwhile ends it.
        else if (
          mode === 'paused' &&
          known !== undefined &&
          (before !== undefined || group.modeAfterPause === 'learn')
        )
          next.set(group.id, { from, until: known.until ?? now, pauses });
        if (mode !== 'enforce' || known === undefined) return [];
        const until = known.until ?? (before === undefined ? undefined : now);
        return until === undefined ? [] : [{ groupId: group.id, learnt: { from, until, pauses } }];
      });
    },
  };
}

/** `since`: when it was interrupted, if it was until now. */
function withPause(pauses: readonly Span[], since: number | undefined, now: number): readonly Span[] {
  return since === undefined ? pauses : [...pauses, { from: since, until: now }];
}

/**
 * When a group last began to learn, and, where it has enforced since a moment of this absence, that moment: whoever changed it, a person
 * or the file at this start. What ended before was dealt with then, and what a person has closed since stays closed.
 */
export function lastLearning(db: MainDb, groupId: number, awaySince: number): Learning {
  const entries = auditOf(db, allGroupNames(db).get(groupId) ?? '', [
    'group.mode',
    'group.pause',
    'group.resume',
  ]);
  const changes = entries.filter(({ action }) => action === 'group.mode');
  const last = changes.at(-1);
  const went = modeIn(last?.before) === 'learn' && modeIn(last?.after) === 'enforce';
  return {
    // Every group learns from its first day on, unless somebody says otherwise.
    from:
      changes.findLast(({ before, after }) => modeIn(before) !== 'learn' && modeIn(after) === 'learn')?.at ??
      0,
    until: went && last !== undefined && last.at >= awaySince ? last.at : undefined,
    pauses: pausesIn(entries.filter(({ action }) => action !== 'group.mode')),
  };
}

/** What clients of the group were told while it learnt and may still use, leased or not. */
export function toldWhileLearning(
  db: MainDb,
  { id: groupId, learnAlias }: Pick<CompiledGroup, 'id' | 'learnAlias'>,
  { from, until, pauses }: LearningTime,
  { now, limit }: { readonly now: number; readonly limit: number },
): readonly ToldAddress[] {
  // Without leases of its own nobody knows what learning told again of what a pause had fetched: there all of it counts.
  const without = learnAlias ? pauses : [];
  return sightedInForce(db, { groupId, now, limit, from, until, without }).map(({ goodUntil, ...told }) => ({
    ...told,
    toldUntil: goodUntil,
  }));
}

/** Each lasts until its end, or until somebody decides anew. */
function pausesIn(decisions: readonly AuditEntry[]): readonly Span[] {
  return decisions.flatMap(({ at, after }, i) => {
    const end = pauseEndIn(after);
    return end === undefined ? [] : [{ from: at, until: Math.min(end, decisions[i + 1]?.at ?? end) }];
  });
}

function pauseEndIn(json: unknown): number | undefined {
  const end =
    typeof json === 'object' && json !== null && 'pausedUntil' in json ? json.pausedUntil : undefined;
  return typeof end === 'number' ? end : undefined;
}

function modeIn(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'mode' in json ? json.mode : undefined;
}
