/**
 * Pages of lists that are in memory as a whole. Without a limit or a cursor all of it in its own order; else in the order of the keys,
 * each page beginning behind the last key of the one before, so that what comes and goes meanwhile moves nothing to another page.
 */
export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export function pageOfAll<Item>(
  items: readonly Item[],
  { cursor, limit }: PageRequest,
  keyOf: (item: Item) => string,
): { readonly items: readonly Item[]; readonly nextCursor?: string } {
  if (cursor === undefined && limit === undefined) return { items };
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString('utf8');
  const rest = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = rest.slice(0, limit ?? USUAL_LIMIT);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(last === undefined || page.length === rest.length
      ? {}
      : { nextCursor: Buffer.from(last.key, 'utf8').toString('base64url') }),
  };
}

/** A number as a key: in the order of the numbers. */
export function keyOfId(id: number): string {
  return String(id).padStart(ID_DIGITS, '0');
}

/** Items of a page, unless said. */
export const USUAL_LIMIT = 100;
/** Of the largest whole number there is. */
const ID_DIGITS = 16;
