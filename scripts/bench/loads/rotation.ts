/** Names that rotate, on real packets: how many connections to what was just told come to nothing, beside dnsmasq --nftset. */
import { join } from 'node:path';
import { LONGEST_TTL, rotatingZone } from '../../netns/rotating-names.ts';
import {
  NFTABLES,
  OPNSENSE_PORT,
  opnsense,
  type RotationResult,
  rotate,
  SHORT_BY_CALL,
  startDnsmasq,
  strictConfig,
} from '../../netns/rotation.ts';
import { buildStage, type Stage } from '../../netns/stage.ts';
import { routerRules } from '../../netns/topology.ts';
import type { Bench, Load, LoadResult, Target } from '../load.ts';

const LOOK_UPS = 500;
/** Milliseconds between two look-ups for each second of --seconds: by default the run is longer than five minutes. */
const MS_A_SECOND = 250;

interface Subject {
  readonly title: string;
  readonly isOurs: boolean;
  /** Of an element in the set, where whoever adds it gives it no time of its own. */
  readonly elementTimeout?: string;
  start(stage: Stage): Promise<unknown>;
}

const SUBJECTS: readonly Subject[] = [
  {
    title: 'Sallyport, nftables',
    isOurs: true,
    start: (stage) => startSallyport(stage, strictConfig(NFTABLES)),
  },
  {
    title: 'Sallyport, OPNsense at 40 ms a call',
    isOurs: true,
    async start(stage) {
      const switches = { latencyMs: 40 };
      await stage.router.do('serveOpnsense', { port: OPNSENSE_PORT, alias: 'plex', switches });
      await startSallyport(stage, strictConfig(opnsense('plex'), SHORT_BY_CALL));
    },
  },
  {
    title: `dnsmasq, set time-out of the longest TTL (${LONGEST_TTL} s)`,
    isOurs: false,
    elementTimeout: `${LONGEST_TTL}s`,
    start: startDnsmasq,
  },
  {
    title: 'dnsmasq, set time-out of 5 minutes',
    isOurs: false,
    elementTimeout: '5m',
    start: startDnsmasq,
  },
];

export const rotation: Load = {
  name: 'rotation',
  about: `${LOOK_UPS} look-ups of names that rotate, each followed by a connection: those dropped, beside dnsmasq --nftset`,
  needs: ['dnsmasq', 'nft', 'ip', 'openssl', 'root'],
  measure,
};

async function measure(bench: Bench): Promise<LoadResult> {
  const everyMs = MS_A_SECOND * bench.seconds;
  // All at the same time, each on a stage of its own: they wait more than they work.
  const results = await Promise.all(SUBJECTS.map((subject) => measureOne(bench, subject, everyMs)));
  const rows = SUBJECTS.map((subject, i) => ({ subject, result: results[i] ?? NOTHING }));
  return {
    load: 'rotation',
    targets: rows
      .filter(({ subject }) => subject.isOurs)
      .map(({ subject, result }) => target(subject, result)),
    section: `${LOOK_UPS} look-ups of 20 names with TTLs from 1 to ${LONGEST_TTL} s, whose every answer has other addresses: most of them again, some of them again,
or never the same twice. Each look-up is followed at once by a TCP connection to an address told, through a router that lets nothing
pass but what is in its sets; the run takes ${Math.round((LOOK_UPS * everyMs) / 1000)} s. Sallyport runs in strict mode with leases as short as each firewall can confirm (a
second of grace with nftables, ten with OPNsense); the simulated OPNsense keeps its table in the kernel's sets. dnsmasq has its
\`--nftset\` on sets with a time-out, and caches: an element that is there already keeps its old end.

| | told an address | connections dropped | packets dropped | not told |
|---|---|---|---|---|
${rows.map(({ subject, result }) => tableRow(subject, result)).join('\n')}
`,
  };
}

const NOTHING: RotationResult = {
  asked: 0,
  told: 0,
  dropped: [],
  untold: {},
  addresses: 0,
  droppedPackets: 0,
};

async function measureOne(bench: Bench, subject: Subject, everyMs: number): Promise<RotationResult> {
  const { elementTimeout } = subject;
  const rules = routerRules(elementTimeout === undefined ? {} : { elementTimeout });
  const stage = await buildStage(rotatingZone(), { rules });
  try {
    await subject.start(stage);
    bench.signal.throwIfAborted();
    const result = await rotate(stage, { count: LOOK_UPS, everyMs });
    bench.progress(
      `rotation     ${subject.title}: ${result.dropped.length} of ${result.told} connections dropped`,
    );
    return result;
  } finally {
    await stage.close();
  }
}

function startSallyport(stage: Stage, config: string) {
  return stage.startSallyport({ config, dataDirectory: join(stage.directory, 'data') });
}

function target(subject: Subject, { told, dropped, droppedPackets }: RotationResult): Target {
  return {
    id: 'rotation-dropped',
    what: `Rotating names, connections dropped: ${subject.title}`,
    wanted: 'none',
    measured: `${dropped.length} of ${told}`,
    met: dropped.length === 0 && droppedPackets === 0,
  };
}

function tableRow(
  { title }: Subject,
  { asked, told, dropped, droppedPackets, untold }: RotationResult,
): string {
  const share = `${dropped.length} (${((dropped.length * 100) / Math.max(1, told)).toFixed(1)} %)`;
  const others = Object.entries(untold).map(([outcome, count]) => `${count} ${outcome}`);
  return `| ${title} | ${told} of ${asked} | ${share} | ${droppedPackets} | ${others.join(', ') || '0'} |`;
}
