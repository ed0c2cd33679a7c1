/** The endpoints of the simulated REST API v2; what a request went through before is in pfsense.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isIpAddress } from './pf.ts';
import { failure, type PfsenseAlias, type PfsenseBox, success } from './pfsense-box.ts';
import type { SimResponse } from './server.ts';

export interface ActionContext {
  readonly box: PfsenseBox;
  readonly data: ReadonlyMap<string, unknown>;
  readonly configReadonly: boolean;
}

type Action = (context: ActionContext) => Promise<SimResponse> | SimResponse;

/** nginx knows the URLs of the installed version, whatever the method. */
export function hasPath(path: string, version: string): boolean {
  if (path === TABLE && !atLeast(version, [2, 6, 0])) return false;
  return Object.keys(ACTIONS).some((route) => route.endsWith(` ${path}`));
}

export function actionFor(method: string, path: string): Action | undefined {
  return ACTIONS[`${method} ${path}`];
}

const ALIAS = '/api/v2/firewall/alias';
const ALIASES = '/api/v2/firewall/aliases';
const APPLY = '/api/v2/firewall/apply';
const STATES = '/api/v2/firewall/states';
const TABLE = '/api/v2/diagnostics/table';

const ACTIONS: Readonly<Record<string, Action>> = {
  'GET /api/v2/system/version': () =>
    success({ version: '2.8.1-RELEASE', base: '2.8.1', patch: '0', buildtime: '20250903-1700' }),

  'GET /api/v2/system/restapi/version': ({ box }) =>
    success({ current_version: box.version, latest_version: 'v2.10.0', update_available: false }),

  [`GET ${ALIASES}`]: ({ box, data }) => success(matching(box, data).map((alias) => withId(box, alias))),

  // No in-use check, and fields it does not know are ignored: a typing error deletes every alias.
  [`DELETE ${ALIASES}`]: ({ box, data }) => {
    if (data.size === 0) {
      return failure(
        400,
        'MODEL_DELETE_MANY_REQUIRES_QUERY_PARAMS',
        'At least one query parameter is required to perform mass deletion.',
      );
    }
    const gone = new Set(matching(box, data));
    box.store(box.aliases.filter((alias) => !gone.has(alias)));
    return success([...gone]);
  },

  [`GET ${ALIAS}`]: ({ box, data }) => {
    const found = aliasById(box, data.get('id'));
    return 'status' in found ? found : success(withId(box, found));
  },

  [`POST ${ALIAS}`]: async ({ box, data, configReadonly }) => {
    for (const field of ['name', 'type']) {
      if (!data.has(field)) return failure(400, 'FIELD_IS_REQUIRED', `Field \`${field}\` is required.`);
    }
    const taken = box.aliases.findIndex(({ name }) => name === data.get('name'));
    if (taken >= 0) {
      const message = `Field \`name\` must be unique. Value is in use by object with ID \`${taken}\`.`;
      return failure(400, 'FIELD_MUST_BE_UNIQUE', message);
    }
    const made = merge(
      { name: String(data.get('name')), type: '', descr: '', address: [], detail: [] },
      data,
    );
    const wrong = validate(made, data) ?? (await waitForLock(box));
    if (wrong !== undefined) return wrong;
    if (!configReadonly) box.store([...box.aliases, made]);
    return success({ id: box.aliases.length - 1, ...made });
  },

  [`PATCH ${ALIAS}`]: async ({ box, data, configReadonly }) => {
    if (box.switches().shiftIdsBeforeNextPatch) {
      box.set({ shiftIdsBeforeNextPatch: false });
      box.aliases.shift();
    }
    for (const flag of ['append', 'remove', 'apply']) {
      if (data.has(flag) && typeof data.get(flag) !== 'boolean') {
        const id = `ENDPOINT_${flag.toUpperCase()}_FIELD_INVALID_TYPE`;
        return failure(400, id, `Field \`${flag}\` must be of type \`boolean\`.`);
      }
    }
    const found = aliasById(box, data.get('id'));
    if ('status' in found) return found;
    const next = merge(found, data);
    const wrong = guardName(found, data) ?? validate(next, data) ?? (await waitForLock(box));
    if (wrong !== undefined) return wrong;
    if (!configReadonly) box.store(box.aliases.map((alias) => (alias === found ? next : alias)));
    if (data.get('apply') === true) {
      // The flag goes at once, although the reload may not have begun, or may fail.
      box.enqueueReload();
      box.dirty.delete('aliases');
    }
    return success({ id: data.get('id'), ...next });
  },

  [`DELETE ${ALIAS}`]: ({ box, data }) => {
    const found = aliasById(box, data.get('id'));
    if ('status' in found) return found;
    box.store(box.aliases.filter((alias) => alias !== found));
    return success(found);
  },

  [`GET ${APPLY}`]: ({ box }) => success(applyStatus(box)),

  [`POST ${APPLY}`]: async ({ box, data }) => {
    if (data.get('async') === false) {
      await box.reload();
      return success(applyStatus(box));
    }
    if (box.queued >= 10) {
      return failure(
        503,
        'DISPATCHER_TOO_MANY_QUEUED_PROCESSES',
        'Dispatcher allows for a maximum of `10` processes to be queued at once, try again after `300` seconds.',
        { 'retry-after': '300' },
      );
    }
    const spawned = applyStatus(box);
    box.enqueueReload();
    return success(spawned);
  },

  [`GET ${STATES}`]: ({ box, data }) => success(matchingStates(box, data)),

  // A field it does not know matches everything; IPv6 is cut at its first colon, and nothing is killed.
  [`DELETE ${STATES}`]: ({ box, data }) => {
    const hit = matchingStates(box, data);
    const gone = new Set(hit.filter(({ destination }) => !destination.includes('[')));
    box.states = box.states.filter((state) => !gone.has(state));
    return success(hit);
  },

  [`GET ${TABLE}`]: ({ box, data }) => {
    const id = data.get('id');
    if (id === undefined) return failure(400, 'MODEL_REQUIRES_ID', 'Field `id` is required.');
    const entries = box.tables.get(String(id));
    if (entries === undefined) {
      return failure(404, 'MODEL_OBJECT_NOT_FOUND', `Object with ID \`${id}\` does not exist.`);
    }
    return success({ id, ...(atLeast(box.version, [2, 8, 0]) ? { name: id } : {}), entries });
  },
};

