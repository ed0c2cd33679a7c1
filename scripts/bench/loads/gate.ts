/** What the gate costs when everything it is asked about is confirmed: the same names in a group with a firewall and in one without. */
import { dnsperf } from '../dnsperf.ts';
import type { Bench, Load, LoadResult } from '../load.ts';
import { processorUs } from '../process-use.ts';
import { inRoom, type Room } from '../room.ts';
import { nameOfAddress, type SallyportServer, startSallyport, startUpstream, ZONE } from '../servers.ts';
import { asCount, asRatio, figureOf, ratioOf, showFigure } from '../statistics.ts';

const NAMES = 100;
/** Pairs of runs, one with the gate and one without, whatever --rounds says: fewer say nothing about a few percent. */
const LEAST_PAIRS = 9;
const MOST = 1.05;
/** Questions of one run in which no two are alike, so that none is answered from the finished replies. */
const UNLIKE = 30_000;

/** One process for both, asked from two addresses: two processes differ by more than what is looked for. */
const SIDES = { gated: '127.0.0.1', ungated: '127.0.0.2' } as const;
type Side = keyof typeof SIDES;

export const gate: Load = {
  name: 'gate',
  about: 'confirmed names in a group with a firewall, beside the same names in a group without one',
  needs: ['dnsperf', 'dnsmasq'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

interface Run {
  readonly processorUs: number;
  readonly queriesPerSecond: number;
}

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const upstream = await startUpstream(room);
  const server = await startSallyport(room, { upstream, config: CONFIG });
  const names = Array.from({ length: NAMES }, (_, i) => nameOfAddress(i + 1));
  const repeated = await room.writeQuestions('repeated', names);
  for (const side of ['gated', 'ungated'] as const) await run(room, server, side, repeated, 1);

  const pairs = Math.max(LEAST_PAIRS, bench.rounds);
  const kinds = [
    { id: 'gate-repeated', title: 'the same question again', runs: noRuns() },
    { id: 'gate-unlike', title: 'a question of its own each time', runs: noRuns() },
  ] as const;
  for (let pair = 1; pair <= pairs; pair++) {
    const unlike = await room.writeQuestions('unlike', inManyCases(names, pair * UNLIKE, UNLIKE));
    for (const { id, title, runs } of kinds) {
      const [file, length] = id === 'gate-repeated' ? [repeated, bench.seconds] : [unlike, 'once' as const];
      // Now one first and now the other: what grows from run to run counts for both.
      const order: readonly Side[] = pair % 2 === 0 ? ['gated', 'ungated'] : ['ungated', 'gated'];
      for (const side of order) runs[side].push(await run(room, server, side, file, length));
      bench.progress(
        `gate         ${pair}/${pairs}  ${title}: ${asRatio(last(runs.gated) / last(runs.ungated))} of the processor`,
      );
    }
  }
  return {
    load: 'gate',
    targets: kinds.map(({ id, title, runs }) => {
      const ratio = costRatio(runs);
      return {
        id,
        what: `Cost of the gate when all is confirmed, ${title}`,
        wanted: `at most ${asRatio(MOST)} of the processor without it`,
        measured: showFigure(ratio, asRatio),
        met: ratio.median <= MOST,
      };
    }),
    section: `${NAMES} names, all confirmed, asked in turns from a client whose group has a firewall (mode \`enforce\`, driver \`memory\`) and from one
whose group has none; one process answers both. ${pairs} pairs of runs. The same question again is answered with the finished reply;
one of ${asCount(UNLIKE)} that differ in their capitals goes the whole way to the cached answer and through the gate.

| | with the gate: µs of processor | without | ratio | with the gate: q/s | without |
|---|---|---|---|---|---|
${kinds.map(({ title, runs }) => tableRow(title, runs)).join('\n')}
${kinds.some(({ runs }) => costRatio(runs).median < FLATTERING) ? UNGATED_WRITES : ''}`,
  };
}

/** Below it the gate seems to give time instead of taking it. */
const FLATTERING = 1;
const UNGATED_WRITES = `
Where the gate seems to make it cheaper, it does not: a group without a firewall asks the ledger for a lease at each answer that goes
the whole way, confirmed addresses only when their lease has run half-way out.
`;

type Runs = Record<Side, Run[]>;
const noRuns = (): Runs => ({ gated: [], ungated: [] });
const last = (runs: readonly Run[]): number => runs.at(-1)?.processorUs ?? Number.NaN;
const costs = (runs: readonly Run[]): readonly number[] => runs.map((one) => one.processorUs);

function costRatio({ gated, ungated }: Runs) {
  return ratioOf(costs(gated), costs(ungated));
}

function tableRow(title: string, runs: Runs): string {
  const us = (side: Side) => showFigure(figureOf(costs(runs[side])), (value) => value.toFixed(1));
  const speed = (side: Side) => showFigure(figureOf(runs[side].map((one) => one.queriesPerSecond)), asCount);
  const cells = [
    us('gated'),
    us('ungated'),
    showFigure(costRatio(runs), asRatio),
    speed('gated'),
    speed('ungated'),
  ];
  return `| ${title} | ${cells.join(' | ')} |`;
}

async function run(
  room: Room,
  { port, pid }: SallyportServer,
  side: Side,
  questionsFile: string,
  length: 'once' | number,
): Promise<Run> {
  const before = processorUs(pid);
  const prefix = room.inside(room.cores.generator);
  const from = SIDES[side];
  const result = await dnsperf({ port, questionsFile, length, prefix, signal: room.signal, from });
  if ((result.rcodes['NOERROR'] ?? 0) < ALL_BUT_STRAYS)
    throw new Error(`${side}: not all were answered: ${JSON.stringify(result.rcodes)}`);
  return {
    processorUs: (processorUs(pid) - before) / result.completed,
    queriesPerSecond: result.queriesPerSecond,
  };
}

/** Each name over and over, with other letters in capitals each time: another question, and the same name. */
function* inManyCases(names: readonly string[], first: number, count: number): Generator<string> {
  for (let i = first; i < first + count; i++) {
    let bits = Math.floor(i / names.length);
    const name = names[i % names.length] ?? '';
    yield name.replaceAll(/[a-z]/g, (letter) => {
      const upper = bits % 2 === 1;
      bits = Math.floor(bits / 2);
      return upper ? letter.toUpperCase() : letter;
    });
  }
}

/** Percent: a stray packet of another program must not end a run of minutes. */
const ALL_BUT_STRAYS = 99.9;

const CONFIG = `
groups:
  - name: gated
    clients: [${SIDES.gated}]
    mode: enforce
    rules:
      - allow: .${ZONE}
  - name: ungated
    clients: [${SIDES.ungated}]
    mode: enforce
    rules:
      - allow: .${ZONE}
firewalls:
  - name: here
    driver: memory
    alias: bench
    groups: [gated]
`;
