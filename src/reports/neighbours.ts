/** What else runs on a host: presets that are recognised in what its group asked. */
import type { Neighbour, Neighbours, NeighboursInput, SeenName } from '../actions/reports/neighbours.ts';
import { formatDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { entriesAbout } from '../catalog/explain.ts';
import type { Catalog, CatalogEntry, Preset } from '../catalog/load.ts';
import { isReached } from '../catalog/reach.ts';
import { seenPresets } from '../catalog/recognise.ts';
import { findGroupByName } from '../store/groups.ts';
import { takings } from '../store/preset-takings.ts';
import { type Use, usesOf } from '../store/querylog/uses.ts';
import type { ReportDeps } from './scope.ts';

export function neighbours({ main, queryLog, catalog }: Pick<ReportDeps, 'main' | 'queryLog' | 'catalog'>) {
  return ({ group: name, since }: NeighboursInput): Neighbours => {
    const group = findGroupByName(main, name);
    if (group === undefined) throw new KnownError('not-found', `group ${name}`);
    const taken = new Set(takings(main, group.id).map(({ preset }) => preset));
    const known = new Map<string, readonly Use[]>();
    const usesFor = ({ pattern, reach }: CatalogEntry): readonly Use[] => {
      const before = known.get(pattern);
      if (before !== undefined) return before;
      const kind = reach.kind === 'template' ? 'below' : reach.kind;
      const uses = usesOf(queryLog, { groupId: group.id, since, kind, name: reach.name }).filter((use) =>
        isReached(reach, use.name),
      );
      known.set(pattern, uses);
      return uses;
    };
    const asked = catalog.entries.flatMap((entry) => usesFor(entry).map((use) => use.name));
    const recognised = new Set(
      seenPresets(catalog, [...new Set(asked)])
        .filter(({ isRecognised }) => isRecognised)
        .map(({ id }) => id),
    );
    const found = [...catalog.presets.values()]
      .filter(({ id }) => !taken.has(id))
      .flatMap((preset) => recognise(catalog, preset, { taken, recognised, usesFor }) ?? []);
    return { group: name, since, items: found.sort(byEvidence) };
  };
}

interface Seeing {
  readonly taken: ReadonlySet<string>;
  readonly recognised: ReadonlySet<string>;
  readonly usesFor: (entry: CatalogEntry) => readonly Use[];
}

/** Undefined: none of its names was asked, or only such as what the group has explains. */
function recognise(
  catalog: Catalog,
  preset: Preset,
  { taken, recognised, usesFor }: Seeing,
): Neighbour | undefined {
  const seen = preset.entries.flatMap((entry) =>
    [...Map.groupBy(usesFor(entry), ({ name }) => name)].map(([name, uses]) => {
      const presets = new Set(entriesAbout(catalog, name).map(({ presetId }) => presetId));
      return {
        told: seenName(entry, uses),
        only: presets.size === 1,
        explained: [...presets].some((id) => taken.has(id)),
      };
    }),
  );
  if (seen.every(({ explained }) => explained)) return undefined;
  const required = preset.entries.filter(({ need }) => need === 'required');
  const requiredSeen = required.filter((entry) => usesFor(entry).length > 0);
  const only = seen.filter((one) => one.only);
  return {
    preset: preset.id,
    title: preset.title,
    recognised: recognised.has(preset.id),
    required: required.length,
    requiredSeen: requiredSeen.length,
    onlyHere: only.map(({ told }) => told.name),
    seen: seen.map(({ told }) => told),
    sentence: sentenceFor({
      title: preset.title,
      required: required.length,
      requiredSeen: requiredSeen.length,
      seen: seen.length,
      only: only.map(({ told }) => told.name),
    }),
  };
}

function seenName({ pattern, need }: CatalogEntry, uses: readonly Use[]): SeenName {
  const [first] = uses;
  if (first === undefined) throw new Error(`${pattern} was seen without a use`);
  return {
    name: formatDomainName(first.name),
    pattern,
    need,
    count: uses.reduce((sum, { count }) => sum + count, 0),
    refused: uses.reduce((sum, { verdict, count }) => sum + (verdict === 'denied' ? count : 0), 0),
    lastAt: Math.max(...uses.map(({ lastAt }) => lastAt)),
  };
}

function sentenceFor(evidence: {
  readonly title: string;
  readonly required: number;
  readonly requiredSeen: number;
  readonly seen: number;
  readonly only: readonly string[];
}): string {
  const { title, required, requiredSeen, seen, only } = evidence;
  const share =
    required === 0
      ? `${seen === 1 ? 'one name of it was' : `${seen} names of it were`} asked`
      : `${requiredSeen} of the ${required} names it needs were asked, ${seen} of all its names`;
  const [first] = only;
  const alone =
    first === undefined
      ? 'other presets have those names too'
      : `no other preset has ${first}${only.length === 1 ? '' : ` and ${only.length - 1} more`}`;
  return `${title}: ${share}; ${alone}.`;
}

/** What is recognised first, by the share of what it needs, then by how much of it nothing else explains. */
function byEvidence(a: Neighbour, b: Neighbour): number {
  const share = ({ required, requiredSeen }: Neighbour) => (required === 0 ? 0 : requiredSeen / required);
  return (
    Number(b.recognised) - Number(a.recognised) ||
    share(b) - share(a) ||
    b.onlyHere.length - a.onlyHere.length ||
    b.seen.length - a.seen.length
  );
}
