/** The catalog: presets of names that known software needs, each with what it is for and what breaks without it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type DomainName, formatDomainName, parseDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';

const entry = z.object({
  pattern: z.string(),
  types: z.array(z.enum(['A', 'AAAA', 'HTTPS', 'SRV', 'TXT'])).min(1),
  function: z.string(),
  need: z.enum(['required', 'recommended', 'optional']),
  why: z.string(),
  breaks: z.string(),
  shared_hosting: z.string(),
  confidence: z.enum(['high', 'medium', 'low']),
  ports: z.array(z.string()).default([]),
  /** never: answered or refused, but no address of it is opened. own-only: private addresses of one's own. */
  alias: z.enum(['push', 'own-only', 'never']),
  note: z.string().optional(),
});

const preset = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  default_enabled: z.boolean(),
  entries: z.array(entry),
  notes: z.array(z.string()).default([]),
});

export type PresetEntry = z.output<typeof entry>;

export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly defaultEnabled: boolean;
  readonly entries: readonly PresetEntry[];
  readonly notes: readonly string[];
}

/** A name and where the pattern reaches: the same words as in rules. */
interface Reach {
  readonly kind: 'exact' | 'below' | 'both';
  readonly name: DomainName;
}

export interface CatalogEntry extends PresetEntry {
  readonly presetId: string;
  readonly reach: Reach;
}

export interface Unsupported {
  readonly presetId: string;
  readonly pattern: string;
  readonly why: string;
}

export interface Catalog {
  readonly presets: ReadonlyMap<string, Preset>;
  readonly entries: readonly CatalogEntry[];
  /** Entries no rule can be made of; nothing is guessed for them. */
  readonly unsupported: readonly Unsupported[];
}

/** Reads <folder>/*.json but index.json, which only lists them. Throws Error naming the file that is not as it should be. */
export function loadCatalog(folder: string): Catalog {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== 'index.json')
    .sort();
  const presets = files.map((file) => readPreset(join(folder, file)));
  const entries: CatalogEntry[] = [];
  const unsupported: Unsupported[] = [];
  for (const { id, entries: written } of presets) {
    for (const one of written) {
      const reach = reachOf(one.pattern);
      if (typeof reach === 'string') unsupported.push({ presetId: id, pattern: one.pattern, why: reach });
      else entries.push({ ...one, presetId: id, reach });
    }
  }
  return { presets: new Map(presets.map((one) => [one.id, one])), entries, unsupported };
}

/** Throws not-found naming the presets there are. */
export function findPreset(catalog: Catalog, id: string): Preset {
  const found = catalog.presets.get(id);
  if (found !== undefined) return found;
  throw new KnownError('not-found', `preset ${id}`, {
    hint: `There are ${[...catalog.presets.keys()].join(', ')}.`,
  });
}

function readPreset(path: string): Preset {
  const result = preset.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!result.success) throw new Error(`${path}: ${z.prettifyError(result.error)}`);
  const { default_enabled, ...rest } = result.data;
  return { ...rest, defaultEnabled: default_enabled };
}

/** The reach, or why the pattern has none. */
function reachOf(pattern: string): Reach | string {
  const [kind, text] = pattern.startsWith('*.')
    ? (['below', pattern.slice(2)] as const)
    : pattern.startsWith('.')
      ? (['both', pattern.slice(1)] as const)
      : (['exact', pattern] as const);
  if (/[*<>{}[\]]/.test(text))
    return 'a wildcard or a template inside a label: rules know only name, *.name and .name';
  try {
    const name = parseDomainName(text);
    return formatDomainName(name) === text.toLowerCase() ? { kind, name } : 'not a plain domain name';
  } catch {
    return 'not a domain name';
  }
}
