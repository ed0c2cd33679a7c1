import { KnownError, TransientDriverError } from '../../base/errors.ts';
import { findAlias, WRITE_TIMEOUT_MS } from './alias.ts';
import { type PfsenseClient, unexpectedAnswer } from './client.ts';

/** Makes the alias, of type Host(s) and empty; a revision of the configuration, and only where a person asked for it. */
export async function createAlias(
  client: PfsenseClient,
  { name, onWrite }: { readonly name: string; readonly onWrite: () => void },
  signal: AbortSignal,
): Promise<void> {
  if (await isStored(client, name, signal)) {
    throw new KnownError('name-taken', `pfSense has an alias ${name} already`, {
      hint: 'If its type is Host(s) and nothing of yours is in it, there is nothing to do: sync.',
    });
  }
  onWrite();
  await post(client, name, signal);
  if (await isStored(client, name, signal)) return;
  throw new KnownError('firewall-misconfigured', `pfSense said yes to making ${name} and did not store it`, {
    hint: 'Remove the privilege "User - Config: Deny Config Write" from the user of the key.',
  });
}

async function post(client: PfsenseClient, name: string, signal: AbortSignal): Promise<void> {
  const body = { name, type: 'host', descr: DESCRIPTION, address: [], detail: [] };
  try {
    const answer = await client.call(
      { method: 'POST', endpoint: 'firewall/alias', body, timeoutMs: WRITE_TIMEOUT_MS },
      signal,
    );
    if (!answer.ok) throw unexpectedAnswer(`make ${name}`, answer);
  } catch (error) {
    // No answer is no verdict: the caller looks at what is stored. A refusal with a time to wait is one.
    if (!(error instanceof TransientDriverError) || error.retryAfterMs !== undefined) throw error;
    if (!(await isStored(client, name, signal))) throw error;
  }
}

async function isStored(client: PfsenseClient, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await findAlias(client, name, signal);
    return true;
  } catch (error) {
    if (error instanceof KnownError && error.code === 'firewall-alias-missing') return false;
    throw error;
  }
}

const DESCRIPTION = 'Addresses opened by Sallyport; what else is put in is removed';
