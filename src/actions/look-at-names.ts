/** What a person should know of names before they are allowed: how they read in letters, what is wrong with them, and what would do instead. */
import { formatDomainName } from '../base/domain-name.ts';
import { inLetters } from '../base/letters.ts';
import { isRefusedOnPurpose } from '../catalog/explain.ts';
import type { Catalog } from '../catalog/load.ts';
import { type NameRisk, nameRisks } from '../catalog/name-risks.ts';
import { formatPattern, type Pattern, parsePattern, patternMatches } from '../policy/pattern.ts';
import { type Denial, listDenials } from '../store/denials.ts';
import type { MainDb } from '../store/open.ts';
import { rulesInForce } from '../store/rules.ts';
import type { ActionDeps } from './deps.ts';
import { findGroup } from './find-group.ts';
import { parseRulePattern } from './rule-pattern.ts';

export interface NameLook {
  /** As it was given. */
  readonly name: string;
  /** As a rule has it: xn--…, lower case. */
  readonly pattern: string;
  /** The same in its own letters, where that is another text. */
  readonly unicode: string | undefined;
  readonly risks: readonly NameRisk[];
  /** Of a wide pattern that is risky: names below it that the group asked and was refused, the newest first; none that is refused on purpose. */
  readonly instead: readonly string[];
}

export interface NamesInput {
  readonly names: readonly string[];
  /** Whose own names below plex.direct are no risk, and what it asked. */
  readonly group?: string | undefined;
}

/** A name that is none is left out. */
export function lookAtNames({ db, catalog, clock }: Pick<ActionDeps, 'db' | 'catalog' | 'clock'>) {
  return ({ names, group: of }: NamesInput): readonly NameLook[] => {
    const group = of === undefined ? undefined : findGroup(db, of);
    const hashes = group?.plexDirect.hashes ?? [];
    const isMeant = refusedOnPurpose({ db, catalog, now: clock.now() });
    const asked = askedLately(db, group?.id, isMeant);
    return names.flatMap((name) => {
      const pattern = readPattern(name);
      if (pattern === undefined) return [];
      const text = formatPattern(pattern);
      const risks = nameRisks(text, { hashes });
      const isRisky = risks.some(({ code }) => TOO_WIDE.has(code));
      return {
        name,
        pattern: text,
        unicode: inLetters(text),
        risks,
        instead:
          pattern.kind === 'exact' || !isRisky
            ? []
            : asked().filter(below(pattern)).slice(0, MOST_INSTEAD).map(formatDomainName),
      };
    });
  };
}

function readPattern(text: string): Pattern | undefined {
  try {
    return parseRulePattern(text);
  } catch {
    // What is wrong with it is told where a rule is made of it.
    return undefined;
  }
}

/** By the catalog, by the rule that refused it, or by one made since. */
function refusedOnPurpose(deps: { readonly db: MainDb; readonly catalog: Catalog; readonly now: number }) {
  const denies = new Map<number, readonly Pattern[]>();
  const deniesOf = (groupId: number): readonly Pattern[] => {
    const known = denies.get(groupId);
    if (known !== undefined) return known;
    const found = rulesInForce(deps.db, deps.now, groupId)
      .filter(({ action }) => action === 'deny')
      .map(({ pattern }) => parsePattern(pattern));
    denies.set(groupId, found);
    return found;
  };
  return ({ name, groupId, reason }: Denial): boolean =>
    reason === 'deny-rule' ||
    isRefusedOnPurpose(deps.catalog, name) ||
    deniesOf(groupId).some((pattern) => patternMatches(pattern, name));
}

function askedLately(db: MainDb, groupId: number | undefined, isMeant: (denial: Denial) => boolean) {
  let names: readonly Pattern['name'][] | undefined;
  return () => {
    names ??= listDenials(db, {
      limit: MOST_DENIALS,
      ...(groupId === undefined ? {} : { groupId }),
    })
      .items.filter((denial) => !isMeant(denial))
      .map(({ name }) => name);
    return names;
  };
}

const below = (pattern: Pattern) => (name: Pattern['name']) => patternMatches(pattern, name);

const TOO_WIDE: ReadonlySet<NameRisk['code']> = new Set(['public-suffix', 'shared-suffix', 'plex-direct']);
/** Names to choose from; more are no choice. */
const MOST_INSTEAD = 5;
/** Refused names that are looked through. */
const MOST_DENIALS = 500;
