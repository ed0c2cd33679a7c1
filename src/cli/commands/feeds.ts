import { type Feed, FeedList, FeedOnly } from '../../api/contract/feeds.ts';
import { type Command, oneWord, UsageError } from '../command.ts';
import { count, paragraphs, printable, relativeTime, table } from '../format.ts';

export const feeds: Command = {
  summary: 'lists of addresses that somebody else keeps',
  usage: '[refresh FEED | accept FEED]',
  examples: [
    ['sallyport feeds', 'what each has open, and what is wrong'],
    ['sallyport feeds refresh cdn', 'fetch the list now'],
    ['sallyport feeds accept cdn', 'yes, the list is meant to be that short'],
  ],
  async run({ client, words, now }) {
    const [verb, ...rest] = words;
    if (verb === undefined) {
      const list = await client.get('/feeds', FeedList);
      const text = paragraphs(feedTable(list.items, now), list.items.flatMap(trouble).join('\n'));
      return { data: list, text: text || 'No feed is configured.' };
    }
    if (verb !== 'refresh' && verb !== 'accept')
      throw new UsageError(`not something to do with feeds: ${verb}; refresh or accept`);
    const name = oneWord(rest, 'the name of the feed');
    const path = `/feeds/${encodeURIComponent(name)}/${verb}`;
    const done = await client.send('POST', path, undefined, FeedOnly);
    return {
      data: done,
      text: paragraphs(feedTable([done.feed], now), trouble(done.feed).join('\n')),
      failed: done.feed.problem !== undefined,
    };
  },
};

function feedTable(list: readonly Feed[], now: number): string {
  const rows = list.map((feed) => [
    feed.name,
    feed.groups.join(','),
    String(feed.entries),
    String(feed.dropped),
    feed.fetchedAt === undefined ? LIST[feed.list] : relativeTime(feed.fetchedAt, now),
    feed.nextAt === undefined ? '' : relativeTime(feed.nextAt, now),
    feed.until === undefined ? '' : relativeTime(feed.until, now),
    feed.ports.join(','),
    feed.source,
    feed.note,
  ]);
  return table(
    ['FEED', 'GROUPS', 'OPEN', 'DROPPED', 'FETCHED', 'NEXT', 'ENDS', 'PORTS', 'FROM', 'NOTE'],
    rows,
  );
}

const LIST = {
  none: 'never',
  fetched: 'never',
  written: 'as written',
  'built-in': 'never: built in',
} as const;

function trouble({ name, problem, held, list, knownIn, breaks }: Feed): readonly string[] {
  const lines = [
    ...(list === 'built-in'
      ? [printable(`! ${name}: the list built in is of ${knownIn}; some of it may be somebody else's by now`)]
      : []),
    ...(breaks === '' ? [] : [printable(`  ${name}: without it, ${breaks}`)]),
  ];
  if (problem === undefined) return lines;
  const remedy =
    held === undefined
      ? 'what it had open stays open'
      : `${count(held.length, 'address', 'addresses')} would stay; to put it in force: sallyport feeds accept ${name}`;
  return [printable(`! ${name}: ${problem}; ${remedy}`), ...lines];
}
