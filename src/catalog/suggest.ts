/**
 * The rules that what a group asked speaks for, and of every other name why it is left out. Pure. Only what was answered
 * with records counts: a name that leads nowhere needs no rule.
 *
 *   the catalog knows it   telemetry and the like: never · required or recommended, its software recognised: selected ·
 *                          else: offered
 *   the catalog does not   risky, asked once, one of very many: left out · else: offered, exact; a wildcard only where
 *                          new labels keep coming, and nobody else can have a name there
 */
import { type DomainName, formatDomainName } from '../base/domain-name.ts';
import type { Catalog, CatalogEntry } from './load.ts';
import { type NameRisk, nameRisks } from './name-risks.ts';
import { entriesOf, type SeenPreset, seenPresets } from './recognise.ts';
import { isNeverOpened, ruleOf } from './rules.ts';
import { suggestUnknown } from './suggest-unknown.ts';

export interface AskedName {
  readonly name: DomainName;
  /** Types that were answered with records. */
  readonly types: readonly string[];
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** UTC days on which it was asked. */
  readonly days: number;
  /** True: it was refused at some time, and nobody asked where it leads. */
  readonly refused: boolean;
}

/** What the rules in force say of a name: allowed for these types, denied by one, or neither. */
export type Standing = 'allow' | 'deny' | 'none';

export interface SuggestInput {
  readonly catalog: Catalog;
  readonly asked: readonly AskedName[];
  readonly standing: (name: DomainName, types: readonly string[]) => Standing;
  /** Of the owner's Plex servers. */
  readonly hashes: readonly string[];
  /** ms since 1970: when the first and the last of all was asked. */
  readonly since: number;
  readonly until: number;
}

export interface Suggestion {
  readonly presets: readonly SeenPreset[];
  readonly rules: readonly SuggestedRule[];
  readonly leftOut: readonly LeftOut[];
}

export interface SuggestedRule {
  readonly pattern: string;
  readonly types: readonly string[];
  /** True: to be taken unless a person says otherwise. */
  readonly selected: boolean;
  readonly why: string;
  /** The preset that knows it. */
  readonly preset?: string;
  readonly need?: CatalogEntry['need'];
  /** Names that were asked, and how often; none of what is needed and was not asked yet. */
  readonly names: readonly string[];
  readonly count: number;
}

/**
 *   refused-on-purpose  telemetry and the like, or a deny rule of the group
 *   plex-direct         answered from its first label, when the group's plexDirect has it
 *   risky               see the risks
 *   other-types         answered, but with no address
 *   asked-once          within one hour of all the time
 *   many-labels         one of very many names of one domain, each asked once
 *   refused             whenever it was asked: what is behind it was never seen
 *   no-answer           nothing was found under it
 */
export type LeftOutCode =
  | 'refused-on-purpose'
  | 'plex-direct'
  | 'risky'
  | 'other-types'
  | 'asked-once'
  | 'many-labels'
  | 'refused'
  | 'no-answer';

export interface LeftOut {
  readonly name: string;
  readonly code: LeftOutCode;
  readonly why: string;
  readonly risks: readonly NameRisk[];
  readonly count: number;
}

