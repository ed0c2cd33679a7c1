/** What is in force, as a file that would bring it about. */
import { Document, stringify } from 'yaml';
import { isMap, type Layered, type Path, type Written, withValue } from './layers.ts';
import { formatPath } from './load.ts';
import { momentText, settingFields, type Value } from './plan/plan.ts';
import type { AddressState, GroupState, RuleState } from './plan/state.ts';
import { SECTIONS, type SectionName } from './schema/sections.ts';
import { isSecretPlace } from './secrets.ts';

export interface ExportInput {
  readonly groups: readonly GroupState[];
  /** Everything else, as it was written. */
  readonly written: Layered;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Comments at the top. */
  readonly notes: readonly string[];
}

/** Secrets are in it as the names of the files and variables they come from, or not at all: then a comment says which to set. */
export function exportYaml({ groups, written, env, notes }: ExportInput): string {
  const left: string[] = [];
  const content: Record<string, Value> = {};
  for (const name of Object.keys(SECTIONS) as SectionName[]) {
    const value = name === 'groups' ? groups.map(groupValue) : sectionValue(name, { written, env, left });
    if (value !== undefined) content[name] = value;
  }
  const document = new Document(content);
  const comments = [
    ...notes,
    ...left.map(
      (what) => `Not exported, because it was written as a value: ${what}. Set it before you use this file.`,
    ),
  ];
  if (comments.length > 0) document.commentBefore = comments.map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: 120 });
}

/** A rule or an address as an item of its list. */
export function itemYaml(item: RuleState | AddressState): string {
  return stringify(['pattern' in item ? ruleValue(item) : addressValue(item)]);
}

function groupValue(group: GroupState): Value {
  const { name, clients, settings, presets, rules, addresses } = group;
  let value: { readonly [key: string]: Written } = { name, clients };
  const fields = {
    ...(settings.mode === undefined ? {} : { mode: settings.mode }),
    ...settingFields(settings),
  };
  for (const [field, setting] of Object.entries(fields)) {
    const [section = '', key] = field.split('.');
    const inner = value[section];
    value = {
      ...value,
      ...(key === undefined
        ? withValue([section], setting)
        : { [section]: { ...(isMap(inner) ? inner : {}), [key]: setting } }),
    };
  }
  return {
    ...value,
    ...(presets.length === 0 ? {} : { presets }),
    ...(addresses.length === 0 ? {} : { addresses: addresses.map(addressValue) }),
    ...(rules.length === 0 ? {} : { rules: rules.map(ruleValue) }),
  };
}

function ruleValue({ action, pattern, types, note, until, warm, private: isPrivate }: RuleState): Value {
  return {
    [action]: pattern,
    ...(types.join() === 'A,AAAA' ? {} : { types }),
    ...(note === '' ? {} : { note }),
    ...(until === undefined ? {} : { until: momentText(until) }),
    ...(warm === 'auto' ? {} : { warm: warm === 'always' }),
    ...(isPrivate ? { private: true } : {}),
  };
}

function addressValue({ address, ports, note, until }: AddressState): Value {
  return {
    cidr: address,
    ...(ports.length === 0 ? {} : { ports }),
    ...(note === '' ? {} : { note }),
    ...(until === undefined ? {} : { until: momentText(until) }),
  };
}

interface Section extends Pick<ExportInput, 'written' | 'env'> {
  readonly left: string[];
}

function sectionValue(name: SectionName, section: Section): Value | undefined {
  // Where the data is kept belongs to the machine, and accounts to nobody's repository.
  if (name === 'dataDir' || name === 'adminPassword' || name === 'apiToken') return undefined;
  const value = section.written.values[name];
  return value === undefined ? undefined : exported(value, [name], section);
}

function exported(value: Written, path: Path, section: Section): Value | undefined {
  if (isSecretPlace(path) && !isReference(value)) return reference(path, section);
  if (typeof value === 'string') return withoutSecrets(value, path, section);
  if (Array.isArray(value))
    return (value as readonly Written[]).flatMap((item, i) => exported(item, [...path, i], section) ?? []);
  if (!isMap(value)) return value as Value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, exported(inner, [...path, key], section)] as const,
  );
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined)) as Value;
}

function isReference(value: Written): boolean {
  return isMap(value) && Object.keys(value).length === 1 && ('file' in value || 'env' in value);
}

/** From the environment it is known by its variable; a value in a file is left out. */
function reference(path: Path, { written, env, left }: Section): Value | undefined {
  const source = written.sourceOf(path);
  const variable = source.startsWith('env ') ? source.slice('env '.length) : undefined;
  if (variable?.endsWith('_FILE')) return { file: env[variable] ?? '' };
  if (variable !== undefined) return { env: variable };
  left.push(`${formatPath(path)} (${source})`);
  return undefined;
}

/** Of an address its user, password and query may be secret; PEM text may have a key in it. */
function withoutSecrets(text: string, path: Path, { left, written }: Section): Value | undefined {
  const clean = text.replace(/\/\/[^/@]*@/, '//').replace(/(^https?:\/\/[^?]*)\?.*$/, '$1');
  if (clean === text && !text.includes('PRIVATE KEY-----')) return text;
  left.push(`${clean === text ? '' : 'a part of '}${formatPath(path)} (${written.sourceOf(path)})`);
  return clean === text ? undefined : clean;
}
