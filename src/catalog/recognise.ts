/** Which software a host runs, by the names it asks: presets whose names were seen. */
import type { DomainName } from '../base/domain-name.ts';
import { entriesAbout } from './explain.ts';
import type { Catalog, CatalogEntry } from './load.ts';

export interface SeenPreset {
  readonly id: string;
  readonly title: string;
  /** Entries of which a name was asked, and all. */
  readonly seen: number;
  readonly entries: number;
  readonly requiredSeen: number;
  readonly required: number;
  readonly isRecognised: boolean;
}

/** What the catalog says of a name: all entries that are equally close to it, of whatever preset; empty when it knows none. */
export function entriesOf(catalog: Catalog, name: DomainName): readonly CatalogEntry[] {
  const all = entriesAbout(catalog, name);
  return all.filter(({ pattern }) => pattern === all[0]?.pattern);
}

/**
 * Presets of which something was seen:
 *
 *   required names  seen of them    names no other preset has  → recognised
 *   some            at least half   one seen, or a default one   yes
 *   none            -               one seen, or a default one   yes
 *   anything else                                                no
 *
 * plex.tv alone makes no Tautulli: a name that several presets have says nothing of which of them it was.
 */
export function seenPresets(catalog: Catalog, names: readonly DomainName[]): readonly SeenPreset[] {
  const seen = new Set(names.flatMap((name) => entriesOf(catalog, name)));
  const presetsOf = Map.groupBy(catalog.entries, ({ pattern }) => pattern);
  return [...catalog.presets.values()].flatMap(({ id, title, defaultEnabled, entries }) => {
    const found = entries.filter((entry) => seen.has(entry));
    if (found.length === 0) return [];
    const required = entries.filter(({ need }) => need === 'required');
    const requiredSeen = required.filter((entry) => seen.has(entry)).length;
    const isTold = defaultEnabled || found.some(({ pattern }) => presetsOf.get(pattern)?.length === 1);
    return {
      id,
      title,
      seen: found.length,
      entries: entries.length,
      requiredSeen,
      required: required.length,
      isRecognised: isTold && requiredSeen * 2 >= required.length,
    };
  });
}
