import { z } from 'zod';
import { KnownError } from '../../base/errors.ts';
import type { Finding } from '../driver.ts';
import { addressOfRow } from '../table-rows.ts';
import type { OpnsenseClient } from './client.ts';
import type { Row } from './read-rows.ts';

/**
 * Whether the alias is one we can work with, as far as the key may see: type and options need a second privilege. Without
 * it the try throws for a type that would be written to the configuration; that it is External nothing tells.
 */
export async function examineAlias(
  client: OpnsenseClient,
  alias: string,
  rows: readonly Row[],
  tryType: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<Finding> {
  const settings = await readSettings(client, alias, signal);
  const wrong = settings === undefined ? undefined : wrongSetting(alias, settings);
  if (wrong !== undefined) return { check: 'alias', result: 'failed', ...wrong };

  const foreign = widerThanOne(rows);
  if (foreign.length > 0) {
    return {
      check: 'alias',
      result: 'failed',
      detail: `${alias} holds more than single addresses: ${foreign.slice(0, 5).join(', ')}. Sallyport neither sees nor removes these.`,
      remedy: 'Remove them under Firewall > Diagnostics > Aliases.',
    };
  }
  if (settings !== undefined) {
    return {
      check: 'alias',
      result: 'ok',
      detail: `${alias} is an external alias with ${rows.length} addresses`,
    };
  }
  await tryType(signal);
  return {
    check: 'alias',
    result: 'unknown',
    detail: `${alias} is there with ${rows.length} addresses, and not of type Host(s) or Network(s); this key sees no more of its type`,
    remedy:
      'Look at Firewall > Aliases: its type has to be External (advanced). What is added to a list OPNsense fetches itself (URL Table, GeoIP) is gone when it fetches it again.',
  };
}

export function widerThanOne(rows: readonly Row[]): readonly string[] {
  return rows.map(({ ip }) => ip).filter((ip) => addressOfRow(ip) === undefined);
}

export type Settings = z.infer<typeof Settings>;

/** Undefined when the key may not see it, or there is no such alias. */
export async function readSettings(
  client: OpnsenseClient,
  alias: string,
  signal: AbortSignal,
): Promise<Settings | undefined> {
  try {
    const { json } = await client.post(
      'firewall/alias/search_item',
      { current: 1, rowCount: -1, searchPhrase: alias },
      signal,
    );
    const found = z.object({ rows: z.array(Settings) }).safeParse(json).data;
    return found?.rows.find(({ name }) => name === alias);
  } catch (error) {
    if (error instanceof KnownError && error.code === 'firewall-privilege-missing') return undefined;
    throw error;
  }
}

/** 25.1 answers with the label instead of the key. */
export function isExternal({ type }: Pick<Settings, 'type'>): boolean {
  return type === 'external' || type === 'External (advanced)';
}

function wrongSetting(
  alias: string,
  { enabled, type, expire }: Settings,
): { readonly detail: string; readonly remedy: string } | undefined {
  if (!isExternal({ type })) {
    return {
      detail: `${alias} is of type ${type}: every address would be a config revision`,
      remedy: 'Make an alias of type External (advanced) and use that one.',
    };
  }
  if (enabled === '0') {
    return { detail: `${alias} is disabled`, remedy: 'Enable it under Firewall > Aliases, then Apply.' };
  }
  if (expire !== undefined && expire !== '') {
    return {
      detail: `${alias} has Expire ${expire}: OPNsense drops addresses that old even while they are in use`,
      remedy: 'Clear Expire of the alias; Sallyport removes addresses when their leases end.',
    };
  }
  return undefined;
}

const Settings = z.object({
  name: z.string(),
  type: z.string(),
  enabled: z.string(),
  expire: z.string().optional(),
});
