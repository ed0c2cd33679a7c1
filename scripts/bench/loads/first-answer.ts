/** A name that nobody asked before: how long its first answer takes with each kind of firewall, beside the upstream alone. */
import type { Status } from '../../../src/api/contract/status.ts';
import { DEFAULT_USER as OPNSENSE_USER } from '../../simulators/opnsense.ts';
import { DEFAULT_USER as PFSENSE_USER } from '../../simulators/pfsense.ts';
import { freePort } from '../../support/ports.ts';
import { dnsperfLatencies } from '../dnsperf.ts';
import type { Bench, Load, LoadResult, Target } from '../load.ts';
import { inRoom, type Room } from '../room.ts';
import { get, readCounters } from '../sallyport-api.ts';
import { nameOfAddress, type SallyportServer, startSallyport, startUpstream, ZONE } from '../servers.ts';
import { percentile } from '../statistics.ts';

/** Milliseconds an answer may wait for the firewall, as groups have it unless told otherwise. */
const HOLD_LIMIT_MS = 4_500;
/** Milliseconds by which an answer at the hold limit may come later: a time slice, and the way there and back. */
const SLACK_MS = 250;
const MOST_ABOVE_UPSTREAM_MS = 20;
const MOST_OPNSENSE_MS = 150;
/** Milliseconds within which a firewall has been read for the first time. */
const UP_WITHIN_MS = 20_000;

interface Kind {
  readonly id: string;
  readonly title: string;
  /** Questions of one round, so many a second: slow enough that each is alone with the firewall. */
  readonly questions: number;
  readonly rate: number;
  /** The firewall in the YAML; starts what it needs. */
  firewall(room: Room): Promise<string>;
}

const KINDS: readonly Kind[] = [
  {
    id: 'nftables',
    title: 'nftables',
    questions: 40,
    rate: 20,
    async firewall(room) {
      await room.run(['nft', '-f', '-'], RULES);
      return 'driver: nftables';
    },
  },
  {
    id: 'opnsense',
    title: 'OPNsense, 40 ms a call',
    questions: 15,
    rate: 4,
    firewall: (room) =>
      simulated(room, 'opnsense', `key: ${OPNSENSE_USER.key}\n    secret: ${OPNSENSE_USER.secret}`),
  },
  {
    id: 'pfsense',
    title: 'pfSense, 3 s a reload',
    questions: 10,
    rate: 2,
    firewall: (room) => simulated(room, 'pfsense', `key: ${PFSENSE_USER.key}`),
  },
];

export const firstAnswer: Load = {
  name: 'first-answer',
  about: 'the first answer for a new address with nftables, and with simulated OPNsense and pfSense',
  needs: ['dnsperf', 'dnsmasq', 'nft', 'ip', 'root'],
  measure: (bench) => inRoom({ ...bench, ownNetwork: true }, (room) => measure(bench, room)),
};

interface Measured {
  readonly kind: Kind;
  readonly ms: number[];
  readonly upstreamMs: number[];
  unconfirmed: number;
}

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const upstream = await startUpstream(room);
  const all: Measured[] = [];
  for (const kind of KINDS) {
    const measured: Measured = { kind, ms: [], upstreamMs: [], unconfirmed: 0 };
    const config = configOf(await kind.firewall(room));
    const server = await startSallyport(room, { upstream, config });
    await untilRead(room, server);
    for (let round = 0; round <= bench.rounds; round++) {
      const names = Array.from({ length: kind.questions }, (_, i) => nameOfAddress(256 * (round + 1) + i));
      const file = await room.writeQuestions(`${kind.id}-${round}`, names);
      const alone = await ask(room, upstream, kind, file);
      const before = (await readCounters(room, server)).toldUnconfirmed;
      const answers = await ask(room, server.port, kind, file);
      // The first round is for the compiler.
      if (round === 0 && bench.rounds > 1) continue;
      measured.ms.push(...answers);
      measured.upstreamMs.push(...alone);
      measured.unconfirmed += (await readCounters(room, server)).toldUnconfirmed - before;
      bench.progress(
        `first-answer ${round}/${bench.rounds}  ${kind.title}: p50 ${percentile(answers, 50).toFixed(1)} ms`,
      );
    }
    all.push(measured);
  }
  return {
    load: 'first-answer',
    targets: all.map(targetOf),
    section: `Names that nobody asked before, each with an address of its own, one at a time; group in mode \`enforce\`, its hold limit (${HOLD_LIMIT_MS / 1000} s) and
\`onHoldLimit: answer\` as shipped. The upstream alone is asked for the same names in the same round. The few writes a minute of pfSense are soon
spent: the answer is then given at once, unconfirmed.

| | p50 | p95 | most | upstream alone, p50 | told unconfirmed | answers |
|---|---|---|---|---|---|---|
${all.map(tableRow).join('\n')}
`,
  };
}

