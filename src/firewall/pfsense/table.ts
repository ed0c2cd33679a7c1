import { z } from 'zod';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import { findAlias } from './alias.ts';
import { type PfsenseClient, unexpectedAnswer } from './client.ts';
import { pendingSubsystems } from './reload.ts';

/** The rows of the table in pf; throws KnownError when pf has none because no rule uses the alias. */
export async function readTable(
  client: PfsenseClient,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const rows = await inspectTable(client, name, signal);
  if (rows === 'unused') throw noRuleUses(name);
  return rows;
}

/**
 *   pf has the table                              → its rows
 *   it has not; the alias is empty or not loaded  → none: nothing is open
 *   it has not; the alias has loaded entries      → unused: pfSense drops tables that no rule uses
 *   there is no alias                             → KnownError
 */
export async function inspectTable(
  client: PfsenseClient,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[] | 'unused'> {
  const answer = await client.call(
    { method: 'GET', endpoint: 'diagnostics/table', query: { id: name }, timeoutMs: TABLE_TIMEOUT_MS },
    signal,
  );
  if (answer.ok) {
    const table = Table.safeParse(answer.data);
    if (table.success) return table.data.entries ?? [];
    throw new TransientDriverError(`pfSense lists ${name} in a form we do not know`, { cause: table.error });
  }
  if (answer.responseId !== 'MODEL_OBJECT_NOT_FOUND')
    throw unexpectedAnswer(`list the table ${name}`, answer);

  const { addresses, others } = await findAlias(client, name, signal);
  if (addresses.size + others.length === 0) return [];
  if ((await pendingSubsystems(client, signal)).includes('aliases')) return [];
  return 'unused';
}

export function noRuleUses(name: string): KnownError {
  return new KnownError(
    'firewall-misconfigured',
    `No firewall rule uses the alias ${name}: pfSense keeps no table for it`,
    {
      hint: `Add a pass rule from the protected host with destination ${name} (Firewall > Rules), enabled, and Apply Changes.`,
    },
  );
}

/** pfSense lists every table of the box to find this one; with large block lists that takes seconds. */
const TABLE_TIMEOUT_MS = 30_000;

const Table = z.object({ entries: z.array(z.string()).nullish() });
