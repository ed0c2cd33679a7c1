/**
 * An OPNsense as far as its alias API goes, written from the contract (section 13): the request pipeline in its order, the
 * answers word for word, what differs between 25.1 and 26.7, and the ways it misleads as switches.
 *
 *   node scripts/run.mjs scripts/simulators/opnsense.ts --port 9443 --tls
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchPin } from '../../src/base/certificate.ts';
import { isProgram } from '../support/program.ts';
import {
  type ActionContext,
  findAction,
  type OpnsenseState,
  type PfTable,
  type SimAlias,
} from './opnsense-actions.ts';
import { type Counted, type OpnsenseVersion, RELEASES, type Release } from './opnsense-versions.ts';
import {
  html,
  json,
  type SelfSigned,
  type SimRequest,
  type SimResponse,
  selfSigned,
  serve,
  simulatorArguments,
} from './server.ts';

export interface OpnsenseSwitches {
  /** Milliseconds every action takes. */
  readonly latencyMs: number;
  /** add and delete answer `done` and change nothing, as they do when pfctl fails. */
  readonly doneDoesNothing: boolean;
  /** The backend is gone: lists are empty, writes are `done`, both after configdDelayMs. */
  readonly configdDown: boolean;
  readonly configdDelayMs: number;
  /** A wrong key is answered after this; 2 s on a real one. */
  readonly loginDelayMs: number;
  /** The Authorization header gets lost on the way. */
  readonly dropAuth: boolean;
  /** Everything is answered by somebody's web page, with 200. */
  readonly htmlInsteadOfJson: boolean;
  /** A PHP error text instead of the answer, with 200. */
  readonly htmlFatal: boolean;
  /** alias/reconfigure says ok and does nothing, because the minute's cron job holds the lock. */
  readonly lockHeld: boolean;
  /** pf's limit over all tables; adds beyond it are `done` without effect. */
  readonly tableLimit: number;
  /** Requests on one connection before it is closed. */
  readonly keepAliveRequests: number;
  /** The connection is closed when one more request comes on it, and no answer has said so. */
  readonly closesSilently: boolean;
  /** The connection drops after the next call with this in its path was worked on. */
  readonly resetAfter: string | undefined;
  /** Its clock less the real one, as the Date of its answers has it. */
  readonly clockOffMs: number;
  /** rowCount -1 is answered with one page of this size, as a box with a lower limit would. */
  readonly pageLimit: number;
}

const REAL: OpnsenseSwitches = {
  latencyMs: 0,
  doneDoesNothing: false,
  configdDown: false,
  configdDelayMs: 10_000,
  loginDelayMs: 2000,
  dropAuth: false,
  htmlInsteadOfJson: false,
  htmlFatal: false,
  lockHeld: false,
  tableLimit: 1_000_000,
  keepAliveRequests: 16,
  closesSilently: false,
  resetAfter: undefined,
  clockOffMs: 0,
  pageLimit: Number.POSITIVE_INFINITY,
};

export interface OpnsenseUser {
  readonly key: string;
  readonly secret: string;
  /** Patterns of the ACL; '*' stands for everything after it. */
  readonly privileges: readonly string[];
  /** user-config-readonly. */
  readonly readonly?: boolean;
}

export interface OpnsenseOptions {
  /** 26.7 without. */
  readonly version?: OpnsenseVersion;
  readonly port?: number;
  readonly host?: string;
  readonly tls?: SelfSigned;
  readonly switches?: Partial<OpnsenseSwitches>;
  /** External aliases that exist and are loaded from the start. */
  readonly aliases?: readonly string[];
  readonly users?: readonly OpnsenseUser[];
  /** Tables of external aliases that are kept elsewhere; the others live in memory. */
  readonly tables?: Readonly<Record<string, PfTable>>;
}

export const PF_TABLES_PRIVILEGE = '/api/firewall/alias_util/*';
export const STATES_PRIVILEGE = '/api/diagnostics/firewall/*';
export const ALIAS_EDIT_PRIVILEGE = '/api/firewall/alias/*';
export const DEFAULT_USER: OpnsenseUser = {
  key: 'simulator-key',
  secret: 'simulator-secret',
  privileges: [PF_TABLES_PRIVILEGE],
};

