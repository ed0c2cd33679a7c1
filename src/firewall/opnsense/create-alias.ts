import { z } from 'zod';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import type { OpnsenseClient } from './client.ts';

/** Makes the alias, of type External and counting; a revision of the configuration, and only where a person asked for it. */
export async function createAlias(client: OpnsenseClient, alias: string, signal: AbortSignal): Promise<void> {
  if (await isConfigured(client, alias, signal)) {
    throw new KnownError('name-taken', `OPNsense has an alias ${alias} already`, {
      hint: 'If its type is External (advanced) there is nothing to do: press Apply there, and sync.',
    });
  }
  await addAlias(client, alias, signal);
  const { json } = await client.post('firewall/alias/reconfigure', {}, signal);
  if (Answer.safeParse(json).data?.status === 'ok') return;
  throw new TransientDriverError(
    `OPNsense made the alias ${alias} and did not load it (${JSON.stringify(json)}): press Apply under Firewall > Aliases`,
  );
}

async function isConfigured(client: OpnsenseClient, alias: string, signal: AbortSignal): Promise<boolean> {
  const { json } = await client.get(`firewall/alias/get_alias_uuid/${alias}`, signal);
  return z.object({ uuid: z.string() }).safeParse(json).success;
}

async function addAlias(client: OpnsenseClient, alias: string, signal: AbortSignal): Promise<void> {
  const fields = { enabled: '1', name: alias, type: 'external', counters: '1', description: DESCRIPTION };
  try {
    const { json } = await client.postOnce('firewall/alias/add_item', { alias: fields }, signal);
    const answer = Answer.safeParse(json).data;
    if (answer?.result === 'saved') return;
    const why = Object.values(answer?.validations ?? {}).flat();
    throw new KnownError(
      'firewall-misconfigured',
      `OPNsense did not make the alias ${alias}: ${why.join(' ') || JSON.stringify(json)}`,
    );
  } catch (error) {
    // No answer is no verdict: what it did is looked up.
    if (!(error instanceof TransientDriverError) || !(await isConfigured(client, alias, signal))) throw error;
  }
}

const DESCRIPTION = 'Addresses opened by Sallyport; filled again by itself after a reboot';

const Answer = z.object({
  result: z.string().optional(),
  status: z.string().optional(),
  validations: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
});
