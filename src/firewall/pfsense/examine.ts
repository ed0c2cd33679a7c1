import { z } from 'zod';
import { parseIpAddress } from '../../base/ip-address.ts';
import type { Finding } from '../driver.ts';
import { failedFinding } from '../findings.ts';
import { addressOfRow } from '../table-rows.ts';
import { findAlias, type StoredAlias, wrongType } from './alias.ts';
import { type PfsenseClient, privilegeFor } from './client.ts';
import { sourcesOf } from './kill-states.ts';
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
    findings.push(await examineVersion(client, signal));
    findings.unshift(
      { check: 'reachable', result: 'ok', detail: 'The REST API of pfSense answers' },
      { check: 'key', result: 'ok', detail: 'The key is accepted' },
    );
    const alias = await findAlias(client, name, signal);
    findings.push(examineAlias(name, alias, { waiting: await pendingSubsystems(client, signal), pending }));
    findings.push(await examineTable(client, name, alias, signal));
    findings.push(unseenPrivileges(kills));
    // Of an address of nobody: it is the privilege that is looked at.
    if (kills) await sourcesOf(client, parseIpAddress('192.0.2.254'), signal);
  } catch (error) {
    findings.push(failedFinding(error, 'version'));
  }
  return findings;
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

/** Writing cannot be tried without writing. */
function unseenPrivileges(kills: boolean): Finding {
  const needed = [
    privilegeFor('PATCH', 'firewall/alias'),
    privilegeFor('POST', 'firewall/apply'),
    ...(kills ? [privilegeFor('DELETE', 'firewall/states')] : []),
  ];
  return {
    check: 'privileges',
    result: 'unknown',
    detail: 'The key may read; whether it may write shows at the first change',
    remedy: `The user of the key also needs ${needed.join(' and ')}, and must not have "User - Config: Deny Config Write".`,
  };
}

const FLOOR = 'The REST API package has to be v2.6.0 or newer.';

const Version = z.object({ version: z.string().nullish() });
