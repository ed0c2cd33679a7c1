import { countLabels, type DomainName, isBelow } from '../base/domain-name.ts';
import type { Catalog, CatalogEntry } from './load.ts';

/** What the catalog knows of a name. */
export interface Explanation {
  readonly preset: { readonly id: string; readonly title: string };
  readonly pattern: string;
  readonly function: string;
  readonly need: CatalogEntry['need'];
  readonly why: string;
  readonly breaks: string;
  /** Whose addresses these are when others share them; 'unknown' and 'none-known' as the catalog says. */
  readonly sharedHosting: string;
}

/** The most specific entry that matches (exact, then the longest suffix); of equal ones, that of a preset on by default. */
export function explain(catalog: Catalog, name: DomainName): Explanation | undefined {
  const [best] = catalog.entries
    .filter(({ reach }) => matches(reach, name))
    .sort(
      (a, b) => specificity(b, name) - specificity(a, name) || isDefault(catalog, b) - isDefault(catalog, a),
    );
  if (best === undefined) return undefined;
  return {
    preset: { id: best.presetId, title: catalog.presets.get(best.presetId)?.title ?? best.presetId },
    pattern: best.pattern,
    function: best.function,
    need: best.need,
    why: best.why,
    breaks: best.breaks,
    sharedHosting: best.shared_hosting,
  };
}

function matches({ kind, name }: CatalogEntry['reach'], asked: DomainName): boolean {
  return (kind !== 'below' && asked === name) || (kind !== 'exact' && isBelow(asked, name));
}

function specificity({ reach }: CatalogEntry, asked: DomainName): number {
  return countLabels(reach.name) * 2 + (reach.kind === 'exact' && reach.name === asked ? 1 : 0);
}

function isDefault(catalog: Catalog, { presetId }: CatalogEntry): number {
  return catalog.presets.get(presetId)?.defaultEnabled === true ? 1 : 0;
}
