/** The catalog: presets of names that known software needs, each with what it is for and what breaks without it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { parseReach, type Reach } from './reach.ts';
import { type PresetEntry, PresetFile, type Symptom, SymptomFile, type Unnamed } from './schema.ts';

export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly updated: string;
  readonly defaultEnabled: boolean;
  readonly entries: readonly CatalogEntry[];
  /** What it reaches without a name. */
  readonly unnamed: readonly Unnamed[];
  readonly notes: readonly string[];
}

export interface CatalogEntry extends PresetEntry {
  readonly presetId: string;
  readonly reach: Reach;
}

export interface Catalog {
  readonly presets: ReadonlyMap<string, Preset>;
  /** Of all presets. */
  readonly entries: readonly CatalogEntry[];
  /** Every entry by the name its pattern ends in: a name is found by walking up from it. */
  readonly byName: ReadonlyMap<DomainName, readonly CatalogEntry[]>;
  readonly symptoms: readonly Symptom[];
}

/** Reads <folder>/*.json. Throws Error naming the file that is not as it should be. */
export function loadCatalog(folder: string): Catalog {
  const presets = readdirSync(folder)
    .filter((file) => file.endsWith('.json') && !NO_PRESETS.has(file))
    .sort()
    .map((file) => readPreset(join(folder, file)));
  return catalogOf(presets, readJson(join(folder, SYMPTOMS), SymptomFile).symptoms);
}

export function catalogOf(presets: readonly Preset[], symptoms: readonly Symptom[] = []): Catalog {
  const entries = presets.flatMap((one) => one.entries);
  return {
    presets: new Map(presets.map((one) => [one.id, one])),
    entries,
    byName: Map.groupBy(entries, ({ reach }) => reach.name),
    symptoms,
  };
}

/** Throws not-found naming the presets there are. */
export function findPreset(catalog: Catalog, id: string): Preset {
  const found = catalog.presets.get(id);
  if (found !== undefined) return found;
  throw new KnownError('not-found', `preset ${id}`, {
    hint: `There are ${[...catalog.presets.keys()].join(', ')}.`,
  });
}

/** A preset as it is written in a file. Throws ZodError, RangeError. */
export function parsePreset(written: unknown): Preset {
  const { default_enabled, entries, $schema: _, ...rest } = PresetFile.parse(written);
  const patterns = entries.map(({ pattern }) => pattern);
  const twice = patterns.find((pattern, at) => patterns.indexOf(pattern) !== at);
  if (twice !== undefined) throw new RangeError(`${twice} is there twice`);
  return {
    ...rest,
    defaultEnabled: default_enabled,
    entries: entries.map((entry) => ({ ...entry, presetId: rest.id, reach: parseReach(entry.pattern) })),
  };
}

const SYMPTOMS = 'symptoms.json';
const NO_PRESETS: ReadonlySet<string> = new Set(['schema.json', SYMPTOMS]);

function readPreset(path: string): Preset {
  try {
    return parsePreset(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw notAsItShouldBe(path, error);
  }
}

function readJson<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw notAsItShouldBe(path, error);
  }
}

function notAsItShouldBe(path: string, cause: unknown): Error {
  const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
  return new Error(`${path}: ${why}`, { cause });
}
