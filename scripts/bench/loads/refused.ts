/** Names that no rule allows, in turns with cached ones of the same Sallyport. */
import type { Bench, Load, LoadResult } from '../load.ts';
import { describeRate, measureRate, type Rate } from '../rates.ts';
import { inRoom, type Room } from '../room.ts';
import { benchGroup, startSallyport, startUpstream } from '../servers.ts';
import { asCount, asRatio, figureOf, ratioOf, showFigure } from '../statistics.ts';
import { names, warm } from './cached.ts';

const NAMES = 100;

export const refused: Load = {
  name: 'refused',
  about: 'names that no rule allows, beside cached ones of the same process',
  needs: ['dnsperf', 'dnsmasq'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const upstream = await startUpstream(room);
  const server = await startSallyport(room, { upstream, config: benchGroup() });
  const files = {
    cached: await room.writeQuestions('cached', names(NAMES)),
    refused: await room.writeQuestions(
      'refused',
      Array.from({ length: NAMES }, (_, i) => `telemetry${i}.tracker.example.org`),
    ),
  };
  await warm(room, server, files.cached);

  const rates: Record<keyof typeof files, Rate[]> = { cached: [], refused: [] };
  for (let round = 1; round <= bench.rounds; round++) {
    for (const kind of ['cached', 'refused'] as const) {
      const rate = await measureRate({
        room,
        server,
        questionsFile: files[kind],
        length: bench.seconds,
        rcode: kind === 'cached' ? 'NOERROR' : 'NXDOMAIN',
      });
      rates[kind].push(rate);
      describeRate(bench, kind, round, 'Sallyport', rate);
    }
  }
  const speed = (kind: keyof typeof files) => rates[kind].map((rate) => rate.queriesPerSecond);
  const ratio = ratioOf(speed('refused'), speed('cached'));
  const row = (kind: keyof typeof files) =>
    `| ${kind} | ${showFigure(figureOf(speed(kind)), asCount)} | ${figureOf(rates[kind].map((rate) => rate.processorUs)).median.toFixed(1)} |`;
  return {
    load: 'refused',
    targets: [
      {
        id: 'refused-cached',
        what: 'Refused names',
        wanted: 'at least as many a second as cached ones',
        measured: showFigure(ratio, asRatio),
        met: ratio.median >= 1,
      },
    ],
    section: `${NAMES} names that no rule allows (NXDOMAIN with SOA, counted and written down), in turns with ${NAMES} cached ones.

| | q/s (min–max) | µs of processor |
|---|---|---|
${row('cached')}
${row('refused')}
`,
  };
}
