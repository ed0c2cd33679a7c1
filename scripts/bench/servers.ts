/** The servers that are measured, and the upstream behind them. Each answers when the promise resolves. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../support/find-program.ts';
import { freePort } from '../support/ports.ts';
import { launchSallyport, onLoopback, type SallyportProcess, untilUp } from '../support/sallyport-process.ts';
import { dnsperf } from './dnsperf.ts';
import type { Room } from './room.ts';

export type Subject = 'Sallyport' | 'Node echo' | 'dnsmasq' | 'unbound' | 'pdns-recursor' | 'dnsdist';

export interface Server {
  readonly subject: Subject;
  readonly port: number;
  readonly pid: number;
}

export const ZONE = 'bench.example.net';

/** n11-0-4-7.bench.example.net: the upstream reads the address 11.0.4.7 from the name itself. */
export function nameOfAddress(number: number, label = ''): string {
  const octet = (shift: number) => (number >> shift) & 255;
  return `${label}n11-${octet(16)}-${octet(8)}-${octet(0)}.${ZONE}`;
}

/** Answers every name of nameOfAddress() with its own address, from memory: faster than all that is measured. */
export async function startUpstream(room: Room): Promise<number> {
  const port = await freePort();
  room.start(room.cores.upstream, [
    ...dnsmasqCommand(port),
    `--synth-domain=${ZONE},11.0.0.0/8,n`,
    '--local-ttl=3600',
    '--cache-size=0',
  ]);
  await untilItAnswers(room, port);
  return port;
}

export type Peer = Exclude<Subject, 'Sallyport'>;

export async function startPeer(
  room: Room,
  subject: Peer,
  upstream: number,
  more: readonly string[] = [],
): Promise<Server> {
  const port = await freePort();
  const command = await PEERS[subject]({ room, port, upstream });
  const child = room.start(room.cores.server, [...command, ...more]);
  await untilItAnswers(room, port);
  return { subject, port, pid: child.pid ?? 0 };
}

export interface SallyportOptions {
  readonly upstream: number;
  /** More of the YAML, at the top level. */
  readonly config: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its threads run wherever the kernel puts them, beside those who ask; else all of them on the server's core. */
  readonly anywhere?: boolean;
}

export interface SallyportServer extends Server {
  readonly web: number;
  readonly process: SallyportProcess;
}

export const API_TOKEN = 'bench-token-of-no-worth-0123456789abcdef';

/** As `npm start` starts it; up when this resolves. */
export async function startSallyport(room: Room, options: SallyportOptions): Promise<SallyportServer> {
  const server = await launch(room, options);
  await untilUp(server.process, () => answers(room, server.port));
  return server;
}

/** The same, not waiting until it is up. */
export async function launch(
  room: Room,
  { upstream, config, env, anywhere = false }: SallyportOptions,
): Promise<SallyportServer> {
  const [port, web] = [await freePort(), await freePort()];
  const file = join(room.directory, `sallyport-${port}.yaml`);
  await writeFile(file, config);
  const sallyport = launchSallyport({
    prefix: room.inside(anywhere ? undefined : room.cores.server),
    env: {
      SALLYPORT_CONFIG: file,
      ...onLoopback({
        dataDirectory: join(room.directory, `data-${port}`),
        dnsPort: port,
        webPort: web,
        upstreamPort: upstream,
      }),
      SALLYPORT_API_TOKEN: API_TOKEN,
      ...env,
    },
  });
  room.keep(sallyport);
  return { subject: 'Sallyport', port, web, pid: sallyport.pid, process: sallyport };
}

/**
 * One group that allows the zone, as the owner of a Plex host would write it. Where new names are what is measured, without
 * the budget for them and the cap of addresses: most would be refused or left out, which is quicker.
 */
export function benchGroup({ wildcardBudget = false } = {}): string {
  return `${wildcardBudget ? '' : UNLIMITED}
groups:
  - name: bench
    clients: [127.0.0.1]
    mode: enforce
    rules:
      - allow: .${ZONE}
`;
}

const UNLIMITED = `
limits:
  wildcard: { names: 0 }
  addresses: { rule: 1000000, group: 1000000 }
`;

interface Call {
  readonly room: Room;
  readonly port: number;
  readonly upstream: number;
}

const PEERS: Readonly<Record<Peer, (call: Call) => Promise<readonly string[]>>> = {
  'Node echo': async ({ port }) => [process.execPath, 'scripts/bench/echo.ts', String(port)],
  // With the cache it ships with (150 names): a larger one made it forward five times slower, which would flatter us.
  dnsmasq: async ({ port, upstream }) => [...dnsmasqCommand(port), `--server=127.0.0.1#${upstream}`],
  unbound: async ({ room, port, upstream }) => {
    const file = join(room.directory, 'unbound.conf');
    await writeFile(
      file,
      `server:
  interface: 127.0.0.1
  port: ${port}
  num-threads: 1
  do-ip6: no
  do-daemonize: no
  use-syslog: no
  verbosity: 0
  chroot: ""
  username: ""
  pidfile: ""
  directory: "${room.directory}"
  module-config: "iterator"
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstream}
`,
    );
    return [findProgram('unbound') ?? 'unbound', '-d', '-c', file];
  },
  'pdns-recursor': async ({ room, port, upstream }) => [
    findProgram('pdns_recursor') ?? 'pdns_recursor',
    `--config-dir=${room.directory}`,
    `--socket-dir=${room.directory}`,
    '--daemon=no',
    '--local-address=127.0.0.1',
    `--local-port=${port}`,
    `--forward-zones-recurse=.=127.0.0.1:${upstream}`,
    '--threads=1',
    '--dnssec=off',
    '--dont-query=',
    '--security-poll-suffix=',
    '--quiet=yes',
    '--loglevel=0',
  ],
  dnsdist: async ({ room, port, upstream }) => {
    const file = join(room.directory, 'dnsdist.conf');
    await writeFile(
      file,
      `setSecurityPollSuffix("")
setLocal("127.0.0.1:${port}")
newServer{address="127.0.0.1:${upstream}", checkName="${nameOfAddress(0)}", checkType="A"}
getPool(""):setCache(newPacketCache(100000))
`,
    );
    return [findProgram('dnsdist') ?? 'dnsdist', '--supervised', '--disable-syslog', '-C', file];
  },
};

function dnsmasqCommand(port: number): readonly string[] {
  const alone = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--no-hosts', '--no-resolv'];
  const where = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--user=root'];
  return [findProgram('dnsmasq') ?? 'dnsmasq', ...alone, ...where];
}

async function untilItAnswers(room: Room, port: number): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await answers(room, port))) {
    room.signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`nothing answers on port ${port} after ${START_MS} ms`);
  }
}

async function answers(room: Room, port: number): Promise<boolean> {
  const questionsFile = await room.writeQuestions('is-up', [nameOfAddress(0)]);
  const prefix = [...room.inside(room.cores.generator), 'timeout', '0.5'];
  const asked = { port, questionsFile, length: 'once', prefix, signal: room.signal } as const;
  try {
    return (await dnsperf(asked)).lost === 0;
  } catch {
    room.signal.throwIfAborted();
    return false; // Nobody listens there yet, and dnsperf gives up: asked again until the deadline.
  }
}

const START_MS = 30_000;
