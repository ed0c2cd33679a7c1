/** Cached answers at 20,000 a second while the log of ten million queries is searched from its newest to its oldest row. */
import { join } from 'node:path';
import type { Bench, Load, LoadResult } from '../load.ts';
import { fillQueryLog } from '../query-log-rows.ts';
import { inRoom, type Room } from '../room.ts';
import { get } from '../sallyport-api.ts';
import { benchGroup, startSallyport, startUpstream } from '../servers.ts';
import { asCount, figureOf, ratioOf, showFigure } from '../statistics.ts';
import { latencyAt, names, warm } from './cached.ts';

const RATE = 20_000;
const NAMES = 100;
const MOST_SLOWER = 2;
/** Seconds of searching in each round, as the target has it. */
const SEARCH_SECONDS = 10;

export const log: Load = {
  name: 'log',
  about: 'p99 of cached answers at 20,000 a second while a large query log is searched',
  needs: ['dnsperf', 'dnsmasq'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const dataDirectory = join(room.directory, 'data');
  const tookS = await fillQueryLog(dataDirectory, bench.logRows);
  bench.progress(`log          ${asCount(bench.logRows)} rows made in ${tookS.toFixed(0)} s`);
  const upstream = await startUpstream(room);
  const server = await startSallyport(room, {
    upstream,
    config: `${benchGroup()}${QUIET_GROUP}`,
    env: { SALLYPORT_DATA_DIR: dataDirectory },
  });
  const known = await room.writeQuestions('known', names(NAMES));
  await warm(room, server, known);

  const calm: number[] = [];
  const searching: number[] = [];
  const searchMs: number[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    const before = await latencyAt(room, server, known, RATE, SEARCH_SECONDS);
    let over = false;
    const search = async () => {
      while (!over) {
        const began = performance.now();
        // No query of that group was ever logged: every row is looked at.
        await get(room, server, '/api/v1/queries?group=quiet&limit=50');
        searchMs.push(performance.now() - began);
      }
    };
    // Together, so that a search that fails ends the measurement, and its room is closed.
    const [during] = await Promise.all([
      latencyAt(room, server, known, RATE, SEARCH_SECONDS).finally(() => {
        over = true;
      }),
      search(),
    ]);
    calm.push(before.p99Ms);
    searching.push(during.p99Ms);
    bench.progress(
      `log          ${round}/${bench.rounds}  ${asCount(during.queriesPerSecond)} q/s: p99 ${before.p99Ms.toFixed(2)} → ${during.p99Ms.toFixed(2)} ms while a search takes ${asCount(searchMs.at(-1) ?? 0)} ms`,
    );
  }
  const slower = ratioOf(searching, calm);
  const ms = (values: readonly number[]) => showFigure(figureOf(values), (value) => `${value.toFixed(2)} ms`);
  return {
    load: 'log',
    targets: [
      {
        id: 'log-p99',
        what: `p99 of cached names at ${asCount(RATE)} q/s while ${asCount(bench.logRows)} log rows are searched`,
        wanted: 'does not double',
        measured: showFigure(slower, (value) => value.toFixed(2)),
        met: slower.median < MOST_SLOWER,
      },
    ],
    section: `A query log of ${asCount(bench.logRows)} rows is searched through the API for a group that never asked anything, one search after the other for
${SEARCH_SECONDS} s; each looks at every row (${showFigure(figureOf(searchMs), (value) => `${asCount(value)} ms`)}). Sallyport's threads, the one that searches too, share one core.

| p99 of cached names at ${asCount(RATE)} q/s | |
|---|---|
| calm | ${ms(calm)} |
| during the searches | ${ms(searching)} |
`,
  };
}

const QUIET_GROUP = `
  - name: quiet
    clients: [192.0.2.1]
    mode: enforce
`;
