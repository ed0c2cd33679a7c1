import { type DomainName, parentOf } from '../base/domain-name.ts';
import { type AddressSharing, addressSharing } from './hosting.ts';
import type { Catalog, CatalogEntry } from './load.ts';
import { isReached } from './reach.ts';
import { isNeverOpened } from './rules.ts';

/** What the catalog knows of a name, in short. */
export interface Explanation {
  readonly preset: string;
  readonly title: string;
  readonly pattern: string;
  readonly function: string;
  readonly need: CatalogEntry['need'];
  readonly why: string;
  /** What a person sees when it is refused. */
  readonly breaks: string;
  readonly addresses: AddressSharing;
  /** Refused on purpose: telemetry and the like, which nobody has to allow. */
  readonly refused: boolean;
}

/** The most specific entry that matches (exact, then the longest suffix); of equal ones, that of a preset on by default. */
export function explain(catalog: Catalog, name: DomainName): Explanation | undefined {
  const [best] = entriesAbout(catalog, name);
  return best === undefined ? undefined : explanationOf(catalog, best, isRefusedOnPurpose(catalog, name));
}

export function explanationOf(catalog: Catalog, entry: CatalogEntry, refused: boolean): Explanation {
  return {
    preset: entry.presetId,
    title: catalog.presets.get(entry.presetId)?.title ?? entry.presetId,
    pattern: entry.pattern,
    function: entry.function,
    need: entry.need,
    why: entry.why,
    breaks: entry.breaks,
    addresses: addressSharing(entry.shared_hosting, entry.hosting_verified),
    refused,
  };
}

/** Every entry that matches, the most specific first: looked for at the name and at what is above it, not in the whole catalog. */
export function entriesAbout(catalog: Catalog, name: DomainName): readonly CatalogEntry[] {
  const found: CatalogEntry[] = [];
  for (let at: DomainName | undefined = name; at !== undefined; at = parentOf(at)) {
    const here = catalog.byName.get(at)?.filter(({ reach }) => isReached(reach, name));
    if (here !== undefined)
      found.push(...here.sort((a, b) => rank(catalog, a, name) - rank(catalog, b, name)));
  }
  return found;
}

/** True when every preset that knows the name just so refuses it. */
export function isRefusedOnPurpose(catalog: Catalog, name: DomainName): boolean {
  const all = entriesAbout(catalog, name);
  const [best] = all;
  return best !== undefined && all.filter(({ reach }) => reach.name === best.reach.name).every(isNeverOpened);
}

/** Among those of one name. */
function rank(catalog: Catalog, { reach, presetId }: CatalogEntry, name: DomainName): number {
  const isExact = reach.kind === 'exact' && reach.name === name;
  return (isExact ? 0 : 2) + (catalog.presets.get(presetId)?.defaultEnabled === true ? 0 : 1);
}
