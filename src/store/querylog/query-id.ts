/**
 * The id of a logged query is its time: ms since 1970 times 1024, plus a serial number within the millisecond.
 * So the primary key is the order, the time filter and the cursor, and no index on the time is needed.
 * 53 bits last until the year 2248.
 */
const PER_MS = 1024;

export function firstIdAt(at: number): number {
  return at * PER_MS;
}

export function timeOfId(id: number): number {
  return Math.floor(id / PER_MS);
}
