import { type Catalog, type CatalogEntry, findPreset, type Preset } from './load.ts';

/** A rule that a preset brings; the caller adds group, time and who. */
export interface PresetRule {
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
  readonly types: readonly string[];
  readonly note: string;
  readonly preset: string;
}

/** The rules of the presets, each once per preset. Throws not-found for an unknown preset. */
export function entriesFor(catalog: Catalog, presetIds: readonly string[]): readonly PresetRule[] {
  return presetIds.flatMap((id) => rulesOf(findPreset(catalog, id)));
}

export function rulesOf({ entries }: Preset): readonly PresetRule[] {
  return entries.flatMap((entry) => ruleOf(entry) ?? []);
}

/**
 * HTTPS is left out where a name has addresses as well: its hints would have to be cut, and every client falls back to A and AAAA.
 * Undefined: no rule can be made of it. Names of *.plex.direct are answered from their first label, as the group's plexDirect says.
 */
export function ruleOf(entry: CatalogEntry): PresetRule | undefined {
  if (entry.alias === 'own-only' || entry.reach.kind === 'template') return undefined;
  return {
    action: isNeverOpened(entry) ? 'deny' : 'allow',
    pattern: entry.pattern,
    types: answered(entry.types),
    note: entry.why,
    preset: entry.presetId,
  };
}

/** Telemetry and the like, listed so that people see what is refused, and why: to allow an address is to open it. */
export function isNeverOpened({ types, alias }: CatalogEntry): boolean {
  return alias === 'never' && (types.includes('A') || types.includes('AAAA'));
}

function answered(types: readonly string[]): readonly string[] {
  const more = types.filter((type) => type !== 'HTTPS');
  return more.length === 0 ? types : more;
}
