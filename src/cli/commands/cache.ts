import { Cache, CacheFlushed } from '../../api/contract/cache.ts';
import { type Command, oneWord, UsageError } from '../command.ts';
import { count, printable, table } from '../format.ts';

export const cache: Command = {
  summary: 'the answers kept in memory: how many, how useful; and forgetting them',
  usage: '[flush [NAME]]',
  examples: [
    ['sallyport cache', 'entries, hits, and what an outage was bridged with'],
    ['sallyport cache flush plex.tv', 'ask the upstreams anew for one name'],
    ['sallyport cache flush', 'forget everything'],
  ],
  async run({ client, words }) {
    const [what, ...rest] = words;
    if (what === undefined) {
      const read = await client.get('/cache', Cache);
      return { data: read, text: show(read) };
    }
    if (what !== 'flush') throw new UsageError(`not something the cache can do: ${what} (flush)`);
    const body = rest.length === 0 ? {} : { name: oneWord(rest, 'NAME') };
    const done = await client.send('POST', '/cache/flush', body, CacheFlushed);
    const forgotten = rest.length === 0 ? 'Everything' : printable(done.flushed);
    return { data: done, text: `${forgotten} was forgotten; ${count(done.cache.entries, 'answer')} left.` };
  },
};

function show(read: Cache): string {
  const asked = read.hits + read.misses;
  const share = asked === 0 ? '' : ` (${Math.floor((100 * read.hits) / asked)} % of the questions)`;
  return table(
    ['SINCE THE START', ''],
    [
      ['answers kept', `${read.entries}, ${read.negative} of them "there is none"`],
      ['memory', `${mebibytes(read.octets)} of ${mebibytes(read.limitOctets)} MiB`],
      ['told from memory', `${read.hits}${share}`],
      ['asked upstream', String(read.misses)],
      ['told in an outage', `${read.stale} last good answers`],
      ['refreshed ahead', String(read.prefetches)],
      ['given up for room', String(read.evictions)],
    ],
  );
}

function mebibytes(octets: number): string {
  return (octets / 2 ** 20).toFixed(1);
}
