/**
 * Rules that another rule decides for, whatever is asked. Pure.
 *
 *   the rule                    | shadowed by                                               | because
 *   allow, for good             | a deny of the same pattern                                | at equal specificity deny wins
 *   any                         | the same pattern, action and at least its types           | one of the two does nothing
 *   a wildcard                  | the next wider wildcard of the same action and types      | below it nothing changes
 *
 * A name below a wildcard that allows it is not: by itself it is kept warm, and no budget of new names counts it.
 */
import type { HygieneFinding } from '../../actions/reports/hygiene.ts';
import { type DomainName, parentOf } from '../../base/domain-name.ts';
import { type Pattern, parsePattern } from '../../policy/pattern.ts';
import type { Rule } from '../../store/rules.ts';
import { endIt, subject, words } from './findings.ts';

/** `rules` are all in force in one group. Of a preset's own rules none is told: nobody wrote it here. */
export function shadowed(rules: readonly Rule[]): readonly HygieneFinding[] {
  const lasting = rules.filter(({ expiresAt }) => expiresAt === undefined).map(read);
  const byName = Map.groupBy(lasting, ({ pattern }) => pattern.name);
  // Whoever ends all of them at once must not end the rule on account of which another one was called idle.
  const idle = new Set<Rule>();
  const needed = new Set<Rule>();
  return lasting.flatMap((one) => {
    if (one.rule.preset !== undefined || needed.has(one.rule)) return [];
    const found = denied(one, byName) ?? doubled(one, byName) ?? within(one, byName);
    if (found === undefined || idle.has(found.by)) return [];
    idle.add(one.rule);
    needed.add(found.by);
    return [finding(one.rule, found)];
  });
}

interface Read {
  readonly rule: Rule;
  readonly pattern: Pattern;
}

type ByName = ReadonlyMap<DomainName, readonly Read[]>;

interface Shadow {
  readonly by: Rule;
  readonly why: string;
}

function read(rule: Rule): Read {
  return { rule, pattern: parsePattern(rule.pattern) };
}

function denied({ rule, pattern }: Read, byName: ByName): Shadow | undefined {
  if (rule.action === 'deny') return undefined;
  const by = byName
    .get(pattern.name)
    ?.find((other) => other.rule.action === 'deny' && covers(other.pattern, pattern));
  return by && { by: by.rule, why: 'which wins over it, so that it allows nothing' };
}

/** Of two that say the same, the newer one; of a person's and a preset's, the person's. */
function doubled({ rule, pattern }: Read, byName: ByName): Shadow | undefined {
  const by = byName
    .get(pattern.name)
    ?.find(
      (other) =>
        saysAsMuch(other.rule, rule) &&
        other.pattern.kind === pattern.kind &&
        (!saysAsMuch(rule, other.rule) || other.rule.preset !== undefined || other.rule.id < rule.id),
    );
  return by && { by: by.rule, why: 'which says the same' };
}

/** What decides below a wildcard, were it not there: the next wider one. One for fewer types narrows it, and is no shadow. */
function within({ rule, pattern }: Read, byName: ByName): Shadow | undefined {
  if (pattern.kind === 'exact') return undefined;
  const deciding = nextWider(pattern, byName);
  const by = deciding.find(
    (other) =>
      saysAsMuch(other.rule, rule) && (saysAsMuch(rule, other.rule) || other.pattern.name === pattern.name),
  );
  const agree = deciding.every(
    (other) => other === by || (by !== undefined && saysAsMuch(by.rule, other.rule)),
  );
  return by && agree ? { by: by.rule, why: 'which covers all of it' } : undefined;
}

function nextWider({ kind, name: own }: Pattern, byName: ByName): readonly Read[] {
  const beside = kind === 'below' ? at(byName, own, (one) => one === 'both') : [];
  if (beside.length > 0) return beside;
  // Without this rule, another one of the very name would decide, and not the wider one.
  if (at(byName, own, (one) => one !== 'exact').length > 1) return [];
  for (let name = parentOf(own); name !== undefined; name = parentOf(name)) {
    const found = at(byName, name, (one) => one !== 'exact');
    if (found.length > 0) return found;
  }
  return [];
}

function at(byName: ByName, name: DomainName, wanted: (kind: Pattern['kind']) => boolean): readonly Read[] {
  return byName.get(name)?.filter(({ pattern }) => wanted(pattern.kind)) ?? [];
}

/** Whether a pattern of the same name stands at the same places or more. */
function covers(one: Pattern, other: Pattern): boolean {
  return one.kind === other.kind || (one.kind === 'both' && other.kind === 'below');
}

function saysAsMuch(one: Rule, other: Rule): boolean {
  return (
    one !== other &&
    one.action === other.action &&
    one.private === other.private &&
    (one.action === 'deny' ||
      one.types.includes('ANY') ||
      other.types.every((type) => one.types.includes(type)))
  );
}

function finding(rule: Rule, { by, why }: Shadow): HygieneFinding {
  return {
    kind: 'shadowed',
    rules: [rule.id],
    by: by.id,
    sentence: `${subject(rule)} makes no difference beside ${words(by)}, ${why}.`,
    ...endIt(rule),
  };
}
