/** Twenty thousand open addresses over ten groups: what looking at all of them costs, what they weigh, and how soon a start answers. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode } from 'dns-packet';
import type { Run } from '../../../src/api/contract/firewalls.ts';
import type { Status } from '../../../src/api/contract/status.ts';
import { DEFAULT_USER, start as startOpnsense } from '../../simulators/opnsense.ts';
import { fillLedger } from '../ledger-rows.ts';
import type { Bench, Load, LoadResult, Target } from '../load.ts';
import { processorUs, residentMb } from '../process-use.ts';
import { inRoom, type Room } from '../room.ts';
import { get, post } from '../sallyport-api.ts';
import { benchGroup, launch, type SallyportServer, startUpstream, ZONE } from '../servers.ts';
import { asCount, figureOf, showFigure } from '../statistics.ts';

const GROUPS = 10;
const LEASES = 20_000;
/** Rules of a group: below the cap of addresses a rule may open. */
const RULES = 4;
/** Runs of the sync in one round. */
const SYNCS = 5;
const MOST_SYNC_MS = 300;
const MOST_MB = 200;
const MOST_START_MS = 2_000;
/** Milliseconds between two questions while it starts; below what one client may ask. */
const ASK_EVERY_MS = 25;
/** Milliseconds between two looks at the status, which counts all that is wanted open. */
const LOOK_EVERY_MS = 250;
/**
 * Milliseconds after the last run in which V8 gives back what the runs have left behind: a house has 45 s of that between two. What it
 * weighs right after them is told as well.
 */
const AT_REST_MS = 15_000;
/** Milliseconds after which a start has failed. */
const START_WITHIN_MS = 60_000;
const ALIAS = 'bench';

