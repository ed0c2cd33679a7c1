/**
 * The chain of the audit: the hash of each entry covers the entry and the hash of the one before.
 *
 *   start ── entry 1 ── entry 2 ── ... ── head
 *
 * Whoever changes, removes or slips in an entry has to write all later hashes anew, and then the head is another one
 * than the head that was noted elsewhere (each `sallyport audit verify` says it).
 */
import { createHash } from 'node:crypto';

/** A row as it is stored; the values are hashed as stored, so that nothing depends on how JSON is written. */
export interface ChainedRow {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly note: string;
  readonly origin: string;
  readonly reverts: number | null;
}

/** One place of the chain. */
export interface Link {
  readonly id: number;
  /** SHA-256, hexadecimal; empty before the first entry. */
  readonly hash: string;
}

export function hashEntry(previous: string, row: ChainedRow): string {
  const { id, at, actor, action, subject, before, after, note, origin, reverts } = row;
  // Absent in what was hashed before it was there.
  const more = reverts === null ? [] : [reverts];
  // JSON keeps the fields apart whatever is in them.
  const text = JSON.stringify([
    previous,
    id,
    at,
    actor,
    action,
    subject,
    before,
    after,
    note,
    origin,
    ...more,
  ]);
  return createHash('sha256').update(text).digest('hex');
}

export type ChainVerdict =
  | {
      readonly sound: true;
      readonly entries: number;
      readonly first?: number;
      readonly head: Link;
    }
  | { readonly sound: false; readonly entries: number; readonly brokenAt: number; readonly why: string };

/**
 * Follows the chain from its start. `noted` is a head that was noted earlier and must still be in it; one that is older
 * than the start can no longer be checked, which is a failure as well.
 */
export function verifyChain(
  start: Link,
  rows: Iterable<ChainedRow & { readonly hash: string }>,
  { lastId, noted }: { readonly lastId: number; readonly noted?: Link },
): ChainVerdict {
  let head = start;
  let first: number | undefined;
  let entries = 0;
  let seen = noted === undefined || (noted.id === start.id && noted.hash === start.hash);
  for (const row of rows) {
    const expected = hashEntry(head.hash, row);
    if (row.hash !== expected) {
      const why = `entry ${row.id} does not fit the one before it: one of the two was changed, or one between them removed`;
      return { sound: false, entries, brokenAt: row.id, why };
    }
    if (noted?.id === row.id) {
      if (noted.hash !== row.hash) {
        const why = `entry ${row.id} is not the one that was noted: the audit was written anew`;
        return { sound: false, entries, brokenAt: row.id, why };
      }
      seen = true;
    }
    first ??= row.id;
    head = { id: row.id, hash: row.hash };
    entries++;
  }
  if (head.id !== lastId) {
    const why = `the newest entries are missing: entry ${lastId} was written, and the last one there is ${head.id}`;
    return { sound: false, entries, brokenAt: head.id + 1, why };
  }
  if (!seen) {
    const why = `entry ${noted?.id} is not in the audit`;
    return { sound: false, entries, brokenAt: noted?.id ?? 0, why };
  }
  return { sound: true, entries, ...(first === undefined ? {} : { first }), head };
}
