import { z } from 'zod';
import { KnownError } from '../../base/errors.ts';
import type { Finding } from '../driver.ts';
import { failedFinding } from '../findings.ts';
import { addressOfRow } from '../table-rows.ts';
import { findAlias, type StoredAlias, wrongType } from './alias.ts';
import { type PfsenseClient, privilegeFor } from './client.ts';
import { pendingSubsystems } from './reload.ts';
import { inspectTable, noRuleUses } from './table.ts';

/** From the outside in: a box that does not answer, or refuses the key, is asked nothing more. */
export async function examine(
  client: PfsenseClient,
  {
    name,
    pending,
    kills,
  }: { readonly name: string; readonly pending: 'wait' | 'apply'; readonly kills: boolean },
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    const needed = kills ? [...NEEDED, ...FOR_KILLING] : NEEDED;
    const missing = await missingPrivileges(client, needed, signal);
    findings.push(
      { check: 'reachable', result: 'ok', detail: 'The REST API of pfSense answers' },
      { check: 'key', result: 'ok', detail: 'The key is accepted' },
      examinePrivileges(missing, needed.length),
    );
    // What one missing privilege hides is left out; the rest can still be looked at.
    const may = (...calls: readonly Call[]) => calls.every((call) => !missing.includes(call));
    if (may(VERSION)) findings.push(await examineVersion(client, signal));
    if (may(ALIASES, PENDING)) {
      const alias = await findAlias(client, name, signal);
      const waiting = await pendingSubsystems(client, signal);
      findings.push(examineAlias(name, alias, { waiting, pending }));
      if (may(TABLE)) findings.push(await examineTable(client, name, alias, signal));
    }
  } catch (error) {
    findings.push(failedFinding(error, 'version'));
  }
  return findings;
}

type Call = readonly [method: 'GET' | 'PATCH' | 'POST' | 'DELETE', endpoint: string];

const VERSION: Call = ['GET', 'system/version'];
const ALIASES: Call = ['GET', 'firewall/aliases'];
const PENDING: Call = ['GET', 'firewall/apply'];
const TABLE: Call = ['GET', 'diagnostics/table'];

const NEEDED: readonly Call[] = [
  VERSION,
  ALIASES,
  ['PATCH', 'firewall/alias'],
  ['POST', 'firewall/apply'],
  PENDING,
  TABLE,
];

const FOR_KILLING: readonly Call[] = [
  ['GET', 'firewall/states'],
  ['DELETE', 'firewall/states'],
];

async function missingPrivileges(
  client: PfsenseClient,
  needed: readonly Call[],
  signal: AbortSignal,
): Promise<readonly Call[]> {
  const missing: Call[] = [];
  for (const call of needed) {
    const [method, endpoint] = call;
    try {
      await client.call({ method, endpoint, withoutEffect: true, timeoutMs: 10_000 }, signal);
    } catch (error) {
      if (!(error instanceof KnownError) || error.code !== 'firewall-privilege-missing') throw error;
      missing.push(call);
    }
  }
  return missing;
}

function examinePrivileges(missing: readonly Call[], needed: number): Finding {
  const check = 'privileges';
  if (missing.length > 0) {
    const names = missing.map(([method, endpoint]) => privilegeFor(method, endpoint)).join(', ');
    return {
      check,
      result: 'failed',
      detail: `pfSense does not allow the key ${missing.length} of the ${needed} calls it needs`,
      remedy: `Give the user of the key ${names} (System > User Manager).`,
    };
  }
  return {
    check,
    result: 'ok',
    detail: 'The key may make every call it needs',
    remedy:
      'Its user must not have "User - Config: Deny Config Write": pfSense then says yes and stores nothing, which only a change can show.',
  };
}

async function examineVersion(client: PfsenseClient, signal: AbortSignal): Promise<Finding> {
  const answer = await client.call({ method: 'GET', endpoint: 'system/version', timeoutMs: 10_000 }, signal);
  const version = answer.ok ? Version.safeParse(answer.data).data?.version : undefined;
  if (version == null)
    return {
      check: 'version',
      result: 'unknown',
      detail: 'pfSense does not tell its version',
      remedy: FLOOR,
    };
  return { check: 'version', result: 'ok', detail: `pfSense ${version}` };
}

function examineAlias(
  name: string,
  { type, others, addresses }: StoredAlias,
  { waiting, pending }: { readonly waiting: readonly string[]; readonly pending: 'wait' | 'apply' },
): Finding {
  if (type !== 'host') return failedFinding(wrongType(name, type), 'alias');
  if (others.length > 0) {
    return {
      check: 'alias',
      result: 'failed',
      detail: `${name} holds more than addresses: ${others.slice(0, 5).join(', ')}. The next change removes these.`,
      remedy: `Move them to another alias: ${name} belongs to Sallyport alone.`,
    };
  }
  if (waiting.length > 0) {
    const then = pending === 'apply' ? 'our next change applies them too' : 'our changes wait for that';
    return {
      check: 'alias',
      result: 'unknown',
      detail: `Somebody's changes wait to be applied on pfSense (${waiting.join(', ')}); ${then}`,
      remedy: 'Apply or discard them on the pfSense page.',
    };
  }
  return {
    check: 'alias',
    result: 'ok',
    detail: `${name} is an alias of type Host(s) with ${addresses.size} addresses`,
  };
}

async function examineTable(
  client: PfsenseClient,
  name: string,
  { addresses }: StoredAlias,
  signal: AbortSignal,
): Promise<Finding> {
  const rows = await inspectTable(client, name, signal);
  if (rows === 'unused') return failedFinding(noRuleUses(name), 'rule-uses-alias');
  const foreign = rows.filter((row) => addressOfRow(row) === undefined);
  if (foreign.length > 0) {
    return {
      check: 'alias',
      result: 'failed',
      detail: `The table ${name} holds more than single addresses: ${foreign.slice(0, 5).join(', ')}`,
      remedy: 'Remove them under Diagnostics > Tables.',
    };
  }
  if (addresses.size > 0 && rows.length > 0) {
    return {
      check: 'rule-uses-alias',
      result: 'ok',
      detail: `pf keeps the table ${name}, so a rule uses it`,
    };
  }
  return {
    check: 'rule-uses-alias',
    result: 'unknown',
    detail: `${name} is empty: only with addresses in it does pfSense show whether a rule uses it`,
    remedy: noRuleUses(name).hint ?? '',
  };
}

const FLOOR = 'The REST API package has to be v2.6.0 or newer.';

const Version = z.object({ version: z.string().nullish() });
