/** The actions behind /api/firewall of the simulated OPNsense; what a request went through before is in opnsense.ts. */
import type { OpnsenseSwitches } from './opnsense.ts';
import { type SimState, stateAction } from './opnsense-states.ts';
import { type Counted, listRow, type Release, searchRow } from './opnsense-versions.ts';
import { pfOrder, pfSpelling } from './pf.ts';
import { json, type SimResponse } from './server.ts';

export interface OpnsenseState {
  readonly aliases: Map<string, SimAlias>;
  /** pf tables, their entries as pf spells them. */
  readonly tables: Map<string, PfTable>;
  /** Config revisions written; a client of external aliases leaves it alone. */
  revisions: number;
  /** Session files on the box: one more for every call without a cookie. */
  sessions: number;
  readonly requests: string[];
  readonly states: SimState[];
  /** Packets through the entries of each table since they were added. */
  readonly packets: Map<string, Map<string, Counted>>;
}

/** As much of a set as the box needs of a table: what is in it may be kept anywhere. */
export interface PfTable {
  readonly size: number;
  keys(): Iterable<string>;
  has(entry: string): boolean;
  add(entry: string): unknown;
  delete(entry: string): unknown;
  clear(): void;
}

export interface SimAlias {
  readonly uuid: string;
  type: string;
  content: string[];
  enabled: boolean;
  expire: string;
  /** The option Statistics: its rows carry counters. */
  counters: boolean;
  readonly description: string;
}

export interface ActionContext {
  readonly state: OpnsenseState;
  readonly switches: OpnsenseSwitches;
  readonly release: Release;
  readonly isPost: boolean;
  readonly body: Record<string, unknown>;
  readonly readonly: boolean;
}

type Action = (context: ActionContext) => SimResponse;

/** The action of a path; undefined when no route leads there or a parameter is missing. */
export function findAction(path: string): Action | undefined {
  const [, , module, controller, command = '', ...parameters] = path.split('/');
  const [parameter] = parameters;
  const name = command.replaceAll('_', '').toLowerCase();
  if (module === 'diagnostics' && controller === 'firewall') {
    const act = stateAction(name, parameters);
    return act && (({ state, isPost, body }) => act(state.states, { isPost, body }));
  }
  if (module?.toLowerCase() !== 'firewall') return undefined;
  const without = (controller === 'alias_util' ? UTIL : controller === 'alias' ? ALIAS : {})[name];
  if (without !== undefined) return without;
  const needing = (controller === 'alias_util' ? UTIL_OF : controller === 'alias' ? ALIAS_OF : {})[name];
  if (needing === undefined || parameter === undefined || parameter === '') return undefined;
  return (context) => needing(parameter, context);
}

type ActionOf = (parameter: string, context: ActionContext) => SimResponse;

const nothing: SimResponse = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  body: '',
};
const status = (value: string) => json(200, { status: value });
const readonlyUser = ({ hasErrorLevel }: Release) =>
  json(500, {
    errorMessage: 'Configuration is read-only for this user',
    errorTitle: 'Access denied',
    ...(hasErrorLevel ? { errorLevel: 'error' } : {}),
  });
/** An entry that leaves its table takes its counters with it. */
const forgetPackets = (state: OpnsenseState, table: string, entry: string) =>
  void state.packets.get(table)?.delete(entry);

const UTIL: Readonly<Record<string, Action>> = {
  aliases({ state, switches }) {
    if (switches.configdDown) return nothing;
    const names = [...state.tables.keys()];
    return json(
      200,
      names.sort((a, b) => Number(a.startsWith('__')) - Number(b.startsWith('__')) || a.localeCompare(b)),
    );
  },
  findreferences({ state, body }) {
    const { ip } = body;
    if (typeof ip !== 'string') return status('IP parameter not specified!');
    const matches = [...state.tables].filter(([, entries]) => entries.has(ip)).map(([name]) => name);
    return json(200, { status: 'ok', matches });
  },
};

const UTIL_OF: Readonly<Record<string, ActionOf>> = {
  list(name, { state, switches, release, isPost, body }) {
    const entries = switches.configdDown ? [] : pfOrder(state.tables.get(name)?.keys() ?? []);
    const search = String((isPost && body['searchPhrase']) || '').toLowerCase();
    const found = entries.filter((ip) => ip.includes(search));
    const asked = isPost ? Number(body['rowCount'] ?? 9999) : 9999;
    const current = isPost ? Number(body['current'] ?? 1) : 1;
    const size = Math.min(asked < 0 ? Number.POSITIVE_INFINITY : asked, switches.pageLimit);
    const rows = found.slice(
      Number.isFinite(size) ? (current - 1) * size : 0,
      Number.isFinite(size) ? current * size : undefined,
    );
    const counts = state.aliases.get(name)?.counters === true;
    const packets = (ip: string) => state.packets.get(name)?.get(ip) ?? { inPass: 0, outPass: 0 };
    return json(200, {
      total: found.length,
      rowCount: release.repeatsRowCount ? Number((isPost && body['rowCount']) || -1) : rows.length,
      current,
      rows: rows.map((ip) => listRow(ip, counts ? packets(ip) : undefined, release)),
    });
  },

  add(name, { state, switches, release, isPost, body, readonly }) {
    const { address } = body;
    if (!isPost || address === undefined || address === null) return status('failed');
    if (readonly && release.guardsTables) return readonlyUser(release);
    if (typeof address !== 'string')
      return json(500, { errorMessage: 'Unexpected error, check log for details' });
    if (/[^0-9a-f:./_]/.test(address)) return status('not_an_address');
    const alias = state.aliases.get(name);
    if (alias === undefined) {
      return json(200, { status: 'failed', status_msg: `nonexistent alias ${name}` });
    }
    const entry = pfSpelling(address);
    if (alias.type === 'host' || alias.type === 'network') {
      if (entry === undefined) return json(500, { errorMessage: 'Unexpected error, check log for details' });
      // The entry at index 0 is not recognised as present, and is appended again.
      if (alias.content.indexOf(address) <= 0) {
        alias.content.push(address);
        state.revisions += 1;
      }
    }
    const table = state.tables.get(name) ?? new Set<string>();
    const used = [...state.tables.values()].reduce((sum, { size }) => sum + size, 0);
    const works = !switches.doneDoesNothing && !switches.configdDown && used < switches.tableLimit;
    if (entry !== undefined && works) {
      state.tables.set(name, table);
      table.add(entry);
    }
    return status('done');
  },

  delete(name, { state, switches, release, isPost, body, readonly }) {
    const { address } = body;
    if (!isPost || typeof address !== 'string') return status('failed');
    if (readonly && release.guardsTables) return readonlyUser(release);
    const alias = state.aliases.get(name);
    const at = alias?.content.indexOf(address) ?? -1;
    if (at >= 0) {
      alias?.content.splice(at, 1);
      state.revisions += 1;
    }
    if (!switches.doneDoesNothing && !switches.configdDown) {
      state.tables.get(name)?.delete(address);
      forgetPackets(state, name, address);
    }
    return status('done');
  },

  flush(name, { state, switches, isPost }) {
    if (!isPost) return status('failed');
    if (!switches.configdDown) {
      state.tables.get(name)?.clear();
      state.packets.delete(name);
    }
    return status('done');
  },
};

