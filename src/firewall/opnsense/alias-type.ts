import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import type { OpnsenseClient } from './client.ts';
import { isExternal, readSettings } from './examine-alias.ts';

/**
 * Refuses an alias that is not of type External before anything is written to it: on one of type Host(s) or Network(s)
 * every address is a revision of the configuration, and the box keeps a hundred.
 */
export interface TypeCheck {
  insist(signal: AbortSignal): Promise<void>;
  /** The alias was seen to be missing: the next one of that name may be of another type. */
  forget(): void;
}

export function createTypeCheck(client: OpnsenseClient, alias: string, clock: Clock): TypeCheck {
  let sureUntil = Number.NEGATIVE_INFINITY;
  return {
    async insist(signal) {
      if (clock.now() < sureUntil) return;
      const settings = await readSettings(client, alias, signal);
      if (settings !== undefined && !isExternal(settings)) {
        throw wrongType(alias, `is of type ${settings.type}`);
      }
      if (settings === undefined && !(await tryNoAddress(client, alias, signal))) return;
      sureUntil = clock.now() + SURE_FOR_MS;
    },
    forget() {
      sureUntil = Number.NEGATIVE_INFINITY;
    },
  };
}

/** An alias may be deleted and made anew as another type, and no call tells: what is not seen costs no more writes than come in so long. */
const SURE_FOR_MS = 30_000;

/**
 * In a key's privileges the type cannot be seen: Host(s) and Network(s) check what is added, and answer 500; External
 * never does. False when there is no such alias.
 */
export async function tryNoAddress(
  client: OpnsenseClient,
  alias: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { json } = await client.post(`firewall/alias_util/add/${alias}`, { address: NO_ADDRESS }, signal);
    return Answer.safeParse(json).data?.status === 'done';
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

const Answer = z.object({ status: z.string() });
