/**
 * One network of its own, without a way out, in which programs find Sallyport as people's machines do: in resolv.conf.
 *
 *   "dual" host      resolv.conf 192.168.20.1 ─┐
 *   "IPv4-only" host resolv.conf 192.168.30.1 ─┴▶ Sallyport :53 ──▶ toy internet :5300
 *   198.51.100.0/24, 2001:db8:ffff::/64 ──▶ a web server that says which address it was reached on
 *
 * A host is a mount namespace with files of its own in /etc. All of it goes when its processes end: nothing is left behind.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../support/find-program.ts';
import { launchSallyport, type SallyportProcess, untilUp } from '../support/sallyport-process.ts';
import type { Zone } from '../toy-internet/zone.ts';

/** Which of the two client groups a program belongs to: what it asks from is what it asks. */
export type Host = 'dual' | 'ipv4-only';

/** The resolver of each host. A packet to one's own address leaves from that address, so it names the client, too. */
export const RESOLVER: Readonly<Record<Host, string>> = { dual: '192.168.20.1', 'ipv4-only': '192.168.30.1' };
export const RESOLVER_IPV6 = '2001:db8:20::1';

/** Where nobody listens. */
export const DEAD_UPSTREAM = 'udp://127.0.0.1:5399';

export interface Room {
  /** The musl program, and a place for other files; goes with the room. */
  readonly directory: string;
  readonly sallyport: SallyportProcess;
  /** Runs a program on a host to its end, whatever its exit code. */
  run(host: Host, command: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RoomOptions {
  readonly zone: Zone;
  /** The YAML of Sallyport's configuration file. */
  readonly config: string;
  /** A name that is answered when all is up. */
  readonly anAllowedName: string;
}

export async function openRoom({ zone, config, anAllowedName }: RoomOptions): Promise<Room> {
  requirePrograms();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-clients-'));
  const helpers: ChildProcess[] = [];
  const products: SallyportProcess[] = [];
  const closing = new AbortController();
  const close = async () => {
    closing.abort();
    // Who was started last goes first: the hosts live in the network that the first helper keeps.
    for (const child of [...products].reverse()) await child.stop('SIGKILL');
    for (const child of helpers.reverse()) await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const network = await keep('unshare', ['--net', 'sh', '-euc', `${NETWORK}\n${READY}`]);
    helpers.push(network);
    const net = ['nsenter', '--target', String(network.pid), '--net', '--'];
    const hosts = new Map<Host, readonly string[]>();
    for (const host of ['dual', 'ipv4-only'] as const) {
      const keeper = await keepHost(net, host, directory);
      helpers.push(keeper);
      hosts.set(host, ['nsenter', '--target', String(keeper.pid), '--net', '--mount', '--']);
    }
    helpers.push(await keep(...commandOf([...net, process.execPath, WEB_SERVER])));
    products.push(await startToyInternet(net, directory, zone));
    const run = (host: Host, command: readonly string[]) =>
      execute([...(hosts.get(host) ?? []), ...command], closing.signal);
    const sallyport = await startSallyport(net, directory, config);
    products.push(sallyport);
    await untilUp(
      sallyport,
      async () => isAnswered(await run('dual', ['dig', '+tries=1', anAllowedName])),
      START_MS,
    );
    await compileMusl(directory);
    return { directory, sallyport, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Programs the suite needs, and the Debian package that has each. */
export const PACKAGES = {
  dig: 'dnsutils',
  kdig: 'knot-dnsutils',
  getent: 'libc-bin',
  'musl-gcc': 'musl-tools',
  gcc: 'gcc',
  python3: 'python3',
  curl: 'curl',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
} as const;

/** Static, so that it is musl's resolver and nobody else's; its path. */
export function muslProgram(directory: string): string {
  return join(directory, 'resolve-musl');
}

function requirePrograms(): void {
  const missing = Object.entries(PACKAGES).filter(([program]) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const names = missing.map(([program]) => program).join(', ');
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  throw new Error(`Real clients are missing: ${names}. Remedy: apt-get install ${packages}`);
}

/** The addresses of the toy internet are all this machine's own, whichever is asked for; IPv6 is usable at once. */
const NETWORK = `
ip link set lo up
ip address add ${RESOLVER.dual}/24 dev lo
ip address add ${RESOLVER['ipv4-only']}/24 dev lo
ip address add ${RESOLVER_IPV6}/64 dev lo nodad
ip route add local 198.51.100.0/24 dev lo
ip -6 route add local 2001:db8:ffff::/64 dev lo`;
/** Ends with its standard input, and so with this process, however that ends. */
const READY = 'echo ready; exec cat';
const WEB_SERVER = fileURLToPath(new URL('web-server.ts', import.meta.url));
const RESOLVE_C = fileURLToPath(new URL('resolve.c', import.meta.url));
const TOY_PORT = 5300;
/** Milliseconds a start may take: nothing is promised of a start here, and the machine may be busy with other tests. */
const START_MS = 90_000;

async function keepHost(net: readonly string[], host: Host, directory: string): Promise<ChildProcess> {
  const resolvConf = join(directory, `${host}.resolv.conf`);
  const nsswitch = join(directory, 'nsswitch.conf');
  await writeFile(resolvConf, `nameserver ${RESOLVER[host]}\n`);
  // Only files and DNS: what the machine itself knows of names must not answer for it.
  await writeFile(nsswitch, 'hosts: files dns\n');
  const mounts = `
mount --bind ${resolvConf} /etc/resolv.conf
mount --bind ${nsswitch} /etc/nsswitch.conf`;
  return keep(...commandOf([...net, 'unshare', '--mount', 'sh', '-euc', `${mounts}\n${READY}`]));
}

async function startToyInternet(
  net: readonly string[],
  directory: string,
  zone: Zone,
): Promise<SallyportProcess> {
  const zoneFile = join(directory, 'zone.json');
  await writeFile(zoneFile, JSON.stringify(zone));
  const toy = launchSallyport({
    prefix: net,
    env: {},
    main: 'scripts/toy-internet.ts',
    args: ['--port', String(TOY_PORT), '--zone', zoneFile],
  });
  await untilUp(toy, async () => toy.output.some((line) => line.startsWith('toy internet:')));
  return toy;
}

async function startSallyport(
  net: readonly string[],
  directory: string,
  config: string,
): Promise<SallyportProcess> {
  const configFile = join(directory, 'sallyport.yaml');
  await writeFile(configFile, config);
  return launchSallyport({
    prefix: net,
    env: {
      SALLYPORT_CONFIG: configFile,
      SALLYPORT_DATA_DIR: join(directory, 'data'),
      SALLYPORT_DNS_LISTEN: [...Object.values(RESOLVER), `[${RESOLVER_IPV6}]`].map((a) => `${a}:53`).join(),
      SALLYPORT_WEB_LISTEN: '127.0.0.1:8080',
      SALLYPORT_UPSTREAMS: `udp://127.0.0.1:${TOY_PORT}`,
    },
  });
}

async function compileMusl(directory: string): Promise<void> {
  const { exitCode, stderr } = await execute([
    ...['musl-gcc', '-static', '-O1', '-Wall', '-Werror'],
    ...['-o', muslProgram(directory), RESOLVE_C],
  ]);
  if (exitCode !== 0) throw new Error(`musl-gcc could not compile ${RESOLVE_C}:\n${stderr}`);
}

function isAnswered({ stdout }: Ended): boolean {
  return /status: NOERROR/.test(stdout) && /ANSWER: [1-9]/.test(stdout);
}

/** A process that says a line when it is ready, and then stays. */
async function keep(program: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${program} ${args.join(' ')} ended (${code}) before it was ready`);
  });
  await Promise.race([once(child.stdout as Readable, 'data'), gone]);
  gone.catch(() => {}); // From here on its end is ours.
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.stdin?.end();
  child.kill();
  await ended;
}

function commandOf(command: readonly string[]): [string, readonly string[]] {
  const [program = '', ...args] = command;
  return [program, args];
}

function execute(command: readonly string[], signal?: AbortSignal): Promise<Ended> {
  const [program, args] = commandOf(command);
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { ...(signal && { signal }) }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      if (typeof exitCode === 'number') resolve({ exitCode, stdout, stderr });
      else reject(error); // Not started, or ended by a signal.
    });
    child.stdin?.end();
  });
}