const ALIAS: Readonly<Record<string, Action>> = {
  searchitem({ state, release, body }) {
    const search = String(body['searchPhrase'] ?? '');
    const rows = [...state.aliases]
      .filter(([name]) => name.includes(search))
      .map(([name, alias]) => searchRow(name, alias, release));
    return json(200, { rows, rowCount: rows.length, total: rows.length, current: 1 });
  },
  additem({ state, release, isPost, body, readonly }) {
    const { alias } = body;
    if (!isPost || typeof alias !== 'object' || alias === null) return json(200, { result: 'failed' });
    if (readonly) return readonlyUser(release);
    const fields = alias as Record<string, unknown>;
    const name = String(fields['name'] ?? '');
    const validations: Record<string, string> = {};
    if (!ALIAS_NAME.test(name)) {
      validations['alias.name'] =
        'The name must start with a letter or single underscore, be less than 32 characters and only consist of alphanumeric characters or underscores.';
    } else if (state.aliases.has(name)) validations['alias.name'] = 'An alias with this name already exists.';
    if (!TYPES.has(String(fields['type']))) validations['alias.type'] = 'Option [] not in list.';
    if (Object.keys(validations).length > 0) return json(200, { result: 'failed', validations });
    const uuid = crypto.randomUUID();
    const content = String(fields['content'] ?? '')
      .split('\n')
      .filter((line) => line !== '');
    state.aliases.set(name, {
      uuid,
      type: String(fields['type']),
      content,
      enabled: String(fields['enabled'] ?? '1') === '1',
      expire: release.hasExpire ? String(fields['expire'] ?? '') : '',
      counters: String(fields['counters'] ?? '0') === '1',
      description: String(fields['description'] ?? ''),
    });
    state.revisions += 1;
    return json(200, { result: 'saved', uuid });
  },
  reconfigure({ state, switches, isPost }) {
    if (!isPost) return status('failed');
    if (switches.lockHeld || switches.configdDown) return status('ok');
    for (const [name, { type, content }] of state.aliases) {
      if (type !== 'external') state.tables.set(name, new Set(content));
      else if (!state.tables.has(name)) state.tables.set(name, new Set());
    }
    return status('ok');
  },
  gettablesize({ state, switches }) {
    if (switches.configdDown) return nothing;
    const details = Object.fromEntries(
      [...state.tables].map(([name, entries]) => [name, { count: entries.size, updated: null }]),
    );
    const used = [...state.tables.values()].reduce((sum, { size }) => sum + size, 0);
    return json(200, { status: 'ok', size: switches.tableLimit, used, details });
  },
};

const ALIAS_OF: Readonly<Record<string, ActionOf>> = {
  getaliasuuid(name, { state }) {
    const alias = state.aliases.get(name);
    return json(200, alias === undefined ? [] : { uuid: alias.uuid });
  },
  delitem(uuids, { state, release, isPost }) {
    const asked = release.deletesLists ? uuids.split(',') : [uuids];
    const found = [...state.aliases].filter(([, { uuid }]) => asked.includes(uuid));
    if (!isPost || found.length === 0) return json(200, { result: isPost ? 'not found' : 'failed' });
    for (const [name] of found) state.aliases.delete(name);
    state.revisions += 1;
    return json(200, { result: 'deleted' });
  },
  toggleitem(uuid, { state, isPost }) {
    const alias = [...state.aliases.values()].find((candidate) => candidate.uuid === uuid);
    if (!isPost || alias === undefined) return json(200, { result: 'failed' });
    alias.enabled = !alias.enabled;
    state.revisions += 1;
    return json(200, { result: alias.enabled ? 'Enabled' : 'Disabled', changed: true });
  },
};

const ALIAS_NAME = /^([a-zA-Z]|(([_a-zA-Z][a-zA-Z0-9]|[a-zA-Z][_a-zA-Z0-9])[_a-zA-Z0-9]{0,29}))$/;
const TYPES = new Set(['host', 'network', 'port', 'url', 'urltable', 'networkgroup', 'external']);
