/** Searches of the kinds that a person makes, through the API, over ten million rows of the query log. */
import { join } from 'node:path';
import type { QueryPage } from '../../../src/api/contract/queries.ts';
import { isHealthy, untilUp } from '../../support/sallyport-process.ts';
import type { Bench, Load, LoadResult } from '../load.ts';
import { fillQueryLog } from '../query-log-rows.ts';
import { inRoom, type Room } from '../room.ts';
import { get } from '../sallyport-api.ts';
import { benchGroup, type SallyportServer, startSallyport, startUpstream } from '../servers.ts';
import { asCount, percentile } from '../statistics.ts';

const MOST_MS = 200;
const DAY_MS = 86_400_000;

export const search: Load = {
  name: 'search',
  about: 'searches of a large query log by name, suffix, part, client, verdict and time',
  needs: ['dnsmasq', 'dnsperf'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

/** [what is looked for, the query]: alone, together, what is found at once and what is nowhere. */
function searches(): readonly (readonly [string, string])[] {
  const ago = (days: number) => encodeURIComponent(new Date(Date.now() - days * DAY_MS).toISOString());
  return [
    ['the newest', ''],
    ['a name', 'name=host4711.example.org'],
    ['a name nobody asked for', 'name=never.example.org'],
    ['a name and all below it', 'name=.host17.example.org'],
    ['a suffix that every name has', 'name=.example.org'],
    ['a part of one name', 'part=ost4711'],
    ['a part of a thousand names', 'part=host4'],
    ['a part of every name', 'part=example'],
    ['a part no name has', 'part=tmdb'],
    ['a client', 'client=192.168.20.3'],
    ['a client that never asked', 'client=192.168.20.99'],
    ['refused ones', 'verdict=denied'],
    ['failed ones, of which there are none', 'verdict=failed'],
    ['a day three weeks ago', `since=${ago(21)}&until=${ago(20)}`],
    ['a client, refused, in the last week', `client=192.168.20.3&verdict=denied&since=${ago(7)}`],
    ['a name, of one client, refused', 'name=host4711.example.org&client=192.168.20.3&verdict=denied'],
    ['a part, refused, two weeks ago', `part=host12&verdict=denied&until=${ago(14)}`],
    [
      'all of a suffix that one client asked and that failed',
      'name=.example.org&client=192.168.20.5&verdict=failed',
    ],
    ['a group that never asked, so that every row is looked at', 'group=quiet'],
  ];
}

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const dataDirectory = join(room.directory, 'data');
  const tookS = await fillQueryLog(dataDirectory, bench.logRows);
  bench.progress(`search       ${asCount(bench.logRows)} rows made in ${tookS.toFixed(0)} s`);
  const server = await startSallyport(room, {
    upstream: await startUpstream(room),
    config: `${benchGroup()}
  - name: quiet
    clients: [192.0.2.1]
    mode: enforce
`,
    env: { SALLYPORT_DATA_DIR: dataDirectory },
  });
  await untilUp(server.process, () => isHealthy(server.web));
  const all: number[] = [];
  const rows: string[] = [];
  for (const [what, filter] of searches()) {
    const pages: number[] = [];
    const wholes: number[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      const took = await untilItsPage(room, server, filter);
      pages.push(...took);
      wholes.push(took.reduce((sum, ms) => sum + ms, 0));
    }
    all.push(...pages);
    const median = (values: readonly number[]) => asCount(percentile(values, 50));
    rows.push(`| ${what} | ${median(pages)} | ${asCount(Math.max(...pages))} | ${median(wholes)} |`);
    bench.progress(`search       ${what}: ${median(pages)} ms, ${median(wholes)} ms until its page is whole`);
  }
  const p95 = percentile(all, 95);
  return {
    load: 'search',
    targets: [
      {
        id: 'search-p95',
        what: `A search of ${asCount(bench.logRows)} log rows`,
        wanted: `p95 below ${MOST_MS} ms`,
        measured: `${asCount(p95)} ms`,
        met: p95 < MOST_MS,
      },
    ],
    section: `Through the API, 50 lines a page, ${bench.rounds} times each. A search ends after a tenth of a second and says how far back it came; the
last column is the time until the page was full or all was searched, by as many requests as that takes.

| looked for | ms, median | ms, most | ms until its page |
|---|---|---|---|
${rows.join('\n')}
`,
  };
}

/** Milliseconds of each request until the page is full or the log at its end. */
async function untilItsPage(room: Room, server: SallyportServer, filter: string): Promise<readonly number[]> {
  const took: number[] = [];
  let found = 0;
  let cursor: string | undefined;
  do {
    const began = performance.now();
    const page: QueryAnswer = await get(
      room,
      server,
      `/api/v1/queries?limit=${PAGE - found}&${filter}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
    );
    took.push(performance.now() - began);
    found += page.items.length;
    cursor = page.searchedTo === undefined ? undefined : page.nextCursor;
  } while (cursor !== undefined && found < PAGE);
  return took;
}

type QueryAnswer = ReturnType<typeof QueryPage.parse>;

const PAGE = 50;
