/**
 * The stage the product is proven on: real packets, the kernel's own packet filter, resolvers that people use.
 * See topology.ts for the drawing. Everything is torn down by close(), also what a crashed run left behind.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchSallyport, type SallyportProcess, untilUp } from '../support/sallyport-process.ts';
import type { Zone } from '../toy-internet/zone.ts';
import { type Agent, startAgent } from './agent-client.ts';
import type { Reach, Told } from './sockets.ts';
import { buildTopology, NAME_SERVER, ROUTER_LAN, type Role, type Topology } from './topology.ts';

export interface Stage {
  readonly plex: Agent;
  readonly router: Agent;
  readonly internet: Agent;
  /** What starts a program at a place. */
  within(role: Role): readonly string[];
  /** A directory that goes with the stage. */
  readonly directory: string;
  run(role: Role, command: readonly string[], input?: string): Promise<string>;
  /** One HTTPS request from the Plex host to an address. */
  connect(address: string): Promise<Reach>;
  /** One question from the Plex host to the router, its time measured there. */
  ask(name: string, type?: 'A' | 'AAAA'): Promise<Told | 'silent'>;
  /** What dig on the Plex host prints, which finds its resolver in resolv.conf. */
  dig(...args: readonly string[]): Promise<string>;
  /** What glibc on the Plex host makes of a name, in its order; empty when it has no address. */
  getent(name: string): Promise<readonly string[]>;
  /** Addresses in both sets of an alias of the router (plex unless told), as the kernel holds them now. */
  openAddresses(alias?: string): Promise<ReadonlySet<string>>;
  /** Packets from the Plex host that the router has dropped so far: tells a first attempt from a repeated one. */
  droppedPackets(): Promise<number>;
  /** Packets that reached the internet's name server for a name. */
  packetsFor(name: string): Promise<number>;
  startSallyport(options: SallyportOptions): Promise<Sallyport>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** The router's packet filter, as nft reads it. */
  readonly rules?: string;
}

export interface SallyportOptions {
  /** The YAML of its configuration file. */
  readonly config: string;
  /** Kept over a restart when given again. */
  readonly dataDirectory: string;
  /** Of the admin, where somebody signs in to the page. */
  readonly password?: string;
}

