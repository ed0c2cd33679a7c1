/**
 * OPNsense, through an alias of type External: its calls change the pf table at once and nothing else; no config
 * revision, no reload. In return the table is lost at a reboot, and `done` is said whatever pf did.
 */
import { z } from 'zod';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import type { IpAddress, Prefix } from '../../base/ip-address.ts';
import type { Addition, AliasChanges, Driver, Entries, Entry, Finding } from '../driver.ts';
import { failedFinding } from '../findings.ts';
import { inParallel } from '../in-parallel.ts';
import { addressOfRow } from '../table-rows.ts';
import { createTypeCheck, tryNoAddress } from './alias-type.ts';
import { CONNECTIONS, createOpnsenseClient, type OpnsenseClient, type OpnsenseConnection } from './client.ts';
import { createAlias } from './create-alias.ts';
import { examineAlias, widerThanOne } from './examine-alias.ts';
import { killStates, tryKillStates } from './kill-states.ts';
import { type Row, readRows } from './read-rows.ts';

export interface OpnsenseOptions extends OpnsenseConnection {
  readonly alias: string;
  /** Cut what is open to an address that a person closes. */
  readonly kills?: boolean;
}

export function createOpnsenseDriver({ alias, kills = false, ...connection }: OpnsenseOptions): Driver {
  const client = createOpnsenseClient(connection);
  const type = createTypeCheck(client, alias, connection.clock);
  const readTable = async (signal: AbortSignal) => {
    const rows = await readRows(client, alias, signal);
    if (rows.length === 0) await insistOnAlias(client, alias, signal);
    return rows;
  };

  let wider: readonly string[] = [];

  // No bulk call exists.
  const addEach = async (additions: Iterable<Addition>, signal: AbortSignal) => {
    await type.insist(signal);
    await inParallel(additions, CONNECTIONS, signal, ({ address }, stop) =>
      addOne(client, { alias, address, noteMissing: type.forget }, stop),
    );
  };

  return {
    capabilities: {
      confirms: 'table',
      enforces: true,
      expires: false,
      counters: true,
      typicalLatencyMs: 200,
    },
    async read(signal) {
      const rows = await readTable(signal);
      wider = widerThanOne(rows);
      return toEntries(rows);
    },
    wider: () => wider,
    async apply({ add, remove }: AliasChanges, signal) {
      await addEach(add, signal);
      await inParallel(remove, CONNECTIONS, signal, (address, stop) =>
        removeOne(client, alias, address, stop),
      );
    },
    addEach,
    ...(kills && {
      killStates: (addresses: readonly IpAddress[], clients: readonly Prefix[], signal: AbortSignal) =>
        killStates(client, addresses, clients, signal),
    }),
    createAlias: (signal) => createAlias(client, alias, signal),
    async examine(signal) {
      const findings = await examine(client, alias, readTable, signal);
      return kills ? [...findings, ...(await examineKilling(client, findings, signal))] : findings;
    },
    close: client.close,
  };
}

const Status = z.object({ status: z.string(), status_msg: z.string().optional() });

async function addOne(
  client: OpnsenseClient,
  {
    alias,
    address,
    noteMissing,
  }: { readonly alias: string; readonly address: IpAddress; readonly noteMissing: () => void },
  signal: AbortSignal,
) {
  const { json } = await client.post(`firewall/alias_util/add/${alias}`, { address }, signal);
  const answer = Status.safeParse(json).data;
  if (answer?.status === 'done') return;
  if (answer?.status_msg?.startsWith('nonexistent alias')) {
    noteMissing();
    throw missingAlias(alias);
  }
  throw new KnownError(
    'firewall-misconfigured',
    `OPNsense did not take ${address} into ${alias}: ${answer?.status ?? JSON.stringify(json)}`,
    { hint: `Check that ${alias} is an alias of type External (advanced).` },
  );
}

/** pf removes what matches its own spelling exactly; for a single address our canonical text is that spelling. */
async function removeOne(client: OpnsenseClient, alias: string, address: IpAddress, signal: AbortSignal) {
  const { json } = await client.post(`firewall/alias_util/delete/${alias}`, { address }, signal);
  const status = Status.safeParse(json).data?.status;
  if (status === 'done') return;
  throw new KnownError(
    'firewall-misconfigured',
    `OPNsense did not remove ${address} from ${alias}: ${status ?? JSON.stringify(json)}`,
  );
}

/** An empty list is also what a missing alias and a dead backend look like, so it is only believed with the table named. */
async function insistOnAlias(client: OpnsenseClient, alias: string, signal: AbortSignal): Promise<void> {
  const { json } = await client.get('firewall/alias_util/aliases', signal);
  const tables = z.array(z.string()).safeParse(json).data;
  if (tables === undefined) {
    throw new TransientDriverError(
      'OPNsense does not say which tables it has: its backend (configd) is silent',
    );
  }
  if (!tables.includes(alias)) throw missingAlias(alias);
}

function missingAlias(alias: string): KnownError {
  return new KnownError('firewall-alias-missing', `OPNsense has no alias ${alias}`, {
    hint: `Make it: Firewall > Aliases > +, name ${alias}, type External (advanced), Save, then Apply. Where the key has the privilege "Firewall: Alias: Edit", \`sallyport firewalls create-alias\` makes it.`,
  });
}

/** A counter that is zero is left out of its row, and all of them are where the alias does not count. */
function toEntries(rows: readonly Row[]): Entries {
  const isCounting = rows.some(({ in_pass_p, out_pass_p }) => (in_pass_p ?? out_pass_p) !== undefined);
  const entries = new Map<IpAddress, Entry>();
  for (const row of rows) {
    const address = addressOfRow(row.ip);
    if (address !== undefined) entries.set(address, isCounting ? { packets: packetsOf(row) } : UNCOUNTED);
  }
  return entries;
}

/** One for all: there are thousands of rows. */
const UNCOUNTED: Entry = {};

function packetsOf({ in_pass_p = 0, out_pass_p = 0 }: Row): number {
  return in_pass_p + out_pass_p;
}

async function examine(
  client: OpnsenseClient,
  alias: string,
  readTable: (signal: AbortSignal) => Promise<readonly Row[]>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    const rows = await readTable(signal);
    findings.push(
      { check: 'reachable', result: 'ok', detail: 'OPNsense answers' },
      { check: 'key', result: 'ok', detail: 'The key is accepted' },
      { check: 'privileges', result: 'ok', detail: 'The key may read and change pf tables' },
    );
    const tryType = async (stop: AbortSignal) => {
      await tryNoAddress(client, alias, stop);
    };
    findings.push(await examineAlias(client, alias, rows, tryType, signal));
  } catch (error) {
    return [...findings, failedFinding(error, findings.length === 0 ? 'reachable' : 'alias')];
  }
  findings.push({
    check: 'rule-uses-alias',
    result: 'unknown',
    detail: 'OPNsense does not tell a key of this privilege which rules use an alias',
    remedy: `Look at Firewall > Rules: a pass rule from the protected host to ${alias}, and below it a block rule for the rest.`,
  });
  return findings;
}

async function examineKilling(
  client: OpnsenseClient,
  [first]: readonly Finding[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  // What does not answer, or refuses the key, is asked nothing more.
  if (first?.result !== 'ok') return [];
  try {
    await tryKillStates(client, signal);
    return [{ check: 'privileges', result: 'ok', detail: 'The key may kill states' }];
  } catch (error) {
    return [failedFinding(error, 'privileges')];
  }
}
