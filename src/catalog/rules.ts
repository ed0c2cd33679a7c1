import { type Catalog, type CatalogEntry, findPreset } from './load.ts';

/** A rule that a preset brings; the caller adds group, time and who. */
export interface PresetRule {
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
  readonly types: readonly string[];
  readonly note: string;
  readonly preset: string;
}

/**
 * The rules of the presets, each once per preset. HTTPS is left out where a name has addresses as well: its hints would
 * have to be cut, and every client falls back to A and AAAA. Names of *.plex.direct are not rules: they are answered
 * from their first label, as the group's plexDirect says. Throws not-found for an unknown preset.
 */
export function entriesFor(catalog: Catalog, presetIds: readonly string[]): readonly PresetRule[] {
  for (const id of presetIds) findPreset(catalog, id);
  return catalog.entries
    .filter(({ presetId, alias }) => presetIds.includes(presetId) && alias !== 'own-only')
    .map((entry) => ({
      action: isNeverOpened(entry) ? 'deny' : 'allow',
      pattern: entry.pattern,
      types: answered(entry.types),
      note: entry.why,
      preset: entry.presetId,
    }));
}

/** Telemetry and the like, listed so that people see what is refused, and why: to allow an address is to open it. */
function isNeverOpened({ types, alias }: CatalogEntry): boolean {
  return alias === 'never' && (types.includes('A') || types.includes('AAAA'));
}

function answered(types: readonly string[]): readonly string[] {
  const more = types.filter((type) => type !== 'HTTPS');
  return more.length === 0 ? types : more;
}
