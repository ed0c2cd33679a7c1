/** Every key that can be written, with what is in force and who said so. Pure. */
import { isMap, type Layered, type Path, valueAt, type Written } from './layers.ts';
import { formatPath } from './load.ts';
import { type JsonSchema, SECTIONS, type SectionName, writtenSchema } from './schema/sections.ts';
import { isSecretPlace } from './secrets.ts';

export interface Setting {
  /** As in the file: sync.schedule, firewalls[0].alias. */
  readonly key: string;
  /** As it would be written; undefined: nothing is. Of a secret, that there is one. */
  readonly value: string | undefined;
  readonly defaultValue: string | undefined;
  /** 'env NAME', 'sallyport.yaml:12', 'argument --lan', 'database' or 'default'. */
  readonly source: string;
}

/** Groups are left out: what is in force for them is in the database. */
export function listSettings(written: Layered): readonly Setting[] {
  const schema = writtenSchema();
  return (Object.keys(SECTIONS) as SectionName[])
    .filter((name) => name !== 'groups')
    .flatMap((name) => settingsAt(schema.properties?.[name], [name], written));
}

function settingsAt(schema: JsonSchema | undefined, path: Path, written: Layered): readonly Setting[] {
  if (schema?.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([key, inner]) =>
      settingsAt(inner, [...path, key], written),
    );
  }
  const value = valueAt(written.values, path);
  if (path[0] === 'firewalls' && Array.isArray(value)) return firewallSettings(path, written);
  return [settingAt(path, written, schema)];
}

/** Of a firewall, what is written of it: there may be several, each with keys of its own. */
function firewallSettings(path: Path, written: Layered): readonly Setting[] {
  const value = valueAt(written.values, path);
  if (isSecretPlace(path)) return [settingAt(path, written)];
  if (isMap(value)) return Object.keys(value).flatMap((key) => firewallSettings([...path, key], written));
  if (Array.isArray(value) && value.some(isMap))
    return [...value.keys()].flatMap((index) => firewallSettings([...path, index], written));
  return [settingAt(path, written)];
}

function settingAt(
  path: Path,
  written: Layered,
  schema?: JsonSchema & { readonly default?: unknown },
): Setting {
  const value = valueAt(written.values, path);
  return {
    key: formatPath(path),
    value: value === undefined ? undefined : isSecret(path) ? SET : inWords(value),
    defaultValue: isAbsent(path, written)
      ? undefined
      : inWords((schema?.default ?? parsedDefault(path)) as Written | undefined),
    source: value === undefined ? 'default' : written.sourceOf(path),
  };
}

/** Of a part that nobody wrote and that is then not there, nothing is in force, defaults neither. */
function isAbsent(path: Path, written: Layered): boolean {
  const part = OPTIONAL.find((one) => one.every((key, index) => path[index] === key));
  return part !== undefined && valueAt(written.values, part) === undefined;
}

const OPTIONAL: readonly Path[] = [['oidc'], ['web', 'tls']];

/** A default that the schema of what is written does not tell, because it is put in while that is read. */
function parsedDefault(path: Path): unknown {
  const [section, ...rest] = path;
  const parsed = SECTIONS[section as SectionName].safeParse(undefined);
  const value = parsed.success ? valueAt(parsed.data as Written, rest) : undefined;
  const isPlain = Array.isArray(value) ? value.every((item) => typeof item === 'string') : !isMap(value);
  return isPlain ? value : undefined;
}

/** A key of the page may be written as its text. */
function isSecret(path: Path): boolean {
  return isSecretPlace(path) || formatPath(path).startsWith('web.tls.key');
}

function inWords(value: Written | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (!Array.isArray(value)) return isMap(value) ? JSON.stringify(value) : String(value);
  if (value.length === 0) return undefined;
  // What stands in such a list may be as secret as the token of a feed.
  return value.every((item) => typeof item === 'string') ? value.join(', ') : `${value.length} written`;
}

/** In the place of a secret. */
const SET = '••••';
