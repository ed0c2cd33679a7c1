/** What of a configuration differs from the one that runs and is no matter of groups: it counts at the next start. */
import { isMap, type Layered, type Path, type Written } from './layers.ts';
import { formatPath } from './load.ts';
import { SECTIONS } from './schema/sections.ts';

export interface LaterChange {
  /** As in firewalls[0].alias. */
  readonly key: string;
  readonly place: string | undefined;
}

/** Values are not told: there may be secrets among them. */
export function laterChanges(running: Layered, wanted: Layered): readonly LaterChange[] {
  const found: LaterChange[] = [];
  const look = (a: Written | undefined, b: Written | undefined, path: Path) => {
    if (JSON.stringify(a) === JSON.stringify(b)) return;
    const inside = keysOf(a, b);
    if (inside === undefined)
      found.push({ key: formatPath(path), place: b === undefined ? undefined : wanted.sourceOf(path) });
    else for (const key of inside) look(at(a, key), at(b, key), [...path, key]);
  };
  for (const name of Object.keys(SECTIONS)) {
    if (name !== 'groups' && name !== 'file') look(running.values[name], wanted.values[name], [name]);
  }
  return found;
}

/** Undefined where the two cannot be compared part by part. */
function keysOf(a: Written | undefined, b: Written | undefined): readonly (string | number)[] | undefined {
  if (isMap(a) && isMap(b)) return [...new Set([...Object.keys(a), ...Object.keys(b)])];
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) return [...a.keys()];
  return undefined;
}

function at(value: Written | undefined, key: string | number): Written | undefined {
  if (Array.isArray(value)) return (value as readonly Written[])[Number(key)];
  return isMap(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
}