export function suggest(input: SuggestInput): Suggestion {
  const { catalog, asked, standing, hashes } = input;
  const answered = asked.filter(({ types }) => types.length > 0);
  const presets = seenPresets(
    catalog,
    answered.map(({ name }) => name),
  );
  const recognised = new Set(presets.filter((one) => one.isRecognised).map(({ id }) => id));
  const rules = new Map<string, SuggestedRule>();
  const leftOut: LeftOut[] = [];
  const unknown: AskedName[] = [];
  const leave = (one: AskedName, code: LeftOutCode, why: string) => {
    const name = formatDomainName(one.name);
    leftOut.push({ name, code, why, risks: nameRisks(name, { hashes }), count: one.count });
  };

  for (const one of asked) {
    const stands = standing(one.name, one.types);
    if (stands === 'allow') continue;
    const entries = entriesOf(catalog, one.name);
    const never = entries.find(isNeverOpened);
    if (stands === 'deny') leave(one, 'refused-on-purpose', 'a rule of the group refuses it');
    else if (never !== undefined) leave(one, 'refused-on-purpose', never.why);
    else if (entries.some(({ alias }) => alias === 'own-only')) leave(one, 'plex-direct', PLEX_DIRECT);
    else if (one.types.length === 0 && one.refused) leave(one, 'refused', REFUSED);
    else if (one.types.length === 0) leave(one, 'no-answer', 'nothing was found under it');
    else if (entries.length === 0) unknown.push(one);
    else addKnown(rules, catalog, recognised, entries, one);
  }
  for (const rule of notAskedYet(input, recognised, rules)) rules.set(rule.pattern, rule);
  const rest = suggestUnknown(unknown, input);
  return { presets, rules: [...rules.values(), ...rest.rules], leftOut: [...leftOut, ...rest.leftOut] };
}

const REFUSED =
  'refused whenever it was asked, so it was never seen what is behind it: allow it for a while, or learn again';
const PLEX_DIRECT =
  'answered from its first label where the group’s plexDirect has the server, and refused otherwise: a rule would open any address';

function addKnown(
  rules: Map<string, SuggestedRule>,
  catalog: Catalog,
  recognised: ReadonlySet<string>,
  entries: readonly CatalogEntry[],
  one: AskedName,
): void {
  const [entry] = entries.toSorted(
    (a, b) =>
      Number(recognised.has(b.presetId)) - Number(recognised.has(a.presetId)) ||
      NEEDS.indexOf(a.need) - NEEDS.indexOf(b.need),
  );
  if (entry === undefined) return;
  const isRecognised = recognised.has(entry.presetId);
  // Of a wildcard inside a label no rule can be made: each name by itself.
  const pattern = entry.reach.kind === 'template' ? formatDomainName(one.name) : entry.pattern;
  const before = rules.get(pattern);
  rules.set(pattern, {
    ...suggestedOf(entry, pattern),
    selected: isRecognised && entry.need !== 'optional',
    why: isRecognised
      ? `${entry.need} for ${titleOf(catalog, entry)}: ${entry.why}`
      : `known from ${titleOf(catalog, entry)}, of which little else was asked: ${entry.why}`,
    names: [...(before?.names ?? []), formatDomainName(one.name)],
    count: (before?.count ?? 0) + one.count,
  });
}

const NEEDS: readonly CatalogEntry['need'][] = ['required', 'recommended', 'optional'];

/** What recognised software will ask one day (a codec at the first transcode), and would be refused then. */
function notAskedYet(
  { catalog, asked, standing }: SuggestInput,
  recognised: ReadonlySet<string>,
  rules: ReadonlyMap<string, SuggestedRule>,
): readonly SuggestedRule[] {
  const known = new Set([...rules.keys(), ...asked.map(({ name }) => formatDomainName(name))]);
  return [...catalog.presets.values()]
    .flatMap(({ entries }) => entries)
    .filter(
      ({ presetId, need, alias, pattern, reach, types }) =>
        recognised.has(presetId) &&
        need === 'required' &&
        alias === 'push' &&
        reach.kind !== 'template' &&
        !known.has(pattern) &&
        standing(reach.name, types) === 'none',
    )
    .map((entry) => ({
      ...suggestedOf(entry, entry.pattern),
      selected: true,
      why: `required for ${titleOf(catalog, entry)}, and not asked yet; without it: ${entry.breaks}`,
      names: [],
      count: 0,
    }));
}

function suggestedOf(entry: CatalogEntry, pattern: string) {
  return { pattern, types: ruleOf(entry)?.types ?? ADDRESSES, preset: entry.presetId, need: entry.need };
}

function titleOf(catalog: Catalog, { presetId }: CatalogEntry): string {
  return catalog.presets.get(presetId)?.title ?? presetId;
}

const ADDRESSES: readonly string[] = ['A', 'AAAA'];
