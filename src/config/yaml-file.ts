/** sallyport.yaml: its values, and the line of each. */
import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { isMap as isWrittenMap, type Layer, type Path, type Written } from './layers.ts';
import type { Problem } from './problems.ts';

export interface YamlFile extends Layer {
  readonly problems: readonly Problem[];
}

/**
 * `name` is what messages call the file. A file that is no YAML has no values, and a problem for each of its faults.
 * The text may come from the network: what makes a reader of YAML run for minutes is a fault of the file.
 */
export function readYaml(text: string, name: string): YamlFile {
  const nothing = (key: string, wanted: string): YamlFile => ({
    values: {},
    problems: [{ key, wanted }],
    sourceOf: () => name,
  });
  if (DEEP.test(text)) return nothing(name, `nested more than ${MOST_DEPTH} levels deep`);

  const lines = new LineCounter();
  // The library's own check compares each key with each other one: minutes for a file of a megabyte.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, resolveKnownTags: false });
  const at = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  const problems: Problem[] = [...document.errors, ...document.warnings]
    .slice(0, MOST_FAULTS)
    .map((error) => ({
      key: at(error.pos[0]),
      wanted: error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'not YAML',
    }));
  if (problems.length === 0) problems.push(...keysTwice(document.contents, at));
  if (problems.length > 0) return { values: {}, problems, sourceOf: () => name };

  const values = valuesOf(document);
  if (values === undefined) return nothing(name, 'its aliases (*) repeat too much; write it out');
  if (isCircular(values)) return nothing(name, 'an alias (*) must not stand inside what it repeats');
  if (!isWrittenMap(values)) return nothing(`${name}:1`, 'write `key: value` lines');
  return {
    values,
    problems,
    sourceOf(path) {
      for (let part = path; part.length > 0; part = part.slice(0, -1)) {
        const offset = offsetOf(document.contents, part);
        if (offset !== undefined) return at(offset);
      }
      return name;
    },
  };
}

/** Levels; the configuration has seven. */
const MOST_DEPTH = 64;
const DEEP = new RegExp(`(?:(?:[[{?]|-\\s)\\s*){${MOST_DEPTH}}`);
/** Of a file that is no YAML at all, each line may be one. */
const MOST_FAULTS = 20;
/** Things that aliases repeat. */
const MOST_REPEATED = 100;

function valuesOf(document: Document): Written | undefined {
  try {
    return (document.toJS({ maxAliasCount: MOST_REPEATED }) as Written) ?? {};
  } catch (error) {
    // The library's word for a bomb of aliases.
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

function keysTwice(root: Node | null, at: (offset: number) => string): readonly Problem[] {
  const problems: Problem[] = [];
  if (root === null) return problems;
  visit(root, {
    Map(_, { items }) {
      const known = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const text = String(key.value);
        if (known.has(text) && problems.length < MOST_FAULTS)
          problems.push({ key: at(key.range?.[0] ?? 0), wanted: 'Map keys must be unique' });
        known.add(text);
      }
    },
  });
  return problems;
}

function isCircular(value: Written, above: readonly Written[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (above.includes(value)) return true;
  return Object.values(value).some((inner: Written) => isCircular(inner, [...above, value]));
}

/** Where the key (or the item of a list) at this path begins. */
function offsetOf(root: Node | null, path: Path): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const key of path) {
    if (!isCollection(node)) return undefined;
    if (isMap(node)) {
      const pair = node.items.find(
        (p) => isPair(p) && isScalar(p.key) && String(p.key.value) === String(key),
      );
      if (pair === undefined) return undefined;
      offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      node = pair.value;
    } else {
      const item = node.items[Number(key)] as Node | undefined;
      if (item === undefined) return undefined;
      offset = item.range?.[0];
      node = item;
    }
  }
  return offset;
}
