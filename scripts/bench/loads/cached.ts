/** 100 allowed names over and over, with policy, ledger and query log on; then their latency at half of that load. */
import { dnsperf, dnsperfLatencies } from '../dnsperf.ts';
import type { Bench, Load, LoadResult, Target } from '../load.ts';
import {
  addRate,
  describeRate,
  measureRate,
  type Rate,
  type Rates,
  rateTable,
  ratioTarget,
} from '../rates.ts';
import { inRoom, type Room } from '../room.ts';
import {
  benchGroup,
  nameOfAddress,
  type Peer,
  type Server,
  startPeer,
  startSallyport,
  startUpstream,
} from '../servers.ts';
import { asCount, figureOf, showFigure } from '../statistics.ts';

const PEERS: readonly Peer[] = ['Node echo', 'dnsmasq', 'unbound', 'pdns-recursor', 'dnsdist'];
const NAMES = 100;

export const cached: Load = {
  name: 'cached',
  about: 'answers from the cache beside a bare Node echo and four forwarders, and p99 at half of that load',
  needs: ['dnsperf', 'dnsmasq', 'unbound', 'pdns_recursor', 'dnsdist'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const upstream = await startUpstream(room);
  const sallyport = await startSallyport(room, { upstream, config: benchGroup() });
  const servers: Server[] = [sallyport];
  for (const peer of PEERS) servers.push(await startPeer(room, peer, upstream));
  const echo = servers.find(({ subject }) => subject === 'Node echo') ?? sallyport;
  const questionsFile = await room.writeQuestions('cached', names(NAMES));
  for (const server of servers) await warm(room, server, questionsFile);

  const rates: Rates = new Map();
  const p99: number[] = [];
  const echoP99: number[] = [];
  const halves: number[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    let own: Rate | undefined;
    for (const server of servers) {
      const rcode = server.subject === 'Node echo' ? 'any' : 'NOERROR';
      const rate = await measureRate({ room, server, questionsFile, length: bench.seconds, rcode });
      addRate(rates, server.subject, rate);
      describeRate(bench, 'cached', round, server.subject, rate);
      if (server === sallyport) own = rate;
    }
    const half = (own?.queriesPerSecond ?? 0) / 2;
    const { p99Ms } = await latencyAt(room, sallyport, questionsFile, half, bench.seconds);
    const ofEcho = await latencyAt(room, echo, questionsFile, half, bench.seconds);
    halves.push(half);
    p99.push(p99Ms);
    echoP99.push(ofEcho.p99Ms);
    bench.progress(
      `cached       ${round}/${bench.rounds}  at ${asCount(half)} q/s: p99 ${p99Ms.toFixed(2)} ms, of the echo ${ofEcho.p99Ms.toFixed(2)} ms`,
    );
  }
  const targets = [
    ratioTarget(rates, { id: 'cached-echo', what: 'Cached names', peer: 'Node echo', least: 0.85 }),
    ratioTarget(rates, { id: 'cached-dnsmasq', what: 'Cached names', peer: 'dnsmasq', least: 0.75 }),
    p99Target(p99),
  ];
  const section = `${NAMES} names over and over, all in the cache; policy, ledger and query log on.

${rateTable(rates)}
At half of Sallyport's speed (${asCount(figureOf(halves).median)} q/s): p99 ${milliseconds(p99)}; of the Node echo at the same speed: ${milliseconds(echoP99)}.
`;
  return { load: 'cached', targets, section };
}

function p99Target(p99: readonly number[]): Target {
  return {
    id: 'cached-p99',
    what: 'p99 of cached names at half of that load',
    wanted: 'below 2 ms',
    measured: milliseconds(p99),
    met: figureOf(p99).median < 2,
  };
}

function milliseconds(values: readonly number[]): string {
  return showFigure(figureOf(values), (ms) => `${ms.toFixed(2)} ms`);
}

export function latencyAt(room: Room, { port }: Server, questionsFile: string, rate: number, length: number) {
  const prefix = room.inside(room.cores.generator);
  const scratch = `${room.directory}/latencies-${port}.txt`;
  return dnsperfLatencies({ port, questionsFile, length, rate, prefix, signal: room.signal }, scratch);
}

export async function warm(room: Room, { port }: Server, questionsFile: string): Promise<void> {
  const prefix = room.inside(room.cores.generator);
  await dnsperf({ port, questionsFile, length: 1, prefix, signal: room.signal });
}

export function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => nameOfAddress(i + 1));
}
