import type { z } from 'zod';
import { parseDuration } from '../../actions/duration.ts';
import { QueryPage } from '../../api/contract/queries.ts';
import { KnownError } from '../../base/errors.ts';
import type { Client } from '../client.ts';
import { type Command, query, textOption, UsageError } from '../command.ts';
import { paragraphs, relativeTime, table } from '../format.ts';

export const queries: Command = {
  summary: 'search the query log, newest first',
  usage:
    '[--name NAME | --part TEXT] [--client ADDRESS] [--group GROUP] [--verdict allowed|denied|failed] [--since 1h] [--limit N]',
  options: {
    name: { type: 'string' },
    part: { type: 'string' },
    client: { type: 'string' },
    group: { type: 'string', short: 'g' },
    verdict: { type: 'string' },
    since: { type: 'string', short: 's' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
  },
  explain: {
    '--name NAME': 'plex.tv that name, .plex.tv with everything below it',
    '--part TEXT': 'names that contain this',
    '--client ADDRESS': 'asked by this host',
    '--group GROUP': 'asked by this group',
    '--verdict VERDICT': 'allowed, denied or failed',
    '--since TIME': 'within this time, for example 1h',
    '--limit N': 'at most so many (100)',
    '--cursor CURSOR': 'go on where the last page ended',
  },
  examples: [
    ['sallyport queries --verdict denied --since 1h', 'what was refused in the last hour'],
    ['sallyport queries --part tmdb --verdict denied', 'refused names with tmdb in them'],
    ['sallyport queries --name .plex.tv', 'plex.tv and everything below it'],
  ],
  async run({ client, values, now }) {
    const limit = textOption(values, 'limit');
    const filter = {
      name: textOption(values, 'name'),
      part: textOption(values, 'part'),
      client: textOption(values, 'client'),
      group: textOption(values, 'group'),
      verdict: textOption(values, 'verdict'),
      since: sinceTime(textOption(values, 'since'), now),
    };
    const page = await searchOn(client, filter, limit, textOption(values, 'cursor'));
    const rows = page.items.map((one) => [
      relativeTime(one.at, now),
      one.client,
      one.count === 1 ? one.name : `${one.name} (${one.count} times)`,
      one.type,
      one.verdict,
      one.rule === undefined ? one.reason : `${one.reason}: rule ${one.rule.id} ${one.rule.pattern}`,
      `${one.durationMs.toFixed(1)} ms`,
      one.answers.join(' ') || one.rcode,
    ]);
    return {
      data: page,
      text: paragraphs(
        table(['WHEN', 'CLIENT', 'NAME', 'TYPE', 'VERDICT', 'WHY', 'TOOK', 'ANSWER'], rows) ||
          'No question fits.',
        page.nextCursor === undefined ? '' : `More: --cursor ${page.nextCursor}`,
      ),
    };
  },
};

/** One search of the server ends after a moment, however many rows are left: here it goes on until the page is full. */
async function searchOn(
  client: Client,
  filter: Readonly<Record<string, string | undefined>>,
  limit: string | undefined,
  cursor: string | undefined,
): Promise<z.infer<typeof QueryPage>> {
  const page = await client.get(`/queries${query({ ...filter, limit, cursor })}`, QueryPage);
  const left = Number(limit ?? DEFAULT_LIMIT) - page.items.length;
  if (page.searchedTo === undefined || left <= 0) return page;
  const rest = await searchOn(client, filter, String(left), page.nextCursor);
  return { ...rest, items: [...page.items, ...rest.items] };
}

/** Lines of a page when none are asked for. */
const DEFAULT_LIMIT = 100;

function sinceTime(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  try {
    return new Date(now - parseDuration(text)).toISOString();
  } catch (error) {
    if (error instanceof KnownError) throw new UsageError(`${error.message}. ${error.hint}`);
    throw error;
  }
}
