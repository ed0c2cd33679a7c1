/**
 * A pfSense with the REST API package v2, as far as aliases, apply and tables go, written from the contract
 * (section 6): the checks in their order, the answers word for word, and the ways it misleads as switches.
 *
 *   node scripts/run.mjs scripts/simulators/pfsense.ts --port 9444 --tls
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchPin } from '../../src/base/certificate.ts';
import { isProgram } from '../support/program.ts';
import { actionFor, hasPath } from './pfsense-actions.ts';
import { createPfsenseBox, failure, type PfsenseAlias } from './pfsense-box.ts';
import {
  html,
  type SelfSigned,
  type SimRequest,
  type SimResponse,
  selfSigned,
  serve,
  simulatorArguments,
} from './server.ts';

export interface PfsenseSwitches {
  /** Milliseconds every request takes. */
  readonly latencyMs: number;
  /** Milliseconds of one filter reload: 50, 3000 and 40000 are all seen in the wild. */
  readonly reloadMs: number;
  /** pfctl refuses the rules: nothing changes and the subsystems stay dirty. */
  readonly reloadFails: boolean;
  /** /tmp/FirewallApplyDispatcher.lock was left behind: queued reloads never start. */
  readonly staleDispatcherLock: boolean;
  /** Another alias with a lower id is deleted just before the next PATCH is worked on. */
  readonly shiftIdsBeforeNextPatch: boolean;
  /** Another writer saves its older copy over the next write. */
  readonly loseNextWrite: boolean;
  /** The connection drops after the next write was worked on. */
  readonly resetAfterNextWrite: boolean;
  /** /tmp/.RESTAPI.write_config.lock is held: a write fails with 503 after writeLockWaitMs. */
  readonly writeLockHeld: boolean;
  readonly writeLockWaitMs: number;
  readonly apiEnabled: boolean;
  readonly readOnlyMode: boolean;
  /** Who answers instead of the API. */
  readonly html: 'no' | 'not-installed' | 'webgui-not-restarted' | 'php-down' | 'portal';
  /** Answers end in the middle. */
  readonly truncated: boolean;
  /** Failed log-ins from one address until sshguard drops it. */
  readonly lockoutAfter: number;
}

const REAL: PfsenseSwitches = {
  latencyMs: 0,
  reloadMs: 50,
  reloadFails: false,
  staleDispatcherLock: false,
  shiftIdsBeforeNextPatch: false,
  loseNextWrite: false,
  resetAfterNextWrite: false,
  writeLockHeld: false,
  writeLockWaitMs: 61_000,
  apiEnabled: true,
  readOnlyMode: false,
  html: 'no',
  truncated: false,
  lockoutAfter: 3,
};

export interface PfsenseUser {
  readonly key: string;
  readonly privileges: readonly string[];
  /** user-config-readonly: writes are answered with 200 and not stored. */
  readonly configReadonly?: boolean;
}

export interface PfsenseOptions {
  readonly port?: number;
  readonly host?: string;
  readonly tls?: SelfSigned;
  readonly switches?: Partial<PfsenseSwitches>;
  readonly aliases?: readonly PfsenseAlias[];
  /** Aliases that an enabled rule uses; all by default. */
  readonly referenced?: readonly string[];
  readonly users?: readonly PfsenseUser[];
  /** Of the REST API package. */
  readonly version?: string;
  /** After pf got its tables anew. */
  readonly onTables?: () => void;
}

export const LEAST_PRIVILEGES: readonly string[] = [
  'api-v2-firewall-aliases-get',
  'api-v2-firewall-alias-patch',
  'api-v2-firewall-apply-get',
  'api-v2-firewall-apply-post',
  'api-v2-diagnostics-table-get',
  'api-v2-system-version-get',
];
export const DEFAULT_USER: PfsenseUser = { key: 'f00d'.repeat(12), privileges: LEAST_PRIVILEGES };

