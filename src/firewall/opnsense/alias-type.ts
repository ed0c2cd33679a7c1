import { KnownError, TransientDriverError } from '../../base/errors.ts';
import type { OpnsenseClient } from './client.ts';
import { isExternal, readSettings } from './examine-alias.ts';

/**
 * Refuses an alias that is not of type External before anything is written to it: on one of type Host(s) or Network(s)
 * every address is a revision of the configuration, and the box keeps a hundred.
 */
export function createTypeCheck(
  client: OpnsenseClient,
  alias: string,
): (signal: AbortSignal) => Promise<void> {
  let isSure = false;
  return async (signal) => {
    if (isSure) return;
    const settings = await readSettings(client, alias, signal);
    if (settings === undefined) await tryNoAddress(client, alias, signal);
    else if (!isExternal(settings)) throw wrongType(alias, `is of type ${settings.type}`);
    isSure = true;
  };
}

/** In a key's privileges the type cannot be seen: the other types check what is added, and answer 500; External never does. */
export async function tryNoAddress(
  client: OpnsenseClient,
  alias: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.post(`firewall/alias_util/add/${alias}`, { address: NO_ADDRESS }, signal);
  } catch (error) {
    if (!(error instanceof TransientDriverError) || error.status !== 500) throw error;
    throw wrongType(alias, 'refuses what an alias of type External takes');
  }
}

/** No prefix is that long: pf refuses it without asking the DNS, as it would for what looks like a name. */
const NO_ADDRESS = '192.0.2.0/999';

function wrongType(alias: string, how: string): KnownError {
  return new KnownError(
    'firewall-misconfigured',
    `The alias ${alias} on OPNsense ${how}: every address would be a revision of its configuration. Nothing was written.`,
    {
      hint: 'Make an alias of type External (advanced) and use that one; Firewall > Aliases shows the type of this one.',
    },
  );
}
