/**
 * Entries by domain name, each joined to that of its parent, so that one look finds all that stand above a name.
 *
 * A tree of maps does the same at four times the cost among a hundred thousand names: each label is cut out, hashed and
 * looked up in a map of its own, all over the memory. Here one hash grows with the suffix, and one table holds them all.
 */
import { type DomainName, MAX_NAME_OCTETS, parentOf } from '../base/domain-name.ts';

export interface Named<T> {
  readonly name: string;
  /** Undefined below the root, which has no entry. */
  readonly parent: T | undefined;
}

export interface NameTable<T> {
  /** The entry of the name, or of the nearest parent that has one. */
  nearest(name: DomainName): T | undefined;
  /** The entry of the name; it and its parents are made where they are missing. */
  obtain(name: DomainName): T;
}

/** `create` makes an entry of what the table has to find in it. */
export function createNameTable<T extends Named<T>>(create: (named: Named<T>) => T): NameTable<T> {
  /** Open addressing: an entry stands at the place its hash says, or at the next free one. At most half are taken. */
  let entries: (T | undefined)[] = new Array(FIRST_PLACES).fill(undefined);
  /** The hashes of the entries, where most that do not fit are passed by; 0: free. */
  let hashes = new Int32Array(FIRST_PLACES);
  let taken = 0;

  /** Where the suffix of the name that begins at `start` stands, or would. */
  const placeOf = (hash: number, name: string, start: number): number => {
    const last = hashes.length - 1;
    for (let at = (hash ^ (hash >>> 15)) & last; ; at = (at + 1) & last) {
      const there = hashes[at];
      if (there === 0) return at;
      // A hash can be made to fit by whoever asks; the name cannot.
      if (there === hash && isSuffix(entries[at]?.name ?? '', name, start)) return at;
    }
  };

  const put = (entry: T, hash: number): void => {
    const place = placeOf(hash, entry.name, 0);
    entries[place] = entry;
    hashes[place] = hash;
  };

  const grow = (): void => {
    const [formerEntries, formerHashes] = [entries, hashes];
    entries = new Array(formerEntries.length * 2).fill(undefined);
    hashes = new Int32Array(formerHashes.length * 2);
    for (const [place, entry] of formerEntries.entries())
      if (entry !== undefined) put(entry, formerHashes[place] ?? 0);
  };

  const table: NameTable<T> = {
    nearest(name) {
      const labels = hashSuffixes(name);
      for (let label = 0; label < labels; label++) {
        const entry = entries[placeOf(suffixHashes[label] ?? 0, name, starts[label] ?? 0)];
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
    obtain(name) {
      const found = table.nearest(name);
      if (found?.name.length === name.length) return found;
      const above = parentOf(name);
      if (above === undefined) throw new RangeError('the root has no entry');
      const parent = above.length > 1 ? table.obtain(above) : undefined;
      const entry = create({ name: inOnePiece(name), parent });
      taken++;
      if (taken * 2 > entries.length) grow();
      hashSuffixes(name);
      put(entry, suffixHashes[0] ?? 0);
      return entry;
    },
  };
  return table;
}

/** Fills in where each label of the name begins, and a hash of all from there on; returns how many labels there are. */
function hashSuffixes(name: DomainName): number {
  let labels = 0;
  for (let at = 0; at < name.length - 1; at += name.charCodeAt(at) + 1) starts[labels++] = at;
  let hash = 0;
  let at = name.length - 1;
  for (let label = labels - 1; label >= 0; label--) {
    const start = starts[label] ?? 0;
    while (at > start) hash = (Math.imul(hash, HASH_FACTOR) + name.charCodeAt(--at)) | 0;
    suffixHashes[label] = hash === 0 ? 1 : hash;
  }
  return labels;
}

function isSuffix(suffix: string, name: string, start: number): boolean {
  return start === 0 ? suffix === name : suffix.length === name.length - start && name.endsWith(suffix);
}

/** A slice points to what it was cut from, and that to what it was put together from: three places to look at for one. */
function inOnePiece(name: string): string {
  return Buffer.from(name, 'latin1').toString('latin1');
}

/** A power of two, as every size of the table. */
const FIRST_PLACES = 16;

/** That of the FNV hash (RFC 9923 section 5), which spreads short texts well. */
const HASH_FACTOR = 0x0100_0193;

/** Of the name looked at last; a label has two octets at least. */
const MAX_LABELS = Math.ceil(MAX_NAME_OCTETS / 2);
const starts = new Uint8Array(MAX_LABELS);
const suffixHashes = new Int32Array(MAX_LABELS);
