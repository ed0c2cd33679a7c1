/** The simulated pfSense itself: its configuration, its packet filter, and the reloads between them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pfOrder, pfSpelling } from './pf.ts';
import type { PfsenseSwitches } from './pfsense.ts';
import { json, type SimResponse } from './server.ts';

export interface PfsenseAlias {
  readonly name: string;
  readonly type: string;
  readonly descr: string;
  /** Null where config.xml has no such key, as for URL tables. */
  readonly address: readonly string[] | null;
  readonly detail: readonly string[] | null;
}

export type PfsenseBox = ReturnType<typeof createPfsenseBox>;

interface BoxOptions {
  readonly aliases: readonly PfsenseAlias[];
  readonly referenced: readonly string[];
  readonly version: string;
  readonly switches: () => PfsenseSwitches;
  readonly set: (change: Partial<PfsenseSwitches>) => void;
  /** After pf got its tables anew. */
  readonly onTables: () => void;
}

export function createPfsenseBox({ aliases, referenced, version, switches, set, onTables }: BoxOptions) {
  const box = {
    version,
    aliases: [...aliases],
    /** Names of the aliases that an enabled rule uses. */
    referenced: new Set(referenced),
    tables: new Map<string, readonly string[]>(),
    dirty: new Set<string>(),
    revisions: 0,
    reloads: 0,
    requests: [] as string[],
    /** As pfSense spells them: address and port. */
    states: [] as { readonly source: string; readonly destination: string }[],
    switches,
    set,
    queued: 0,
    /** Stores the aliases as one more config revision, unless another writer is faster. */
    store(next: readonly PfsenseAlias[]) {
      box.revisions += 1;
      box.dirty.add('aliases');
      if (switches().loseNextWrite) set({ loseNextWrite: false });
      else box.aliases = [...next];
    },
    /** A whole filter reload; it takes the configuration as it is when it ends. */
    async reload() {
      await sleep(switches().reloadMs);
      if (switches().reloadFails) return;
      box.reloads += 1;
      loadTables();
      box.dirty.clear();
    },
    /** pf gets its tables from the stored configuration; what was saved and not applied is applied by that. */
    reboot() {
      loadTables();
      box.dirty.clear();
    },
    /** Puts a reload behind those that wait; a left-over lock keeps all of them waiting. */
    enqueueReload() {
      box.queued += 1;
      tail = tail.then(async () => {
        if (!switches().staleDispatcherLock) await box.reload();
        box.queued -= 1;
      });
    },
  };
  let tail: Promise<void> = Promise.resolve();

  /** A table without entries is persistent; one with entries exists only while a rule uses it. */
  function loadTables() {
    box.tables.clear();
    for (const { name, address } of box.aliases) {
      const entries = (address ?? []).map(pfSpelling).filter((entry) => entry !== undefined);
      if (entries.length === 0 || box.referenced.has(name)) box.tables.set(name, pfOrder(new Set(entries)));
    }
    onTables();
  }
  loadTables();
  return box;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'bad request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  405: 'method not allowed',
  406: 'not acceptable',
  415: 'unsupported media type',
  500: 'internal server error',
  503: 'service unavailable',
};

/** The good answer around data. */
export function success(data: unknown): SimResponse {
  return json(200, { code: 200, status: 'ok', response_id: 'SUCCESS', message: '', data });
}

export function failure(
  code: number,
  responseId: string,
  message: string,
  headers: Record<string, string> = {},
): SimResponse {
  const text = message.replaceAll(/['"]/g, '`');
  return json(
    code,
    { code, status: REASONS[code], response_id: responseId, message: text, data: [] },
    headers,
  );
}
