/** Cached answers at 20,000 a second while the API answers 200 requests a second and 20 pages are kept up to date. */
import { isHealthy, untilUp } from '../../support/sallyport-process.ts';
import { driveApi } from '../api-driver.ts';
import type { Bench, Load, LoadResult } from '../load.ts';
import { inRoom, type Room } from '../room.ts';
import { benchGroup, startSallyport, startUpstream } from '../servers.ts';
import { asCount, figureOf, percentile, ratioOf, showFigure } from '../statistics.ts';
import { latencyAt, names, warm } from './cached.ts';

const RATE = 20_000;
const NAMES = 100;
const REQUESTS_PER_SECOND = 200;
const STREAMS = 20;
/** Seconds of each side of a round; two more run before the answers are timed, in which the streams are opened. */
const SECONDS = 10;
const HEAD_START_S = 2;
/** Seconds of requests before anything is timed: a thread whose code is not compiled yet is a second of backlog, once. */
const WARM_UP_S = 20;
const MOST_SLOWER = 1.2;
const MOST_API_MS = 100;

export const api: Load = {
  name: 'api',
  about: 'p99 of cached answers at 20,000 a second beside 200 API requests a second and 20 streams of events',
  needs: ['dnsperf', 'dnsmasq'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const server = await startSallyport(room, {
    upstream: await startUpstream(room),
    config: benchGroup(),
    anywhere: true,
  });
  await untilUp(server.process, () => isHealthy(server.web));
  const known = await room.writeQuestions('known', names(NAMES));
  await warm(room, server, known);
  const requests = { server, requestsPerSecond: REQUESTS_PER_SECOND, streams: STREAMS };
  await driveApi({ ...requests, seconds: WARM_UP_S });

  const calm: number[] = [];
  const busy: number[] = [];
  const apiP95: number[] = [];
  let events = 0;
  for (let round = 1; round <= bench.rounds; round++) {
    const before = await latencyAt(room, server, known, RATE, SECONDS);
    const [answered, during] = await Promise.all([
      driveApi({ ...requests, seconds: SECONDS + HEAD_START_S }),
      sleep(HEAD_START_S * 1_000).then(() => latencyAt(room, server, known, RATE, SECONDS)),
    ]);
    calm.push(before.p99Ms);
    busy.push(during.p99Ms);
    apiP95.push(percentile(answered.ms, 95));
    events += answered.events;
    bench.progress(
      `api          ${round}/${bench.rounds}  ${asCount(during.queriesPerSecond)} q/s: p99 ${before.p99Ms.toFixed(2)} → ${during.p99Ms.toFixed(2)} ms; API p95 ${asCount(apiP95.at(-1) ?? 0)} ms`,
    );
  }
  const slower = ratioOf(busy, calm);
  const ms = (values: readonly number[]) => showFigure(figureOf(values), (value) => `${value.toFixed(2)} ms`);
  const load = `${REQUESTS_PER_SECOND} API requests a second and ${STREAMS} streams`;
  return {
    load: 'api',
    targets: [
      {
        id: 'api-p99',
        what: `p99 of cached names at ${asCount(RATE)} q/s beside ${load}`,
        wanted: `at most ${MOST_SLOWER} times`,
        measured: showFigure(slower, (value) => value.toFixed(2)),
        met: slower.median <= MOST_SLOWER,
      },
      {
        id: 'api-p95',
        what: `The API at ${load}, ${asCount(RATE)} q/s beside it`,
        wanted: `p95 below ${MOST_API_MS} ms`,
        measured: ms(apiP95),
        met: figureOf(apiP95).median < MOST_API_MS,
      },
    ],
    section: `What a page and a dashboard ask for, ${load} of events; Sallyport's four threads and those who ask share the machine's processors;
${asCount(events)} events came over the streams. The time of an API request counts from when it was due, on a server that has answered such requests for ${WARM_UP_S} s.

| p99 of cached names at ${asCount(RATE)} q/s | |
|---|---|
| alone | ${ms(calm)} |
| beside the API | ${ms(busy)} |
`,
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
