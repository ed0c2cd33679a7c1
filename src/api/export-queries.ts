/** The whole of what a filter finds in the query log, page after page as it is taken: memory holds one page, however long it is. */
import type { QueryFilter, QueryPort, QueryRecord } from '../actions/query-port.ts';
import { viewQuery } from './views.ts';

export async function* exportLines(
  queries: Pick<QueryPort, 'search'>,
  filter: Omit<QueryFilter, 'cursor' | 'limit'>,
  /** False once whoever reads may not any more: the rest is cut off. */
  mayRead: () => boolean,
  /** True once nobody waits for the rest. */
  isGone: () => boolean = () => false,
): AsyncGenerator<readonly QueryRecord[]> {
  let cursor: string | undefined;
  do {
    if (isGone()) return;
    if (!mayRead()) throw new Error('whoever exports the query log was signed out');
    const page = await queries.search({ ...filter, cursor, limit: PAGE });
    if (page.items.length > 0) yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** The pages, of which the first was read before. */
export async function* startingWith<Page>(
  first: IteratorResult<Page>,
  rest: AsyncGenerator<Page>,
): AsyncGenerator<Page> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

export async function* asJsonLines(pages: AsyncIterable<readonly QueryRecord[]>): AsyncGenerator<string> {
  for await (const page of pages) {
    yield page.map((query) => `${JSON.stringify(viewQuery(query))}\n`).join('');
  }
}

/** As RFC 4180 has it, for a spreadsheet. */
export async function* asCsv(pages: AsyncIterable<readonly QueryRecord[]>): AsyncGenerator<string> {
  yield `${COLUMNS.map(([title]) => title).join(',')}\r\n`;
  for await (const page of pages) {
    const rows = page.map((query) => COLUMNS.map(([, value]) => cell(value(query))).join(','));
    yield `${rows.join('\r\n')}\r\n`;
  }
}

const COLUMNS: readonly (readonly [string, (query: QueryRecord) => string | number])[] = [
  ['at', ({ at }) => new Date(at).toISOString()],
  ['verdict', ({ verdict }) => verdict],
  ['reason', ({ reason }) => reason],
  ['rule', ({ rule }) => (rule === undefined ? '' : `${rule.id} ${rule.action} ${rule.pattern}`)],
  ['name', ({ name }) => name],
  ['type', ({ type }) => type],
  ['client', ({ client }) => client],
  ['group', ({ group }) => group ?? ''],
  ['rcode', ({ rcode }) => rcode],
  ['source', ({ source }) => source],
  ['answers', ({ answers }) => answers.join(' ')],
  ['ms', ({ durationMs }) => durationMs],
  ['count', ({ count }) => count],
];

/** A name that begins like a formula is one to a spreadsheet, and names are made by strangers. */
function cell(value: string | number): string {
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Lines; as many as one search gives at most. */
const PAGE = 500;
