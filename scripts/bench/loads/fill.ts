/** An OPNsense that takes one address a call, empty after a reboot while thousands should be open: how long until all are. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../../src/api/contract/firewalls.ts';
import type { Status } from '../../../src/api/contract/status.ts';
import { CONNECTIONS } from '../../../src/firewall/opnsense/client.ts';
import { DEFAULT_USER, start as startOpnsense } from '../../simulators/opnsense.ts';
import { fillLedger } from '../ledger-rows.ts';
import type { Bench, Load, LoadResult, Target } from '../load.ts';
import { processorUs } from '../process-use.ts';
import { inRoom, type Room } from '../room.ts';
import { get, post } from '../sallyport-api.ts';
import { type SallyportServer, startSallyport, startUpstream, ZONE } from '../servers.ts';
import { asCount, type Figure, figureOf, showFigure } from '../statistics.ts';

const ADDRESSES = 5_000;
const CALL_MS = 40;
/** Seconds; the calls alone take ADDRESSES * CALL_MS / CONNECTIONS. */
const MOST_S = 60;
/** Rounds whatever --rounds says: each takes a minute. */
const MOST_ROUNDS = 3;
/** Milliseconds between two looks at the simulator's table, which is in this process and costs nothing to look at. */
const LOOK_EVERY_MS = 20;
/** Milliseconds after which a fill has failed. */
const FILLED_WITHIN_MS = 180_000;
const ALIAS = 'bench';

export const fill: Load = {
  name: 'fill',
  about: `${asCount(ADDRESSES)} addresses into an empty simulated OPNsense at ${CALL_MS} ms a call, and the syncs after it`,
  needs: ['dnsperf', 'dnsmasq'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

interface Round {
  /** From the first call to the last address in the table. */
  readonly fillS: number;
  /** Calls that read the whole table meanwhile. */
  readonly lists: number;
  /** Calls under way, on average. */
  readonly atOnce: number;
  /** Of the processor, all threads of Sallyport together, until it was up. */
  readonly processorS: number;
  /** Calls that change something in two whole syncs afterwards. */
  readonly writesAfter: number;
}

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const upstream = await startUpstream(room);
  const rounds: Round[] = [];
  for (let round = 1; round <= Math.min(bench.rounds, MOST_ROUNDS); round++) {
    const one = await fillOnce(room, upstream, round);
    rounds.push(one);
    bench.progress(
      `fill         ${round}  ${one.fillS.toFixed(1)} s, ${one.lists} reads, ${one.atOnce.toFixed(2)} calls at once, ${one.processorS.toFixed(1)} s of processor, ${one.writesAfter} writes after it`,
    );
  }
  return resultOf(rounds);
}

async function fillOnce(room: Room, upstream: number, round: number): Promise<Round> {
  const opnsense = await startOpnsense({ aliases: [ALIAS], switches: { latencyMs: CALL_MS } });
  try {
    const env = { SALLYPORT_DATA_DIR: join(room.directory, `fill-${round}`) };
    const options = { upstream, config: configOf(opnsense.url), env };
    // The product's own start makes the group and its rules; only the leases are written here.
    const first = await startSallyport(room, options);
    await untilUp(room, first);
    await first.process.stop();
    fillLedger(env.SALLYPORT_DATA_DIR, ADDRESSES);
    const { requests } = opnsense.state;
    requests.length = 0;

    const server = await startSallyport(room, options);
    await untilSo(room, () => requests.length > 0);
    const [began, workedMs] = [performance.now(), opnsense.workedMs()];
    await untilSo(room, () => (opnsense.state.tables.get(ALIAS)?.size ?? 0) >= ADDRESSES);
    const fillS = (performance.now() - began) / 1000;
    const atOnce = (opnsense.workedMs() - workedMs) / 1000 / fillS;
    const lists = requests.filter((line) => line.includes('/list/')).length;
    await untilUp(room, server);
    const processorS = processorUs(server.pid) / 1_000_000;
    requests.length = 0;
    for (let i = 0; i < 2; i++) await post<{ run: Run }>(room, server, '/api/v1/firewalls/here/sync');
    const writesAfter = requests.filter((line) => /alias_util\/(add|delete)\//.test(line)).length;
    await server.process.stop();
    return { fillS, lists, atOnce, processorS, writesAfter };
  } finally {
    await opnsense.close();
  }
}

function resultOf(rounds: readonly Round[]): LoadResult {
  const of = (value: (round: Round) => number): Figure => figureOf(rounds.map(value));
  const seconds = of(({ fillS }) => fillS);
  const writes = Math.max(...rounds.map(({ writesAfter }) => writesAfter));
  const targets: readonly Target[] = [
    {
      id: 'fill-time',
      what: `${asCount(ADDRESSES)} addresses into an empty OPNsense, ${CALL_MS} ms a call, ${CONNECTIONS} connections`,
      wanted: `below ${MOST_S} s`,
      measured: showFigure(seconds, (s) => `${s.toFixed(1)} s`),
      met: seconds.median < MOST_S,
    },
    {
      id: 'fill-steady',
      what: 'The syncs after that: calls that write',
      wanted: 'none',
      measured: String(writes),
      met: writes === 0,
    },
  ];
  const least = (ADDRESSES * CALL_MS) / CONNECTIONS / 1000;
  return {
    load: 'fill',
    targets,
    section: `A ledger of ${asCount(ADDRESSES)} open addresses beside a simulated OPNsense that holds none, as after its reboot; it takes one address a call and
${CALL_MS} ms a call, and closes a connection after 16. The calls that add take ${least} s when ${CONNECTIONS} are under way all the time. Counted from the
first call to the last address in the table.

- the fill: ${showFigure(seconds, (s) => `${s.toFixed(1)} s`)}, with ${showFigure(
      of(({ lists }) => lists),
      asCount,
    )} reads of the whole table between
- calls under way, on average: ${showFigure(
      of(({ atOnce }) => atOnce),
      (calls) => calls.toFixed(2),
    )}
- of the processor, from the start of the process to the end of the fill: ${showFigure(
      of(({ processorS }) => processorS),
      (s) => `${s.toFixed(1)} s`,
    )}
- calls that write in two whole syncs afterwards: ${writes}
`,
  };
}

async function untilUp(room: Room, server: SallyportServer): Promise<void> {
  const deadline = performance.now() + FILLED_WITHIN_MS;
  for (;;) {
    const [firewall] = (await get<Status>(room, server, '/api/v1/status')).firewalls;
    if (firewall?.state === 'up') return;
    if (performance.now() > deadline)
      throw new Error(`the firewall is ${firewall?.state}: ${firewall?.lastError}`);
    await sleep(LOOK_EVERY_MS * 10);
  }
}

async function untilSo(room: Room, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + FILLED_WITHIN_MS;
  while (!isSo()) {
    room.signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`not filled after ${FILLED_WITHIN_MS / 1000} s`);
    await sleep(LOOK_EVERY_MS);
  }
}

function configOf(url: string): string {
  return `
limits:
  addresses: { rule: 1000000, group: 1000000 }
groups:
  - name: bench
    clients: [127.0.0.1]
    mode: enforce
    rules:
      - allow: .${ZONE}
firewalls:
  - name: here
    driver: opnsense
    url: ${url}
    key: ${DEFAULT_USER.key}
    secret: ${DEFAULT_USER.secret}
    alias: ${ALIAS}
    groups: [bench]
`;
}
