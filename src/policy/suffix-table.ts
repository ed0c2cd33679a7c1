/**
 * Values under names, found for a name and everything above it in one walk over its octets, without making a string.
 * A policy of 100,000 rules is asked for names in no order, so what a look-up costs is the memory it touches: here a slot
 * of a flat table for each label, and the name itself only where the hash agrees.
 */
import { type DomainName, MAX_NAME_OCTETS, ROOT } from '../base/domain-name.ts';

export interface SuffixTable<Value> {
  /** What stands under the name and above it, the name's own first. */
  upwards(name: DomainName): readonly Value[];
}

/** Values of which `isForBelow` is false are found for their own name only, which spares looking at them for every child. */
export function buildSuffixTable<Value>(
  entries: ReadonlyMap<DomainName, Value>,
  isForBelow: (value: Value) => boolean,
): SuffixTable<Value> {
  const names = [...entries.keys()];
  const values = [...entries.values()];
  // At most half full, so that a name which is not there is soon known not to be.
  const size = 2 ** Math.ceil(Math.log2(Math.max(names.length, 1) * 2));
  const mask = size - 1;
  /** Number of the entry plus one, negative where it is for its own name only; 0 is empty. */
  const slots = new Int32Array(size);
  const hashes = new Int32Array(size);
  values.forEach((value, entry) => {
    const name = names[entry] ?? ROOT;
    const hash = hashBack(name, name.length, 0, SEED);
    let slot = spread(hash) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = isForBelow(value) ? entry + 1 : -entry - 1;
    hashes[slot] = hash;
  });

  /** The entry that equals the name from an octet on. */
  const find = (name: DomainName, from: number, hash: number): Value | undefined => {
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot] ?? 0;
      if (number === 0) return undefined;
      if (hashes[slot] !== hash || (number < 0 && from > 0)) continue;
      const entry = Math.abs(number) - 1;
      if (isRest(name, from, names[entry] ?? ROOT)) return values[entry];
    }
  };

  const starts = new Uint8Array(MAX_NAME_OCTETS);
  return {
    upwards(name) {
      let labels = 0;
      for (let at = 0; at < name.length; at += name.charCodeAt(at) + 1) starts[labels++] = at;
      const found: Value[] = [];
      let hash = SEED;
      let end = name.length;
      for (let label = labels - 1; label >= 0; label--) {
        const start = starts[label] ?? 0;
        hash = hashBack(name, end, start, hash);
        end = start;
        const value = find(name, start, hash);
        if (value !== undefined) found.push(value);
      }
      return found.reverse();
    },
  };
}

/** Octet by octet: endsWith() is a call out of compiled code, and dearer than a name is long. */
function isRest(name: string, from: number, rest: string): boolean {
  if (rest.length !== name.length - from) return false;
  for (let at = 0; at < rest.length; at++)
    if (rest.charCodeAt(at) !== name.charCodeAt(from + at)) return false;
  return true;
}

/** FNV-1a over the octets from `end` back to `start`, so that a parent's hash is a step on the way to its child's. */
function hashBack(name: string, end: number, start: number, seed: number): number {
  let hash = seed;
  for (let at = end - 1; at >= start; at--) hash = Math.imul(hash ^ name.charCodeAt(at), PRIME);
  return hash;
}

/** FNV's low bits say little of the octets that came last; its high bits are laid over them. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}

const SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
