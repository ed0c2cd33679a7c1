/** sallyport.yaml: its values, and the line of each. */
import { isCollection, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { isMap as isWrittenMap, type Layer, type Path, type Written } from './layers.ts';
import type { Problem } from './problems.ts';

export interface YamlFile extends Layer {
  readonly problems: readonly Problem[];
}

/** `name` is what messages call the file. A file that is no YAML has no values, and a problem for each of its faults. */
export function readYaml(text: string, name: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  const problems: Problem[] = document.errors.map((error) => ({
    key: at(error.pos[0]),
    wanted: error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'not YAML',
  }));
  const values: Written = problems.length > 0 ? {} : ((document.toJS() as Written) ?? {});
  if (isCircular(values)) {
    return {
      values: {},
      problems: [{ key: name, wanted: 'an alias (*) must not stand inside what it repeats' }],
      sourceOf: () => name,
    };
  }
  if (!isWrittenMap(values)) {
    return {
      values: {},
      problems: [{ key: `${name}:1`, wanted: 'write `key: value` lines' }],
      sourceOf: () => name,
    };
  }
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