export const ledger: Load = {
  name: 'ledger',
  about: `${asCount(LEASES)} open addresses over ${GROUPS} groups: a sync of all, memory, and the first answer after a start`,
  needs: ['dnsperf', 'dnsmasq'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const opnsense = await startOpnsense({ aliases: [ALIAS], switches: { latencyMs: 40 } });
  try {
    const upstream = await startUpstream(room);
    const dataDir = join(room.directory, 'data');
    const options = { upstream, config: configOf(opnsense.url), env: { SALLYPORT_DATA_DIR: dataDir } };
    // The product's own start makes the groups and their rules; only the leases are written here.
    const first = await launch(room, options);
    await untilSynced(room, first);
    await first.process.stop();
    const { asked, addresses } = fillLedger(dataDir, LEASES);
    for (const address of addresses) opnsense.state.tables.get(ALIAS)?.add(address);

    const startMs: number[] = [];
    const startCostMs: number[] = [];
    const emptyStartMs: number[] = [];
    const emptyMb: number[] = [];
    const syncMs: number[] = [];
    const busyMb: number[] = [];
    const memoryMb: number[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      const empty = await emptyStart(room, upstream, asked);
      emptyStartMs.push(empty.ms);
      emptyMb.push(empty.mb);
      const began = performance.now();
      const server = await launch(room, options);
      await untilAnswered(room, server, asked);
      startMs.push(performance.now() - began);
      startCostMs.push(processorUs(server.pid) / 1000);
      await untilSynced(room, server);
      for (let i = 0; i < SYNCS; i++) syncMs.push(await costOfSync(room, server));
      busyMb.push(residentMb(server.pid));
      await sleep(AT_REST_MS);
      memoryMb.push(residentMb(server.pid));
      await server.process.stop();
      bench.progress(
        `ledger       ${round}/${bench.rounds}  first answer after ${startMs.at(-1)?.toFixed(0)} ms (${startCostMs.at(-1)?.toFixed(0)} of processor; ${emptyStartMs.at(-1)?.toFixed(0)} with nothing open), a sync ${syncMs.at(-1)?.toFixed(0)} ms of processor, ${busyMb.at(-1)?.toFixed(0)} MB, at rest ${memoryMb.at(-1)?.toFixed(0)} MB`,
      );
    }
    return resultOf({ startMs, startCostMs, emptyStartMs, emptyMb, syncMs, busyMb, memoryMb });
  } finally {
    await opnsense.close();
  }
}

interface Measured {
  readonly startMs: readonly number[];
  /** Of the processor, in the time of a start. */
  readonly startCostMs: readonly number[];
  /** The same start with an empty database and no firewall. */
  readonly emptyStartMs: readonly number[];
  readonly emptyMb: readonly number[];
  readonly syncMs: readonly number[];
  /** Right after several runs of the sync, and at rest. */
  readonly busyMb: readonly number[];
  readonly memoryMb: readonly number[];
}

function resultOf({
  startMs,
  startCostMs,
  emptyStartMs,
  emptyMb,
  syncMs,
  busyMb,
  memoryMb,
}: Measured): LoadResult {
  const targets = [
    below('ledger-sync', 'a sync of all of them', syncMs, MOST_SYNC_MS, 'ms of processor'),
    below('ledger-memory', 'memory of the whole process at rest', memoryMb, MOST_MB, 'MB'),
    below('ledger-start', 'from the start to the first confirmed answer', startMs, MOST_START_MS, 'ms'),
  ];
  return {
    load: 'ledger',
    targets,
    section: `${asCount(LEASES)} open addresses, each with a name of its own, over ${GROUPS} groups in strict mode; one simulated OPNsense (40 ms a call) whose alias
holds all of them when Sallyport starts. The first answer is that of a name whose address was open before: it is asked upstream, and
told when the alias was read. A sync is asked for through the API and finds nothing to change.

${targets.map(({ what, measured }) => `- ${what}: ${measured}`).join('\n')}
- memory right after ${SYNCS} runs of the sync, one after the other: ${showFigure(figureOf(busyMb), (mb) => `${mb.toFixed(0)} MB`)}
- of the processor, up to the first confirmed answer: ${milliseconds(startCostMs)}
- for comparison, from the start to the first answer with an empty database and no firewall: ${milliseconds(emptyStartMs)}; memory
  then: ${showFigure(figureOf(emptyMb), (mb) => `${mb.toFixed(0)} MB`)}
`,
  };
}

function milliseconds(values: readonly number[]): string {
  return showFigure(figureOf(values), (ms) => `${ms.toFixed(0)} ms`);
}

function below(id: string, what: string, values: readonly number[], most: number, unit: string): Target {
  const figure = figureOf(values);
  return {
    id,
    what: `${asCount(LEASES)} open addresses: ${what}`,
    wanted: `below ${most} ${unit}`,
    measured: showFigure(figure, (value) => `${value.toFixed(0)} ${unit}`),
    met: figure.median < most,
  };
}

interface EmptyStart {
  /** From the start of the process to its first answer. */
  readonly ms: number;
  readonly mb: number;
}

/** A process that knows nothing: what a start and its memory are made of without any open address. */
async function emptyStart(room: Room, upstream: number, name: string): Promise<EmptyStart> {
  const began = performance.now();
  const server = await launch(room, { upstream, config: benchGroup() });
  await untilAnswered(room, server, name);
  const ms = performance.now() - began;
  const mb = residentMb(server.pid);
  await server.process.stop();
  return { ms, mb };
}

/** Milliseconds of processor, all threads together. */
async function costOfSync(room: Room, server: SallyportServer): Promise<number> {
  const before = processorUs(server.pid);
  const { run } = await post<{ run: Run }>(room, server, '/api/v1/firewalls/here/sync');
  const ms = (processorUs(server.pid) - before) / 1000;
  if (run.outcome !== 'unchanged' || run.current !== LEASES)
    throw new Error(`a sync of ${run.current} addresses was ${run.outcome}: ${run.detail}`);
  return ms;
}

/** Until the table was read and holds what it should. */
async function untilSynced(room: Room, server: SallyportServer): Promise<void> {
  const isUp = async () =>
    (await get<Status>(room, server, '/api/v1/status')).firewalls.every(({ state }) => state === 'up');
  await untilSo(room, server, LOOK_EVERY_MS, () =>
    isUp().catch((error: unknown) => {
      if ((error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED') return false;
      throw error;
    }),
  );
}

/** Until the name is told with an address, asked again and again from the moment of the start. */
async function untilAnswered(room: Room, server: SallyportServer, name: string): Promise<void> {
  const socket = createSocket('udp4');
  const question = encode({ type: 'query', id: 1, flags: 1 << 8, questions: [{ name, type: 'A' }] });
  let isTold = false;
  socket.on('message', (reply) => {
    isTold ||= (decode(reply).answers ?? []).length > 0;
  });
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    await untilSo(room, server, ASK_EVERY_MS, async () => {
      socket.send(question, server.port, '127.0.0.1');
      return isTold;
    });
  } finally {
    socket.close();
  }
}

async function untilSo(
  room: Room,
  server: SallyportServer,
  everyMs: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + START_WITHIN_MS;
  while (!(await isSo())) {
    room.signal.throwIfAborted();
    if (server.process.hasEnded() || performance.now() > deadline)
      throw new Error(`Sallyport did not come up:\n${server.process.output.slice(-20).join('\n')}`);
    await sleep(everyMs);
  }
}

function configOf(url: string): string {
  const groups = Array.from({ length: GROUPS }, (_, i) => {
    const rules = Array.from({ length: RULES }, (_, n) => `      - allow: .s${n}.${ZONE}`);
    return `
  - name: group-${i}
    clients: [127.0.0.${i + 1}]
    mode: enforce
    gate: { onHoldLimit: servfail }
    rules:
      - allow: .${ZONE}
${rules.join('\n')}`;
  });
  return `
groups:${groups.join('')}
firewalls:
  - name: here
    driver: opnsense
    url: ${url}
    key: ${DEFAULT_USER.key}
    secret: ${DEFAULT_USER.secret}
    alias: ${ALIAS}
`;
}
