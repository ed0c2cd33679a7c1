import { apiUrl, problemOf, queryText } from '../../api/request.ts';
import { asParameters, readFilter } from './filter.ts';

export type Format = 'csv' | 'ndjson';

/** Takes the whole filtered log as it comes; `onLines` hears how many lines there are so far. Throws where it is cut off, and when it is cancelled. */
export async function readExport(
  { filter, format, now }: { readonly filter: string; readonly format: Format; readonly now: number },
  signal: AbortSignal,
  onLines: (lines: number) => void,
): Promise<readonly BlobPart[]> {
  const query = queryText(asParameters(readFilter(filter), now));
  const answer = await fetch(apiUrl(`/queries.${format}${query}`), { signal });
  if (!answer.ok || answer.body === null) throw await problemOf(answer);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let lines = format === 'csv' ? -1 : 0;
  for await (const part of chunks(answer.body)) {
    parts.push(part);
    for (const octet of part) if (octet === LINE_FEED) lines++;
    onLines(Math.max(lines, 0));
  }
  return parts;
}

async function* chunks(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

const LINE_FEED = 10;
