/** What one version of a preset has that another one had not. Pure. */
import type { PresetRule } from './rules.ts';

/** As a group took it. */
export type TakenRule = Omit<PresetRule, 'preset'>;

export interface PresetChanges {
  readonly added: readonly TakenRule[];
  readonly removed: readonly TakenRule[];
  readonly changed: readonly { readonly before: TakenRule; readonly after: TakenRule }[];
}

/** A preset names each pattern once, so that a pattern is what a rule is known by. */
export function changesBetween(taken: readonly TakenRule[], offered: readonly TakenRule[]): PresetChanges {
  const before = byPattern(taken);
  const after = byPattern(offered);
  return {
    added: offered.filter(({ pattern }) => !before.has(pattern)),
    removed: taken.filter(({ pattern }) => !after.has(pattern)),
    changed: offered.flatMap((rule) => {
      const was = before.get(rule.pattern);
      return was === undefined || saysTheSame(was, rule) ? [] : [{ before: was, after: rule }];
    }),
  };
}

export function isNothing({ added, removed, changed }: PresetChanges): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** Another action or other types make another rule of it. */
export function isAnotherRule(a: TakenRule, b: TakenRule): boolean {
  return a.action !== b.action || typesOf(a) !== typesOf(b);
}

function saysTheSame(a: TakenRule, b: TakenRule): boolean {
  return !isAnotherRule(a, b) && a.note === b.note;
}

function typesOf({ types }: TakenRule): string {
  return types.toSorted().join(',');
}

function byPattern(rules: readonly TakenRule[]): ReadonlyMap<string, TakenRule> {
  return new Map(rules.map((rule) => [rule.pattern, rule]));
}
