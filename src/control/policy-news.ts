import type { News } from '../actions/news.ts';
import type { GroupSnapshot } from '../plane/protocol.ts';
import type { PolicyRule } from '../policy/policy.ts';

/** Which rules are others than before; found in what is in force, so that a person, a file and the clock are told of alike. */
export function rulesNews(
  before: readonly GroupSnapshot[],
  after: readonly GroupSnapshot[],
): Extract<News, { kind: 'rules' }> | undefined {
  const old = byId(before);
  const now = byId(after);
  const added = [...now.keys()].filter((id) => !old.has(id));
  const ended = [...old.keys()].filter((id) => !now.has(id));
  const changed = [...now].flatMap(([id, rule]) => {
    const was = old.get(id);
    return was === undefined || isSame(was, rule) ? [] : id;
  });
  return added.length + ended.length + changed.length === 0
    ? undefined
    : { kind: 'rules', added, changed, ended };
}

function byId(groups: readonly GroupSnapshot[]): ReadonlyMap<number, PolicyRule> {
  return new Map(groups.flatMap(({ rules }) => rules.map((rule) => [rule.id, rule] as const)));
}

/** A rule keeps its pattern and types for as long as it lives. */
function isSame(a: PolicyRule, b: PolicyRule): boolean {
  return a.expiresAt === b.expiresAt && a.temporary === b.temporary;
}
