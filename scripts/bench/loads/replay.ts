/** A million stored queries against another policy, and the report over 90 days, beside cached answers at 20,000 a second. */
import { join } from 'node:path';
import type { LearnReport } from '../../../src/api/contract/learn.ts';
import type { ReplayResult } from '../../../src/api/contract/replay.ts';
import { isHealthy, untilUp } from '../../support/sallyport-process.ts';
import type { Bench, Load, LoadResult } from '../load.ts';
import { processorUs } from '../process-use.ts';
import { fillAnsweredDays, fillQueryLog } from '../query-log-rows.ts';
import { inRoom, type Room } from '../room.ts';
import { get, post } from '../sallyport-api.ts';
import { benchGroup, type SallyportServer, startSallyport, startUpstream } from '../servers.ts';
import { asCount, figureOf, ratioOf, showFigure } from '../statistics.ts';
import { latencyAt, names, warm } from './cached.ts';

const ROWS = 1_000_000;
const REPORT_DAYS = 90;
const RATE = 20_000;
const NAMES = 100;
/** Seconds of each side of a round. */
const SECONDS = 10;
const MOST_SLOWER = 1.2;
const MOST_REPLAY_MS = 5000;
const MOST_REPORT_MS = 2000;

export const replay: Load = {
  name: 'replay',
  about:
    'a million stored queries against another policy, the report over 90 days, and p99 of cached answers beside them',
  needs: ['dnsperf', 'dnsmasq'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const dataDirectory = join(room.directory, 'data');
  await fillQueryLog(dataDirectory, ROWS);
  fillAnsweredDays(dataDirectory, REPORT_DAYS);
  const server = await startSallyport(room, {
    upstream: await startUpstream(room),
    config: benchGroup(),
    env: { SALLYPORT_DATA_DIR: dataDirectory },
  });
  await untilUp(server.process, () => isHealthy(server.web));
  const known = await room.writeQuestions('known', names(NAMES));
  await warm(room, server, known);

  const replays: Took[] = [];
  const reports: Took[] = [];
  const calm: number[] = [];
  const busy: number[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    replays.push(await timed(server, () => replayAll(room, server)));
    reports.push(await timed(server, () => report(room, server)));
    const before = await latencyAt(room, server, known, RATE, SECONDS);
    let over = false;
    const replaying = async () => {
      while (!over) await replayAll(room, server);
    };
    // Together, so that a replay that fails ends the measurement, and its room is closed.
    const [during] = await Promise.all([
      latencyAt(room, server, known, RATE, SECONDS).finally(() => {
        over = true;
      }),
      replaying(),
    ]);
    calm.push(before.p99Ms);
    busy.push(during.p99Ms);
    bench.progress(
      `replay       ${round}/${bench.rounds}  ${shown(replays.at(-1))}, report ${shown(reports.at(-1))}; ${asCount(during.queriesPerSecond)} q/s: p99 ${before.p99Ms.toFixed(2)} → ${during.p99Ms.toFixed(2)} ms`,
    );
  }
  const slower = ratioOf(busy, calm);
  return {
    load: 'replay',
    targets: [
      {
        id: 'replay-time',
        what: `A replay of ${asCount(ROWS)} stored queries`,
        wanted: `below ${MOST_REPLAY_MS / 1000} s`,
        measured: milliseconds(replays),
        met: figureOf(replays.map(({ ms }) => ms)).median < MOST_REPLAY_MS,
      },
      {
        id: 'report-time',
        what: `The report over ${REPORT_DAYS} days`,
        wanted: `below ${MOST_REPORT_MS / 1000} s`,
        measured: milliseconds(reports),
        met: figureOf(reports.map(({ ms }) => ms)).median < MOST_REPORT_MS,
      },
      {
        id: 'replay-p99',
        what: `p99 of cached names at ${asCount(RATE)} q/s beside one replay after the other`,
        wanted: `at most ${MOST_SLOWER} times`,
        measured: showFigure(slower, (value) => value.toFixed(2)),
        met: slower.median <= MOST_SLOWER,
      },
    ],
    section: `A query log of ${asCount(ROWS)} rows of 5,000 names is replayed through the API against a policy of other rules, and what those names were asked on
each of ${REPORT_DAYS} days is reported; both with nothing else to do. Processor time of the whole process: ${processor(replays)} a replay, ${processor(reports)} a
report. Then the replay goes on for ${SECONDS} s beside cached answers, on the same core.

| p99 of cached names at ${asCount(RATE)} q/s | |
|---|---|
| alone | ${showFigure(figureOf(calm), (ms) => `${ms.toFixed(2)} ms`)} |
| beside replays | ${showFigure(figureOf(busy), (ms) => `${ms.toFixed(2)} ms`)} |
`,
  };
}

interface Took {
  readonly ms: number;
  /** Processor time of the process. */
  readonly processorMs: number;
}

async function timed({ pid }: SallyportServer, work: () => Promise<unknown>): Promise<Took> {
  const [before, began] = [await processorUs(pid), performance.now()];
  await work();
  return { ms: performance.now() - began, processorMs: ((await processorUs(pid)) - before) / 1000 };
}

async function replayAll(room: Room, server: SallyportServer): Promise<void> {
  const candidate = { group: 'bench', allow: ['.example.org', 'plex.tv', '*.tmdb.org'], since: '36d' };
  const { queries } = await post<ReplayResult>(room, server, '/api/v1/replay', candidate);
  // Those that were asked beside it came on top.
  if (queries < ROWS) throw new Error(`only ${queries} of ${ROWS} queries were replayed`);
}

async function report(room: Room, server: SallyportServer): Promise<void> {
  const path = `/api/v1/groups/bench/report?since=${REPORT_DAYS}d`;
  const { names: told } = await get<LearnReport>(room, server, path);
  if (told < 5000) throw new Error(`only ${told} names were reported`);
}

function shown(took: Took | undefined): string {
  return `${asCount(took?.ms ?? 0)} ms (processor ${asCount(took?.processorMs ?? 0)})`;
}

function milliseconds(all: readonly Took[]): string {
  return showFigure(figureOf(all.map(({ ms }) => ms)), (ms) => `${asCount(ms)} ms`);
}

function processor(all: readonly Took[]): string {
  return `${asCount(figureOf(all.map(({ processorMs }) => processorMs)).median)} ms`;
}
