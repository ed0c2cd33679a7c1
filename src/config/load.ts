/**
 * The configuration, from where it is written to what the house is given.
 *
 *   arguments ─┐
 *   environment ├─▶ laid over each other ─▶ {file} and {env} replaced ─▶ each section checked ─▶ checked together ─▶ Config
 *   sallyport.yaml │
 *   database ──┘                                        every problem is collected; one error names them all
 */
import type { z } from 'zod';
import { type CommandLine, readArguments } from './arguments.ts';
import { crossCheck } from './checks.ts';
import { databaseLayer } from './database.ts';
import { type Environment, type ReadFile, readEnvironment } from './environment.ts';
import { type Layered, layOver, type Path, valueAt, type Written } from './layers.ts';
import { configInvalid, nearest, type Problem } from './problems.ts';
import {
  type Config,
  type JsonSchema,
  SECTIONS,
  type SectionName,
  writtenSchema,
} from './schema/sections.ts';
import { resolveSecrets } from './secrets.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

export interface LoadOptions {
  readonly env: Environment;
  readonly argv?: readonly string[];
  /** Throws when the file cannot be read, as readFileSync does. */
  readonly readFile: ReadFile;
  /** What was set on the page; empty for the first reading, which only says where the database is. */
  readonly databaseSettings: Readonly<Record<string, Written>>;
  /** Of the file these sections only, and whatever else is wrong with it is not looked at. */
  readonly only?: readonly SectionName[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** For each key that was written, and each section: 'env NAME', 'sallyport.yaml:LINE', 'argument --lan', 'database' or 'default'. */
  readonly sources: ReadonlyMap<string, string>;
  /** The file that was read, when there was one. */
  readonly file: string | undefined;
  /** Before secrets were put in and anything was checked. */
  readonly written: Layered;
}

/** Throws KnownError config-invalid that lists everything that is wrong. */
export function loadConfig({ env, argv = [], readFile, databaseSettings, only }: LoadOptions): LoadedConfig {
  const problems: Problem[] = [];
  const commandLine = readArguments(argv);
  const whole = readConfigFile(commandLine, env, readFile, problems);
  const yaml =
    whole === undefined || only === undefined ? whole : { ...whole, file: narrowed(whole.file, only) };
  const environment = readEnvironment(env, readFile);
  problems.push(...commandLine.problems, ...environment.problems, ...(yaml?.file.problems ?? []));

  const written = layOver([
    commandLine,
    environment,
    ...(yaml === undefined ? [] : [yaml.file]),
    databaseLayer(databaseSettings),
  ]);
  const report = reportInto(problems, written);
  const values = resolveSecrets(written.values, { env, readFile, problem: report });

  const config = checkSections(values, report);
  for (const { path, wanted } of crossCheck(config)) report(path, wanted);
  if (problems.length > 0) throw configInvalid(problems);
  return { config: config as Config, sources: sourcesOf(written), file: yaml?.path, written };
}

/** Where the file of the configuration is looked for. */
export function configPath(env: Environment, argv: readonly string[]): string {
  return readArguments(argv).configPath ?? (env['SALLYPORT_CONFIG'] || DEFAULT_FILE);
}

const DEFAULT_FILE = 'sallyport.yaml';

function narrowed(file: YamlFile, only: readonly SectionName[]): YamlFile {
  const names: readonly string[] = only;
  const values = Object.fromEntries(Object.entries(file.values).filter(([key]) => names.includes(key)));
  return { ...file, problems: [], values };
}

/** `quiet` leaves the value out: behind a misspelt key there may be a secret. */
export type Report = (path: Path, wanted: string, options?: { readonly quiet?: boolean }) => void;

export function reportInto(problems: Problem[], written: Layered): Report {
  return (path, wanted, { quiet = false } = {}) => {
    problems.push({ key: describeKey(written, path), ...(quiet ? {} : shown(written, path)), wanted });
  };
}

export function checkSections(values: { readonly [key: string]: Written }, report: Report): Partial<Config> {
  // It takes longer to make than everything else here, and is asked only about what is misspelt.
  let made: JsonSchema | undefined;
  const known = () => {
    made ??= writtenSchema();
    return made;
  };
  for (const key of Object.keys(values))
    if (!Object.hasOwn(SECTIONS, key)) report([key], unknownKey(key, known()), { quiet: true });
  const sections: [string, unknown][] = [];
  for (const [name, schema] of Object.entries(SECTIONS)) {
    const result = schema.safeParse(values[name]);
    if (result.success) sections.push([name, result.data]);
    for (const issue of result.error?.issues ?? []) {
      const path = [name, ...(issue.path as Path)];
      if (issue.code !== 'unrecognized_keys') report(path, inWords(issue));
      else
        for (const key of issue.keys)
          report([...path, key], unknownKey(key, schemaAt(known(), path)), { quiet: true });
    }
  }
  return Object.fromEntries(sections) as Partial<Config>;
}

/** Where the schema has no words of its own. */
function inWords(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message;
  return KINDS[issue.expected] ?? issue.message;
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'write keys of its own below it',
  array: 'write a list, as in [a, b]',
  string: 'write text',
  number: 'write a number',
};

function unknownKey(key: string, schema: JsonSchema | undefined): string {
  const keys = Object.keys(schema?.properties ?? {});
  const near = nearest(key, keys);
  return near === undefined
    ? `unknown key; known are ${keys.join(', ')}`
    : `unknown key; did you mean ${near}?`;
}

function schemaAt(schema: JsonSchema, path: Path): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema;
  for (const key of path) {
    at = typeof key === 'number' ? at?.items : at?.properties?.[key];
    at = at?.anyOf?.find((choice) => choice.properties !== undefined) ?? at;
  }
  return at;
}

