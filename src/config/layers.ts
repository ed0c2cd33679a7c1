/**
 * Values as they were written, before they are checked. Layers are laid over each other key by key;
 * a list is taken whole from the highest layer that has it.
 *
 *   arguments > environment > sallyport.yaml > database > defaults (in the schema)
 */

export type Written =
  | string
  | number
  | boolean
  | null
  | readonly Written[]
  | { readonly [key: string]: Written };
export type Path = readonly (string | number)[];

export interface Layer {
  readonly values: { readonly [key: string]: Written };
  /** Where the value at this path was written: 'env SALLYPORT_UPSTREAMS', 'sallyport.yaml:12'. */
  sourceOf(path: Path): string;
}

export interface Layered {
  readonly values: { readonly [key: string]: Written };
  sourceOf(path: Path): string;
}

/** `layers` from the highest to the lowest. */
export function layOver(layers: readonly Layer[]): Layered {
  let values: { readonly [key: string]: Written } = {};
  for (const layer of layers.toReversed()) values = merge(values, layer.values);
  return {
    values,
    sourceOf(path) {
      const holder = layers.find((layer) => holds(layer.values, path));
      return holder?.sourceOf(path) ?? 'default';
    },
  };
}

export function isMap(value: Written | undefined): value is { readonly [key: string]: Written } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function valueAt(values: Written | undefined, path: Path): Written | undefined {
  let at = values;
  for (const key of path) {
    if (Array.isArray(at) && typeof key === 'number') at = (at as readonly Written[])[key];
    else if (isMap(at) && Object.hasOwn(at, key)) at = at[String(key)];
    else return undefined;
  }
  return at;
}

/** The path with its value in place; lists in between are not made. */
export function withValue(path: readonly string[], value: Written): { readonly [key: string]: Written } {
  const [first = '', ...rest] = path;
  return { [first]: rest.length === 0 ? value : withValue(rest, value) };
}

export function merge(
  lower: { readonly [key: string]: Written },
  higher: { readonly [key: string]: Written },
): { readonly [key: string]: Written } {
  const merged: Record<string, Written> = { ...lower };
  for (const [key, value] of Object.entries(higher)) {
    const below = Object.hasOwn(lower, key) ? lower[key] : undefined;
    const both = isMap(below) && isMap(value) ? merge(below, value) : value;
    Object.defineProperty(merged, key, { value: both, enumerable: true, writable: true, configurable: true });
  }
  return merged;
}

/** A missing key is blamed on the layer that wrote its section. */
function holds(values: Written, path: Path): boolean {
  if (valueAt(values, path) !== undefined) return true;
  return (
    path.length > 1 && typeof path.at(-1) === 'string' && isInList(path) && holds(values, path.slice(0, -1))
  );
}

function isInList(path: Path): boolean {
  return path.some((key) => typeof key === 'number');
}
