/**
 * A RouterOS 7 as far as the REST API of its address lists goes, with the ways it may mislead as switches. Written from
 * MikroTik's documentation and from what programs in the field do with it; docs/firewalls.md says what is not verified.
 *
 *   node scripts/run.mjs scripts/simulators/mikrotik.ts --port 9444 --tls
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchPin } from '../../src/base/certificate.ts';
import { isProgram } from '../support/program.ts';
import {
  createAddressLists,
  type Family,
  formatTimeout,
  type ListEntry,
  parseTimeout,
} from './mikrotik-lists.ts';
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

export interface MikrotikSwitches {
  /** Milliseconds every request takes. */
  readonly latencyMs: number;
  /** Writes are answered as if they had worked, and change nothing. */
  readonly writesDoNothing: boolean;
  /** Every entry was removed and made again, by somebody else, just before the next write: its id is another. */
  readonly shiftIdsBeforeNextWrite: boolean;
  /** Below 7 there is no /rest. */
  readonly version: string;
}

const REAL: MikrotikSwitches = {
  latencyMs: 0,
  writesDoNothing: false,
  shiftIdsBeforeNextWrite: false,
  version: '7.20.4 (stable)',
};

export interface MikrotikUser {
  readonly name: string;
  readonly password: string;
  /** Without the policy write, whatever changes something is refused. */
  readonly mayWrite?: boolean;
}

export interface MikrotikOptions {
  readonly port?: number;
  readonly host?: string;
  readonly tls?: SelfSigned;
  readonly switches?: Partial<MikrotikSwitches>;
  readonly users?: readonly MikrotikUser[];
  /** Filter rules, both families alike. */
  readonly rules?: readonly Readonly<Record<string, string>>[];
  /** The box's own time, by which entries end. */
  readonly now?: () => number;
  /** After each change of what is in the lists. */
  readonly onChange?: () => void;
}

export const DEFAULT_USER: MikrotikUser = { name: 'sallyport', password: 'simulator-password' };
export const DEFAULT_LIST = 'plex_allowed';