/** An explicit path must be there; ./sallyport.yaml may be. */
function readConfigFile(
  commandLine: CommandLine,
  env: Environment,
  readFile: ReadFile,
  problems: Problem[],
): { readonly path: string; readonly file: YamlFile } | undefined {
  const named = commandLine.configPath ?? (env['SALLYPORT_CONFIG'] || undefined);
  const path = named ?? DEFAULT_FILE;
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (named === undefined && missing) return undefined;
    const key = commandLine.configPath === undefined ? 'env SALLYPORT_CONFIG' : 'argument --config';
    problems.push({
      key: named === undefined ? path : key,
      value: path,
      wanted: missing ? 'there is no such file' : 'Sallyport may not read this file',
    });
    return undefined;
  }
  return { path, file: readYaml(text, path.split('/').at(-1) ?? path) };
}

function describeKey(written: Layered, path: Path): string {
  const source = written.sourceOf(path);
  const key = formatPath(path);
  if (source.startsWith('env ') || source.startsWith('argument ')) return source;
  return source === 'default' ? key : `${source} ${key}`;
}

const SECRET_KEYS: ReadonlySet<string | number> = new Set([
  'key',
  'secret',
  'clientSecret',
  'token',
  'headers',
  'adminPassword',
  'apiToken',
]);

function shown(written: Layered, path: Path): { readonly value?: unknown } {
  const value = valueAt(written.values, path);
  if (value === undefined || (typeof value === 'object' && value !== null)) return {};
  return path.some((key) => SECRET_KEYS.has(key)) ? { value: '[redacted]' } : { value };
}

export function formatPath(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}

function sourcesOf(written: Layered): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  const walk = (value: Written | undefined, path: Path) => {
    sources.set(formatPath(path), written.sourceOf(path));
    if (Array.isArray(value))
      for (const [i, item] of (value as readonly Written[]).entries()) walk(item, [...path, i]);
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
  };
  for (const name of Object.keys(SECTIONS) as SectionName[]) walk(written.values[name], [name]);
  return sources;
}
