import { parseDuration } from '../../actions/duration.ts';
import { QueryPage } from '../../api/contract/queries.ts';
import { KnownError } from '../../base/errors.ts';
import { type Command, query, textOption, UsageError } from '../command.ts';
import { paragraphs, relativeTime, table } from '../format.ts';

export const queries: Command = {
  summary: 'search the query log, newest first',
  usage:
    '[--name NAME] [--client ADDRESS] [--group GROUP] [--verdict allowed|denied|failed] [--since 1h] [--limit N]',
  options: {
    name: { type: 'string' },
    client: { type: 'string' },
    group: { type: 'string', short: 'g' },
    verdict: { type: 'string' },
    since: { type: 'string', short: 's' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
  },
  explain: {
    '--name NAME': 'plex.tv that name, .plex.tv with everything below it',
    '--client ADDRESS': 'asked by this host',
    '--group GROUP': 'asked by this group',
    '--verdict VERDICT': 'allowed, denied or failed',
    '--since TIME': 'within this time, for example 1h',
    '--limit N': 'at most so many (100)',
    '--cursor CURSOR': 'go on where the last page ended',
  },
  examples: [
    ['sallyport queries --verdict denied --since 1h', 'what was refused in the last hour'],
    ['sallyport queries --name .plex.tv', 'plex.tv and everything below it'],
  ],
  async run({ client, values, now }) {
    const path = `/queries${query({
      name: textOption(values, 'name'),
      client: textOption(values, 'client'),
      group: textOption(values, 'group'),
      verdict: textOption(values, 'verdict'),
      since: sinceTime(textOption(values, 'since'), now),
      limit: textOption(values, 'limit'),
      cursor: textOption(values, 'cursor'),
    })}`;
    const page = await client.get(path, QueryPage);
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

function sinceTime(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  try {
    return new Date(now - parseDuration(text)).toISOString();
  } catch (error) {
    if (error instanceof KnownError) throw new UsageError(`${error.message}. ${error.hint}`);
    throw error;
  }
}