export async function start(options: OpnsenseOptions = {}) {
  let switches: OpnsenseSwitches = { ...REAL, ...options.switches };
  const state: OpnsenseState = {
    aliases: new Map(),
    tables: new Map(),
    revisions: 0,
    sessions: 0,
    requests: [],
    states: [],
    packets: new Map(),
  };
  let release = RELEASES[options.version ?? '26.7'];
  for (const table of ['bogons', 'bogonsv6', 'sshlockout', 'virusprot', '__lan_network']) {
    state.tables.set(table, new Set());
  }
  for (const name of options.aliases ?? ['plexfw_live']) {
    state.aliases.set(name, externalAlias());
    state.tables.set(name, options.tables?.[name] ?? new Set());
  }
  const users = options.users ?? [DEFAULT_USER];
  let [underWay, most, workedMs] = [0, 0, 0];
  const served = await serve(async (request) => {
    if (switches.closesSilently && request.onConnection > switches.keepAliveRequests) {
      request.reset();
      return undefined;
    }
    state.requests.push(`${request.method} ${request.path}`);
    most = Math.max(most, ++underWay);
    const began = performance.now();
    const answer = await pipeline(request, { state, switches, users, release });
    workedMs += performance.now() - began;
    underWay--;
    if (switches.resetAfter !== undefined && request.path.includes(switches.resetAfter)) {
      switches = { ...switches, resetAfter: undefined };
      request.reset();
      return undefined;
    }
    const closes = request.onConnection >= switches.keepAliveRequests && !switches.closesSilently;
    const isNew = request.headers.cookie?.includes('PHPSESSID=') !== true;
    if (isNew) state.sessions += 1;
    return {
      ...answer,
      headers: {
        ...answer.headers,
        ...ALWAYS,
        date: new Date(Date.now() + switches.clockOffMs).toUTCString(),
        ...(isNew ? { 'set-cookie': sessionCookie(state.sessions) } : {}),
        ...(closes ? { connection: 'close' } : {}),
      },
    };
  }, options);
  return {
    ...served,
    state,
    /** Calls that were worked on at one time, at most. */
    mostAtOnce: () => most,
    /** Milliseconds spent on calls so far, each counted for itself. */
    workedMs: () => workedMs,
    set(change: Partial<OpnsenseSwitches>) {
      switches = { ...switches, ...change };
    },
    /** It is upgraded, or set back. */
    install(version: OpnsenseVersion) {
      release = RELEASES[version];
    },
    /** So many packets pass to and from an entry of a table. */
    count(table: string, entry: string, counted: Counted) {
      const packets = state.packets.get(table) ?? new Map<string, Counted>();
      state.packets.set(table, packets.set(entry, counted));
    },
    /** What a table holds, as pf would list it. */
    table: (name: string): readonly string[] => [...(state.tables.get(name)?.keys() ?? [])],
    /** pf starts empty; aliases with content are filled again, external ones have none. */
    reboot() {
      for (const table of state.tables.values()) table.clear();
      state.packets.clear();
      for (const [name, alias] of state.aliases) {
        if (alias.type !== 'external') state.tables.set(name, new Set(alias.content));
      }
    },
  };
}

/** As a person makes it by the guide. */
export function externalAlias(): SimAlias {
  return {
    uuid: crypto.randomUUID(),
    type: 'external',
    content: [],
    enabled: true,
    expire: '',
    counters: false,
    description: '',
  };
}

const ALWAYS = {
  'cache-control': 'no-store, no-cache, must-revalidate',
  pragma: 'no-cache',
  server: 'OPNsense',
};

function sessionCookie(number: number): string {
  return `PHPSESSID=${String(number).padStart(26, '0')}; path=/; secure; HttpOnly; SameSite=Lax`;
}

interface Box {
  readonly release: Release;
  readonly state: OpnsenseState;
  readonly switches: OpnsenseSwitches;
  readonly users: readonly OpnsenseUser[];
}

/** Contract 13.1: the order decides what a client with several faults at once is told. */
async function pipeline(request: SimRequest, { state, switches, users, release }: Box): Promise<SimResponse> {
  if (switches.htmlInsteadOfJson) return html(200, 'Welcome', 'portal');
  if (!request.path.startsWith('/api/')) return html(404, '404 Not Found', 'lighttpd');
  if (request.method === 'POST' && request.headers['content-length'] === undefined) {
    return html(411, '411 Length Required', 'lighttpd');
  }
  const action = findAction(request.path);
  if (!release.hasRoutes) return json(400, { errorMessage: 'Action not found' });
  if (action === undefined) return json(404, { errorMessage: 'Endpoint not found' });

  const authorization = switches.dropAuth ? undefined : request.headers.authorization;
  if (authorization === undefined) {
    return { status: 302, headers: { location: `/?url=${request.rawUrl}` }, body: '' };
  }
  const user = authenticate(authorization, users);
  if (user === undefined) {
    await sleep(switches.loginDelayMs);
    return json(401, { status: 401, message: 'Authentication Failed' });
  }
  if (!user.privileges.some((pattern) => matches(pattern, request.rawUrl))) {
    return json(403, { status: 403, message: 'Forbidden' });
  }
  const isJson = /^application\/json(;charset=utf-8)?$/.test(
    (request.contentType ?? '').toLowerCase().replaceAll(' ', ''),
  );
  if (isJson && request.body === '') return json(400, { status: 400, message: 'Invalid JSON syntax' });
  if (switches.htmlFatal) {
    return {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<br />\n<b>Fatal error</b>: Fatal error: Uncaught',
    };
  }
  await sleep(switches.latencyMs);
  if (switches.configdDown) await sleep(switches.configdDelayMs);
  const context: ActionContext = {
    state,
    switches,
    release,
    isPost: request.method === 'POST',
    body: isJson ? parseBody(request.body) : parseForm(request),
    readonly: user.readonly ?? false,
  };
  return action(context);
}

function authenticate(authorization: string, users: readonly OpnsenseUser[]): OpnsenseUser | undefined {
  const given = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString('utf8');
  return users.find(({ key, secret }) => given === `${key}:${secret}`);
}

function matches(pattern: string, url: string): boolean {
  return pattern.endsWith('*') ? url.startsWith(pattern.slice(0, -1)) : url === pattern;
}

/** Broken JSON, null and scalars count as nothing sent. */
function parseBody(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function parseForm(request: SimRequest): Record<string, unknown> {
  if (request.contentType?.startsWith('application/x-www-form-urlencoded') !== true) return {};
  return Object.fromEntries(new URLSearchParams(request.body));
}

if (isProgram(import.meta.url)) {
  const { port, alias, tls } = simulatorArguments();
  const simulator = await start({
    port,
    aliases: [alias],
    ...(tls ? { tls: selfSigned('OPNsense.internal') } : {}),
    switches: { latencyMs: 40 },
  });
  console.log(
    `OPNsense simulator on ${simulator.url}: key ${DEFAULT_USER.key}, secret ${DEFAULT_USER.secret}, alias ${alias}`,
  );
  if (tls) console.log(`tls.pin: ${await fetchPin(simulator.url, { timeoutMs: 5000 })}`);
}