function targetOf({ kind, ms, upstreamMs }: Measured): Target {
  const p50 = percentile(ms, 50);
  const what = `First answer for a new address, ${kind.title}`;
  if (kind.id === 'nftables') {
    const above = p50 - percentile(upstreamMs, 50);
    return {
      id: 'first-answer-nftables',
      what,
      wanted: `p50 below ${MOST_ABOVE_UPSTREAM_MS} ms above the upstream`,
      measured: `${above.toFixed(1)} ms above`,
      met: above < MOST_ABOVE_UPSTREAM_MS,
    };
  }
  if (kind.id === 'opnsense') {
    return {
      id: 'first-answer-opnsense',
      what,
      wanted: `p50 below ${MOST_OPNSENSE_MS} ms`,
      measured: `${p50.toFixed(1)} ms`,
      met: p50 < MOST_OPNSENSE_MS,
    };
  }
  const most = percentile(ms, 100);
  return {
    id: 'first-answer-pfsense',
    what,
    wanted: `never much above the hold limit of ${HOLD_LIMIT_MS / 1000} s`,
    measured: `${most.toFixed(0)} ms at most`,
    met: most <= HOLD_LIMIT_MS + SLACK_MS,
  };
}

function tableRow({ kind, ms, upstreamMs, unconfirmed }: Measured): string {
  const of = (values: readonly number[], percent: number) => `${percentile(values, percent).toFixed(1)} ms`;
  const share = `${((unconfirmed * 100) / ms.length).toFixed(0)} %`;
  const cells = [of(ms, 50), of(ms, 95), of(ms, 100), of(upstreamMs, 50), share, ms.length];
  return `| ${kind.title} | ${cells.join(' | ')} |`;
}

async function ask(room: Room, port: number, { rate }: Kind, questionsFile: string) {
  const prefix = room.inside(room.cores.generator);
  const run = { port, questionsFile, length: 'once', rate, prefix, signal: room.signal } as const;
  const { ms, lost } = await dnsperfLatencies(run, `${room.directory}/latencies-${port}.txt`);
  if (lost > 0) throw new Error(`port ${port}: ${lost} questions were not answered`);
  return ms;
}

async function untilRead(room: Room, server: SallyportServer): Promise<void> {
  const deadline = performance.now() + UP_WITHIN_MS;
  for (;;) {
    const [firewall] = (await get<Status>(room, server, '/api/v1/status')).firewalls;
    if (firewall?.state === 'up') return;
    if (performance.now() > deadline)
      throw new Error(`firewall ${firewall?.driver} is ${firewall?.state}: ${firewall?.lastError}`);
  }
}

/** The simulated box as it is run by hand, on the core of the generator. */
async function simulated(room: Room, driver: 'opnsense' | 'pfsense', keys: string): Promise<string> {
  const port = await freePort();
  const command = [`scripts/simulators/${driver}.ts`, '--port', String(port), '--alias', ALIAS];
  room.start(room.cores.generator, [process.execPath, ...command]);
  return `driver: ${driver}\n    url: http://127.0.0.1:${port}\n    ${keys}`;
}

const ALIAS = 'bench';

function configOf(firewall: string): string {
  return `
groups:
  - name: bench
    clients: [127.0.0.1]
    mode: enforce
    rules:
      - allow: .${ZONE}
firewalls:
  - name: here
    ${firewall}
    alias: ${ALIAS}
    groups: [bench]
`;
}

const RULES = `table inet sallyport {
  set ${ALIAS}_v4 { type ipv4_addr; flags timeout; }
  set ${ALIAS}_v6 { type ipv6_addr; flags timeout; }
  chain forward {
    type filter hook forward priority 0;
    ip daddr @${ALIAS}_v4 accept
    ip6 daddr @${ALIAS}_v6 accept
  }
}
`;