function matching(box: PfsenseBox, data: ReadonlyMap<string, unknown>): readonly PfsenseAlias[] {
  return box.aliases.filter(({ name, type }) =>
    Object.entries({ name, type }).every(([field, value]) => !data.has(field) || data.get(field) === value),
  );
}

function matchingStates(box: PfsenseBox, data: ReadonlyMap<string, unknown>) {
  const begins = (value: string, field: string) => value.startsWith(String(data.get(field) ?? ''));
  return box.states.filter(
    ({ source, destination }) =>
      begins(source, 'source__startswith') && begins(destination, 'destination__startswith'),
  );
}

function withId(box: PfsenseBox, alias: PfsenseAlias) {
  return { id: box.aliases.indexOf(alias), ...alias };
}

function aliasById(box: PfsenseBox, id: unknown): PfsenseAlias | SimResponse {
  if (id === undefined) return failure(400, 'MODEL_REQUIRES_ID', 'Field `id` is required.');
  const found = box.aliases[Number(id)];
  return found ?? failure(404, 'MODEL_OBJECT_NOT_FOUND', `Object with ID \`${id}\` does not exist.`);
}

function applyStatus({ dirty }: PfsenseBox) {
  return { applied: dirty.size === 0, pending_subsystems: [...dirty] };
}

/** Given arrays replace the stored ones; append and remove have the gaps that the contract lists in 1.6. */
function merge(stored: PfsenseAlias, data: ReadonlyMap<string, unknown>): PfsenseAlias {
  const array = (field: 'address' | 'detail') => {
    const given = data.get(field);
    const old = stored[field];
    if (!Array.isArray(given)) return old;
    const same = JSON.stringify(given) === JSON.stringify(old);
    if (same && (data.get('append') === true || data.get('remove') === true)) return old;
    const appended = data.get('append') === true ? [...(old ?? []), ...given] : given;
    return data.get('remove') === true ? (old ?? []).filter((value) => !appended.includes(value)) : appended;
  };
  const type = data.get('type');
  const descr = data.get('descr');
  return {
    name: stored.name,
    type: typeof type === 'string' ? type : stored.type,
    descr: typeof descr === 'string' ? descr : stored.descr,
    address: array('address'),
    detail: array('detail'),
  };
}

function guardName({ name }: PfsenseAlias, data: ReadonlyMap<string, unknown>): SimResponse | undefined {
  const given = data.get('name');
  if (given === undefined || given === name) return undefined;
  return failure(
    400,
    'FIELD_VALUE_CHANGED_WHEN_NOT_EDITABLE',
    `Field \`name\` is not editable but the requested value \`${given}\` differs from its current value \`${name}\`.`,
  );
}

function validate(next: PfsenseAlias, data: ReadonlyMap<string, unknown>): SimResponse | undefined {
  for (const field of ['address', 'detail']) {
    const given = data.get(field);
    if (given === undefined) continue;
    if (!Array.isArray(given)) {
      return failure(400, 'FIELD_INVALID_MANY_VALUE', `Field \`${field}\` must be of type \`array\`.`);
    }
    if (given.some((value) => typeof value !== 'string')) {
      return failure(400, 'FIELD_INVALID_TYPE', `Field \`${field}\` must be of type \`string\``);
    }
  }
  if (!['host', 'network', 'port'].includes(next.type)) {
    return failure(400, 'FIELD_INVALID_CHOICE', 'Field `type` must be one of [host, network, port]');
  }
  const bad = (next.address ?? []).find((value) => !isIpAddress(value) && !/^[A-Za-z][\w.-]*$/.test(value));
  if (next.type === 'host' && bad !== undefined) {
    const message = `Host alias \`address\` value \`${bad}\` is not a valid IP, FQDN, or alias.`;
    return failure(400, 'INVALID_HOST_ALIAS_ADDRESS', message);
  }
  if ((next.detail ?? []).length > (next.address ?? []).length) {
    const message = 'Aliases cannot contain more `detail` items than `address` items.';
    return failure(400, 'TOO_MANY_ALIAS_DETAILS', message);
  }
  return undefined;
}

async function waitForLock(box: PfsenseBox): Promise<SimResponse | undefined> {
  if (!box.switches().writeLockHeld) return undefined;
  await sleep(box.switches().writeLockWaitMs);
  return failure(
    503,
    'MODEL_WRITE_CONFIG_LOCKED',
    'Failed to write to the configuration file after multiple attempts.',
    { 'retry-after': '5' },
  );
}

function atLeast(version: string, [major, minor, patch]: readonly [number, number, number]): boolean {
  const [a = 0, b = 0, c = 0] = version.replace('v', '').split('.').map(Number);
  return a !== major ? a > major : b !== minor ? b > minor : c >= patch;
}
