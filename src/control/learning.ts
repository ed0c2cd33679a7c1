/** When groups learn. What was told before that, by a rule that has ended since or in a pause, is no business of what comes after it. */
import type { CompiledGroup } from '../plane/policy-snapshot.ts';
import { auditOf } from '../store/audit.ts';
import { allGroupNames } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';

export interface Learning {
  readonly from: number;
  /** Absent while it goes on, or when nobody knows. */
  readonly until?: number | undefined;
}

/** From its beginning to its end. */
export interface LearningTime {
  readonly from: number;
  readonly until: number;
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
        if (mode === 'learn') next.set(group.id, { from });
        // A pause interrupts it, and whoever decides meanwhile ends it.
        else if (
          mode === 'paused' &&
          known !== undefined &&
          (before !== undefined || group.modeAfterPause === 'learn')
        )
          next.set(group.id, { from, until: known.until ?? now });
        if (mode !== 'enforce' || known === undefined) return [];
        const until = known.until ?? (before === undefined ? undefined : now);
        return until === undefined ? [] : [{ groupId: group.id, learnt: { from, until } }];
      });
    },
  };
}

/**
 * When a group last began to learn, and, where it has enforced since a moment of this absence, that moment: whoever changed it, a person
 * or the file at this start. What ended before was dealt with then, and what a person has closed since stays closed.
 */
export function lastLearning(db: MainDb, groupId: number, awaySince: number): Learning {
  const changes = auditOf(db, allGroupNames(db).get(groupId) ?? '', ['group.mode']);
  const last = changes.at(-1);
  const went = modeIn(last?.before) === 'learn' && modeIn(last?.after) === 'enforce';
  return {
    // Every group learns from its first day on, unless somebody says otherwise.
    from:
      changes.findLast(({ before, after }) => modeIn(before) !== 'learn' && modeIn(after) === 'learn')?.at ??
      0,
    until: went && last !== undefined && last.at >= awaySince ? last.at : undefined,
  };
}

function modeIn(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'mode' in json ? json.mode : undefined;
}