export async function start(options: MikrotikOptions = {}) {
  let switches: MikrotikSwitches = { ...REAL, ...options.switches };
  const users = options.users ?? [DEFAULT_USER];
  const rules = [...(options.rules ?? [acceptTo(DEFAULT_LIST)])];
  const lists = createAddressLists(options.now ?? Date.now, options.onChange);
  const requests: string[] = [];
  const served = await serve(async (request) => {
    requests.push(`${request.method} ${request.path}`);
    await sleep(switches.latencyMs);
    return respond(request);
  }, options);
  return {
    ...served,
    lists,
    rules,
    requests,
    set(change: Partial<MikrotikSwitches>) {
      switches = { ...switches, ...change };
    },
    /** What matches packets: enabled entries of a list in both families, as a person would write them. */
    table: (list: string): readonly string[] =>
      lists
        .all()
        .filter((entry) => entry.list === list && !entry.disabled)
        .map(({ address }) => address.replace(/\/128$/, '')),
    /** Entries with a time-out live in memory only. */
    reboot: () => lists.dropDynamic(),
  };

  function respond(request: SimRequest): SimResponse {
    if (!request.path.startsWith('/rest/')) return html(200, 'WebFig', 'RouterOS');
    if (switches.version.startsWith('6.')) return html(404, '404 Not Found', 'RouterOS');
    const user = authenticate(request, users);
    if (user === undefined) return failure(401, 'Unauthorized');
    const [, , ...segments] = request.path.split('/');
    const at = segments.join('/');
    if (at === 'system/resource' && request.method === 'GET')
      return json(200, { 'board-name': 'RB5009UG+S+', platform: 'MikroTik', version: switches.version });
    const [family, menu, kind, id, ...more] = segments;
    if ((family !== 'ip' && family !== 'ipv6') || menu !== 'firewall' || more.length > 0)
      return failure(400, 'Bad Request', 'no such command or directory');
    if (kind === 'filter' && request.method === 'GET') return json(200, rules.map(numbered));
    if (kind !== 'address-list') return failure(400, 'Bad Request', 'no such command or directory');
    if (request.method === 'GET') return json(200, list(family, request));
    // The console's own words; its REST wrapper has been seen to give them with 500.
    if (user.mayWrite === false) return failure(500, 'Internal Server Error', 'not enough permissions (9)');
    return write(family, id, request);
  }

  function list(family: Family, { query }: SimRequest) {
    return lists
      .all(family)
      .map(asRow)
      .filter((row) => [...query].every(([key, value]) => row[key] === value));
  }

  function write(family: Family, id: string | undefined, request: SimRequest): SimResponse {
    if (switches.shiftIdsBeforeNextWrite) {
      switches = { ...switches, shiftIdsBeforeNextWrite: false };
      lists.reissue();
    }
    const body = parse(request.body);
    if (body === undefined) return failure(400, 'Bad Request', 'invalid JSON');
    const timeout = body['timeout'] === undefined ? undefined : parseTimeout(body['timeout']);
    if (body['timeout'] !== undefined && timeout === undefined)
      return failure(400, 'Bad Request', 'invalid value for argument timeout');
    if (request.method === 'PUT' && id === undefined) {
      const { list: name, address, comment = '' } = body;
      if (name === undefined || address === undefined)
        return failure(
          400,
          'Bad Request',
          `missing value(s) of argument(s) ${name === undefined ? 'list' : 'address'}`,
        );
      const made = lists.add(family, { list: name, address, comment, timeout }, switches.writesDoNothing);
      if (made === 'duplicate') return failure(400, 'Bad Request', 'failure: already have such entry');
      if (made === 'invalid') return failure(400, 'Bad Request', `invalid value for argument address`);
      return json(201, asRow(made));
    }
    const entry = id === undefined ? undefined : lists.find(family, id);
    if (entry === undefined) return failure(404, 'Not Found');
    if (request.method === 'PATCH') {
      if (timeout !== undefined && !switches.writesDoNothing) lists.renew(entry, timeout);
      return json(200, asRow(entry));
    }
    if (request.method !== 'DELETE') return failure(400, 'Bad Request', 'no such command');
    if (!switches.writesDoNothing) lists.remove(entry);
    return { status: 204, body: '' };
  }

  /** Every value is text, as in the console. */
  function asRow(entry: ListEntry): Readonly<Record<string, string>> {
    const leftMs = lists.leftMs(entry);
    return {
      '.id': entry.id,
      address: entry.address,
      ...(entry.comment === '' ? {} : { comment: entry.comment }),
      'creation-time': '2026-11-22 10:00:00',
      disabled: String(entry.disabled),
      dynamic: String(leftMs !== undefined),
      list: entry.list,
      ...(leftMs === undefined ? {} : { timeout: formatTimeout(leftMs) }),
    };
  }
}

/** The filter rule that lets packets to a list through. */
export function acceptTo(list: string): Readonly<Record<string, string>> {
  return { chain: 'forward', action: 'accept', 'dst-address-list': list, disabled: 'false' };
}

function numbered(rule: Readonly<Record<string, string>>, index: number) {
  return { '.id': `*${(index + 1).toString(16).toUpperCase()}`, ...rule };
}

function failure(error: number, message: string, detail?: string): SimResponse {
  return json(error, { ...(detail === undefined ? {} : { detail }), error, message });
}

function authenticate(request: SimRequest, users: readonly MikrotikUser[]): MikrotikUser | undefined {
  const given = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64').toString('utf8');
  return users.find(({ name, password }) => given === `${name}:${password}`);
}

function parse(text: string): Readonly<Record<string, string>> | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

if (isProgram(import.meta.url)) {
  const { port, alias, tls } = simulatorArguments();
  const simulator = await start({
    port,
    rules: [acceptTo(alias)],
    ...(tls ? { tls: selfSigned('MikroTik') } : {}),
    switches: { latencyMs: 20 },
  });
  const { name, password } = DEFAULT_USER;
  console.log(`MikroTik simulator on ${simulator.url}: key ${name}, secret ${password}, alias ${alias}`);
  if (tls) console.log(`tls.pin: ${await fetchPin(simulator.url, { timeoutMs: 5000 })}`);
}