export interface Sallyport {
  readonly process: SallyportProcess;
  /** Calls the API from the router and gives the parsed body; throws when the status is not 2xx. */
  api<Body>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Body>;
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

export async function buildStage(zone: Zone, { rules }: StageOptions = {}): Promise<Stage> {
  const topology = await buildTopology(rules);
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-stage-'));
  const agents: Agent[] = [];
  const running: Sallyport[] = [];
  const close = async () => {
    try {
      await Promise.all(running.map((sallyport) => sallyport.stop('SIGKILL')));
      await Promise.all(agents.map((agent) => agent.close()));
    } finally {
      await topology.remove();
      await rm(directory, { recursive: true, force: true });
    }
  };

  try {
    const starting = (['plex', 'router', 'internet'] as const).map((r) => startAgent(topology.namespace(r)));
    const [plex, router, internet] = (await Promise.all(starting)) as [Agent, Agent, Agent];
    agents.push(plex, router, internet);
    await internet.do('serveHttps', { port: HTTPS, ...(await makeCertificate(directory)) });
    await internet.do('serveNames', { addresses: NAME_SERVER, zone });
    return {
      plex,
      router,
      internet,
      directory,
      within: (role) => ['ip', 'netns', 'exec', topology.namespace(role)],
      run: topology.run,
      ...looks(topology, plex, internet),
      startSallyport: async (options) => {
        const sallyport = await startInRouter(topology, router, directory, options);
        running.push(sallyport);
        return sallyport;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Asks until the answer is yes; throws with what was waited for. Kernel time is real here, so there is no clock to move. */
export async function until(what: string, withinMs: number, isSo: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return performance.now() - began;
}

export const HTTPS = 443;
/** Milliseconds: above a SYN's way there and back on a busy machine, and below its first repetition (1 s, RFC 6298). */
const SYN_MS = 800;
const WEB = 'http://127.0.0.1:8080';
const API_TOKEN = 'stage-token-of-no-worth-0123456789abcdef';

function looks(topology: Topology, plex: Agent, internet: Agent) {
  const listSet = async (name: string): Promise<readonly string[]> => {
    const text = await topology.run('router', ['nft', '-j', 'list', 'set', 'inet', 'sallyport', name]);
    const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: readonly SetElement[] } }[] };
    const elements = nftables.flatMap((entry) => entry.set?.elem ?? []);
    return elements.map((element) => (typeof element === 'string' ? element : element.elem.val));
  };
  return {
    connect: (address: string) => plex.do('connect', { address, port: HTTPS, timeoutMs: SYN_MS }),
    ask: (name: string, type: 'A' | 'AAAA' = 'A') =>
      plex.do('question', { server: ROUTER_LAN[0], name, type, timeoutMs: 6_000 }),
    dig: (...args: readonly string[]) => topology.run('plex', ['dig', '+tries=1', '+time=6', ...args]),
    getent: async (name: string) => {
      try {
        const lines = (await topology.run('plex', ['getent', 'ahosts', name])).split('\n');
        return [...new Set(lines.map((line) => line.split(/\s+/)[0] ?? '').filter(Boolean))];
      } catch (error) {
        if ((error as { code?: unknown }).code === GETENT_NOT_FOUND) return [];
        throw error;
      }
    },
    openAddresses: async (alias = 'plex') =>
      new Set([...(await listSet(`${alias}_v4`)), ...(await listSet(`${alias}_v6`))]),
    droppedPackets: async () => {
      const text = await topology.run('router', [
        'nft',
        '-j',
        'list',
        'counter',
        'inet',
        'sallyport',
        'dropped',
      ]);
      const { nftables } = JSON.parse(text) as { nftables: { counter?: { packets: number } }[] };
      return nftables.reduce((sum, entry) => sum + (entry.counter?.packets ?? 0), 0);
    },
    packetsFor: async (name: string) => (await internet.do('counts', {}))[name.toLowerCase()] ?? 0,
  };
}

type SetElement = string | { readonly elem: { readonly val: string } };
const GETENT_NOT_FOUND = 2;

async function startInRouter(
  topology: Topology,
  router: Agent,
  directory: string,
  { config, dataDirectory, password }: SallyportOptions,
): Promise<Sallyport> {
  const configFile = join(directory, 'sallyport.yaml');
  await writeFile(configFile, config);
  const sallyport = launchSallyport({
    prefix: ['ip', 'netns', 'exec', topology.namespace('router')],
    env: {
      SALLYPORT_CONFIG: configFile,
      SALLYPORT_DATA_DIR: dataDirectory,
      SALLYPORT_DNS_LISTEN: ROUTER_LAN.map((a) => (a.includes(':') ? `[${a}]:53` : `${a}:53`)).join(','),
      SALLYPORT_WEB_LISTEN: '127.0.0.1:8080',
      SALLYPORT_UPSTREAMS: `udp://${NAME_SERVER[0]}`,
      SALLYPORT_API_TOKEN: API_TOKEN,
      ...(password === undefined ? {} : { SALLYPORT_ADMIN_PASSWORD: password }),
    },
  });
  const headers = { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' };
  await untilUp(sallyport, async () => (await isUp(router)) && (await answers(router)));
  return {
    process: sallyport,
    stop: (signal) => sallyport.stop(signal),
    async api(method, path, body) {
      const sent = { method, url: `${WEB}${path}`, headers };
      const { status, body: text } = await router.do(
        'http',
        body === undefined ? sent : { ...sent, body: JSON.stringify(body) },
      );
      if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`);
      return JSON.parse(text);
    },
  };
}

async function isUp(router: Agent): Promise<boolean> {
  try {
    return (await router.do('http', { method: 'GET', url: `${WEB}/healthz`, headers: {} })).status === 200;
  } catch (error) {
    if (String(error).includes('ECONNREFUSED')) return false;
    throw error;
  }
}

/** The page may be up before the listeners are: the health check of the image asks for both, too. */
async function answers(router: Agent): Promise<boolean> {
  const question = { name: 'healthcheck.invalid', type: 'A', timeoutMs: 200 } as const;
  const told = await Promise.all(ROUTER_LAN.map((server) => router.do('question', { ...question, server })));
  return told.every((answer) => answer !== 'silent');
}

/** For the HTTPS servers of this run only. */
async function makeCertificate(directory: string): Promise<{ keyFile: string; certFile: string }> {
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const cert = ['-x509', '-days', '2', '-subj', '/CN=toy-internet', '-out', certFile];
  await promisify(execFile)('openssl', ['req', ...key, ...cert]);
  return { keyFile, certFile };
}