export async function start(options: PfsenseOptions = {}) {
  let switches: PfsenseSwitches = { ...REAL, ...options.switches };
  const set = (change: Partial<PfsenseSwitches>) => {
    switches = { ...switches, ...change };
  };
  const aliases = options.aliases ?? [
    { name: 'Other_Alias', type: 'host', descr: '', address: [], detail: [] },
    { name: 'Plex_Allowed', type: 'host', descr: '', address: [], detail: [] },
  ];
  const box = createPfsenseBox({
    aliases,
    referenced: options.referenced ?? aliases.map(({ name }) => name),
    version: options.version ?? 'v2.10.0',
    switches: () => switches,
    set,
    onTables: options.onTables ?? (() => {}),
  });
  const users = options.users ?? [DEFAULT_USER];
  const failedLogins = new Map<string, number>();
  const lockedOut = (from: string) => (failedLogins.get(from) ?? 0) >= switches.lockoutAfter;
  const served = await serve(
    async (request) => {
      box.requests.push(`${request.method} ${request.path}`);
      const answer = await checkAndAct(request);
      if (switches.resetAfterNextWrite && ['PATCH', 'POST'].includes(request.method)) {
        set({ resetAfterNextWrite: false });
        request.reset();
        return undefined;
      }
      return switches.truncated ? { ...answer, body: answer.body.slice(0, -20) } : answer;
    },
    { ...options, refuses: lockedOut },
  );
  return {
    ...served,
    set,
    state: box,
    /** What pf holds for a table; undefined when there is no such table. */
    table: (name: string): readonly string[] | undefined => box.tables.get(name),
    reboot: () => box.reboot(),
    /** Every failed log-in is forgotten, as after two minutes. */
    forgive: () => failedLogins.clear(),
  };

  async function checkAndAct(request: SimRequest): Promise<SimResponse> {
    const page = htmlPage(request, switches.html);
    if (page !== undefined) return page;
    if (!hasPath(request.path, box.version)) return html(404, '404 Not Found', 'nginx');
    await sleep(switches.latencyMs);
    if (!switches.apiEnabled) {
      return failure(503, 'ENDPOINT_REST_API_IS_NOT_ENABLED', 'The REST API is currently not enabled.', {
        'retry-after': '5',
      });
    }
    const user = users.find(({ key }) => request.headers['x-api-key'] === key);
    if (user === undefined) {
      failedLogins.set(request.from, (failedLogins.get(request.from) ?? 0) + 1);
      return failure(401, 'AUTH_AUTHENTICATION_FAILED', 'Authentication failed.');
    }
    if (!user.privileges.includes('page-all') && !user.privileges.includes(privilegeOf(request))) {
      return failure(
        403,
        'AUTH_AUTHORIZATION_FAILED',
        'Authorization failed. You do not have sufficient privileges to access this resource.',
      );
    }
    const accept = request.headers.accept ?? '';
    if (!['', '*/*', 'application/json'].includes(accept)) {
      return failure(406, 'CONTENT_HANDLER_ENCODE_NOT_FOUND', `No content handler exists for \`${accept}\`.`);
    }
    const action = actionFor(request.method, request.path);
    if (action === undefined) {
      const what = `Resource at ${request.path} does not support the requested HTTP method \`${request.method}\``;
      return failure(405, 'ENDPOINT_METHOD_NOT_ALLOWED', what);
    }
    if (switches.readOnlyMode && request.method !== 'GET') {
      return failure(
        405,
        'ENDPOINT_METHOD_NOT_ALLOWED_IN_READ_ONLY_MODE',
        'The REST API is in read only mode.',
      );
    }
    const data = decode(request);
    if ('status' in data) return data;
    return action({ box, data, configReadonly: user.configReadonly ?? false });
  }
}

function htmlPage(request: SimRequest, kind: PfsenseSwitches['html']): SimResponse | undefined {
  switch (kind) {
    case 'no':
      return undefined;
    case 'not-installed':
      return html(404, '404 Not Found', 'nginx');
    case 'webgui-not-restarted':
      return ['PATCH', 'PUT', 'DELETE'].includes(request.method)
        ? html(405, '405 Not Allowed', 'nginx')
        : undefined;
    case 'php-down':
      return html(502, '502 Bad Gateway', 'nginx');
    case 'portal':
      return html(200, 'Login', 'portal');
  }
}

/** 'api-v2-firewall-alias-patch' for PATCH /api/v2/firewall/alias. */
function privilegeOf({ path, method }: SimRequest): string {
  return `${path.slice(1).replaceAll(/[/_]/g, '-')}-${method.toLowerCase()}`;
}

/** Without a content type GET and DELETE are read from the query; with JSON as content type the query is ignored. */
function decode(request: SimRequest): ReadonlyMap<string, unknown> | SimResponse {
  const contentType = request.contentType?.split(';')[0];
  const fromQuery = contentType === undefined && ['GET', 'DELETE'].includes(request.method);
  if (fromQuery) return new Map([...request.query].map(([name, value]) => [name, inferType(value)]));
  if (contentType !== undefined && contentType !== 'application/json') {
    return failure(
      415,
      'CONTENT_HANDLER_DECODE_NOT_FOUND',
      `No content handler exists for \`${contentType}\`. Change the value of your \`Content-Type\` header to a valid option and try again.`,
    );
  }
  if (request.body === '') return new Map();
  try {
    const value: unknown = JSON.parse(request.body);
    return new Map(Object.entries(value ?? {}));
  } catch {
    return failure(
      400,
      'JSON_CONTENT_HANDLER_COULD_NOT_DECODE_JSON',
      'Request body could not be decoded as JSON.',
    );
  }
}

function inferType(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^\d+$/.test(value) ? Number(value) : value;
}

if (isProgram(import.meta.url)) {
  const { port, alias, tls } = simulatorArguments();
  const simulator = await start({
    port,
    aliases: [{ name: alias, type: 'host', descr: '', address: [], detail: [] }],
    ...(tls ? { tls: selfSigned('pfSense-0123456789abc') } : {}),
    switches: { latencyMs: 100, reloadMs: 3000 },
  });
  console.log(`pfSense simulator on ${simulator.url}: key ${DEFAULT_USER.key}, alias ${alias}`);
  if (tls) console.log(`tls.pin: ${await fetchPin(simulator.url, { timeoutMs: 5000 })}`);
}
