/** Names that nobody asked before, under an allowed wildcard and as fast as a script makes them: what it does to memory, and to confirmed names. */
import { dnsperf } from '../dnsperf.ts';
import type { Bench, Load, LoadResult } from '../load.ts';
import { residentMb } from '../process-use.ts';
import { inRoom, type Room } from '../room.ts';
import { benchGroup, nameOfAddress, startSallyport, startUpstream } from '../servers.ts';
import { asCount, figureOf, ratioOf, showFigure } from '../statistics.ts';
import { latencyAt, names, warm } from './cached.ts';

const KNOWN = 100;
/** Questions a second for the confirmed names: a busy household's, many times over. */
const KNOWN_RATE = 1_000;
const FLOOD_RATE = 5_000;
const MOST_MB = 256;
const MOST_SLOWER = 2;
/** Milliseconds between two looks at the memory. */
const LOOK_EVERY_MS = 100;
/** Where the flood's names begin: behind the known ones. */
const FIRST_FLOODED = 65_536;

export const flood: Load = {
  name: 'flood',
  about: `${asCount(FLOOD_RATE)} new names a second under an allowed wildcard: memory, and what it does to confirmed names`,
  needs: ['dnsperf', 'dnsmasq'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const upstream = await startUpstream(room);
  const server = await startSallyport(room, {
    upstream,
    config: `${benchGroup({ wildcardBudget: true })}${FIREWALL}`,
  });
  const known = await room.writeQuestions('known', names(KNOWN));
  await warm(room, server, known);

  const calm: number[] = [];
  const flooded: number[] = [];
  const tails: Record<'calm' | 'flooded', number[]> = { calm: [], flooded: [] };
  const memory = watchMemory(server.pid);
  const atFirst = residentMb(server.pid);
  let sent = 0;
  for (let round = 1; round <= bench.rounds; round++) {
    const before = await latencyAt(room, server, known, KNOWN_RATE, bench.seconds);
    const count = FLOOD_RATE * (bench.seconds + 1);
    const file = await room.writeQuestions('flood', floodNames(sent, count));
    sent += count;
    const prefix = room.inside(room.cores.generator);
    const flooding = dnsperf({
      port: server.port,
      questionsFile: file,
      length: bench.seconds + 1,
      rate: FLOOD_RATE,
      prefix,
      signal: room.signal,
    });
    const during = await latencyAt(room, server, known, KNOWN_RATE, bench.seconds);
    const { queriesPerSecond, lost } = await flooding;
    calm.push(before.medianMs);
    flooded.push(during.medianMs);
    tails.calm.push(before.p99Ms);
    tails.flooded.push(during.p99Ms);
    bench.progress(
      `flood        ${round}/${bench.rounds}  ${asCount(queriesPerSecond)} new names/s (${lost} lost): known ${before.medianMs.toFixed(2)} → ${during.medianMs.toFixed(2)} ms, p99 ${before.p99Ms.toFixed(2)} → ${during.p99Ms.toFixed(2)} ms, ${residentMb(server.pid).toFixed(0)} MB`,
    );
  }
  const mostMb = memory.stop();
  const slower = ratioOf(flooded, calm);
  const ms = (values: readonly number[]) => showFigure(figureOf(values), (value) => `${value.toFixed(2)} ms`);
  return {
    load: 'flood',
    targets: [
      {
        id: 'flood-memory',
        what: 'Flood of new names under a wildcard: memory',
        wanted: `never above ${MOST_MB} MB`,
        measured: `${mostMb.toFixed(0)} MB at most`,
        met: mostMb <= MOST_MB,
      },
      {
        id: 'flood-latency',
        what: 'Flood of new names: confirmed names slow down',
        wanted: `at most ${MOST_SLOWER} times`,
        measured: showFigure(slower, (value) => value.toFixed(2)),
        met: slower.median <= MOST_SLOWER,
      },
    ],
    section: `${asCount(FLOOD_RATE)} new names a second under an allowed wildcard, each with an address of its own, beside ${asCount(KNOWN_RATE)} questions a second for ${KNOWN}
confirmed names; ${asCount(sent)} new names in all. The firewall is the one in memory (driver \`memory\`).

| | median | p99 |
|---|---|---|
| confirmed names, calm | ${ms(calm)} | ${ms(tails.calm)} |
| confirmed names, in the flood | ${ms(flooded)} | ${ms(tails.flooded)} |

Memory of the whole process: ${atFirst.toFixed(0)} MB before, ${mostMb.toFixed(0)} MB at most.
`,
  };
}

function* floodNames(from: number, count: number): Generator<string> {
  for (let i = 0; i < count; i++)
    yield nameOfAddress(FIRST_FLOODED + ((from + i) % (2 ** 24 - FIRST_FLOODED)));
}

function watchMemory(pid: number): { stop(): number } {
  let most = 0;
  const look = () => {
    most = Math.max(most, residentMb(pid));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  look();
  return {
    stop() {
      clearInterval(timer);
      return most;
    },
  };
}

const FIREWALL = `
firewalls:
  - name: here
    driver: memory
    alias: bench
    groups: [bench]
`;
