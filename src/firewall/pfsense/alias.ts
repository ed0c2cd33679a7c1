import { z } from 'zod';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import { compareAddresses, type IpAddress } from '../../base/ip-address.ts';
import { addressOfRow, sameAddresses } from '../table-rows.ts';
import { type PfsenseClient, unexpectedAnswer } from './client.ts';

/** The alias as the configuration has it; what pf has is another question. */
export interface StoredAlias {
  /** Its place in the list: it shifts when another alias goes, so it is asked for before every write. */
  readonly id: number;
  readonly type: string;
  readonly addresses: ReadonlySet<IpAddress>;
  /** Entries that are not single addresses: names, other aliases. */
  readonly others: readonly string[];
}

/** Throws KnownError when there is no such alias. */
export async function findAlias(
  client: PfsenseClient,
  name: string,
  signal: AbortSignal,
): Promise<StoredAlias> {
  const answer = await client.call(
    { method: 'GET', endpoint: 'firewall/aliases', query: { name }, timeoutMs: READ_TIMEOUT_MS },
    signal,
  );
  if (!answer.ok) throw unexpectedAnswer('list its aliases', answer);
  const found = z.array(Alias).safeParse(answer.data);
  if (!found.success)
    throw new TransientDriverError('pfSense lists aliases in a form we do not know', { cause: found.error });
  const [alias, ...more] = found.data.filter((candidate) => candidate.name === name);
  if (alias === undefined || more.length > 0) {
    throw new KnownError(
      'firewall-alias-missing',
      `pfSense has ${alias === undefined ? 'no' : 'more than one'} alias ${name}`,
      {
        hint: `Make it: Firewall > Aliases > IP > Add, name ${name}, type Host(s), without entries, Save, then Apply Changes. Where the key has the privilege api-v2-firewall-alias-post, \`sallyport firewalls create-alias\` makes it.`,
      },
    );
  }
  const entries = (alias.address ?? []).map((text) => [text, addressOfRow(text)] as const);
  return {
    id: alias.id,
    type: alias.type,
    addresses: new Set(entries.flatMap(([, address]) => address ?? [])),
    others: entries.flatMap(([text, address]) => (address === undefined ? [text] : [])),
  };
}

export interface Storing {
  readonly name: string;
  readonly addresses: ReadonlySet<IpAddress>;
  /** Called before each write: one without an answer may have been made. */
  readonly onWrite: () => void;
}

/**
 * Makes the stored alias hold exactly these addresses; true when it was a write.
 *
 * Always the whole list: append and remove of the API lose entries (details are not matched by index). Always with the
 * name: it makes an id that meanwhile means another alias an error instead of an accident. Never with apply: then
 * nothing would tell when the reload is done.
 */
export async function storeAddresses(
  client: PfsenseClient,
  { name, addresses, onWrite }: Storing,
  signal: AbortSignal,
): Promise<boolean> {
  // Twice at most: the first answer may have met a shifted id, a lost connection or another writer.
  for (let attempt = 1; attempt <= 2; attempt++) {
    const stored = await findAlias(client, name, signal);
    if (stored.type !== 'host') throw wrongType(name, stored.type);
    if (holdsExactly(stored, addresses)) return attempt > 1;
    onWrite();
    await patch(client, { id: stored.id, name, addresses, isLast: attempt === 2 }, signal);
  }
  if (holdsExactly(await findAlias(client, name, signal), addresses)) return true;
  throw new KnownError(
    'firewall-misconfigured',
    `pfSense said yes to a change of ${name} and did not store it`,
    {
      hint: 'Remove the privilege "User - Config: Deny Config Write" from the user of the key. If it has no such privilege, another program overwrites the alias.',
    },
  );
}

export function wrongType(name: string, type: string): KnownError {
  return new KnownError('firewall-misconfigured', `The alias ${name} on pfSense is of type ${type}`, {
    hint: 'Make an alias of type Host(s) and use that one.',
  });
}

async function patch(
  client: PfsenseClient,
  {
    id,
    name,
    addresses,
    isLast,
  }: {
    readonly id: number;
    readonly name: string;
    readonly addresses: ReadonlySet<IpAddress>;
    readonly isLast: boolean;
  },
  signal: AbortSignal,
): Promise<void> {
  const address = [...addresses].sort(compareAddresses);
  // A constant text: with a time in it every write would differ.
  const body = { id, name, address, detail: address.map(() => DETAIL) };
  try {
    const answer = await client.call(
      { method: 'PATCH', endpoint: 'firewall/alias', body, timeoutMs: WRITE_TIMEOUT_MS },
      signal,
    );
    if (!answer.ok && !ID_HAS_SHIFTED.has(answer.responseId))
      throw unexpectedAnswer(`change ${name}`, answer);
  } catch (error) {
    // No answer is no verdict: the caller looks at what is stored. A refusal with a time to wait is one.
    if (!(error instanceof TransientDriverError) || error.retryAfterMs !== undefined) throw error;
    if (error.status === undefined && !isLast) return;
    const stored = await findAlias(client, name, signal);
    if (!holdsExactly(stored, addresses)) throw error;
  }
}

function holdsExactly(stored: StoredAlias, addresses: ReadonlySet<IpAddress>): boolean {
  return stored.others.length === 0 && sameAddresses(stored.addresses, addresses);
}

const DETAIL = 'opened by Sallyport';

const ID_HAS_SHIFTED: ReadonlySet<string> = new Set([
  'FIELD_VALUE_CHANGED_WHEN_NOT_EDITABLE',
  'MODEL_OBJECT_NOT_FOUND',
]);

const READ_TIMEOUT_MS = 30_000;

/** The package itself waits 61 s for its write lock before it gives up. */
export const WRITE_TIMEOUT_MS = 100_000;

const Alias = z.object({
  id: z.number(),
  name: z.string(),
  type: z.string(),
  address: z.array(z.string()).nullish(),
});
