import type { Clock } from '../../base/clock.ts';
import { type DomainName, parseDomainName } from '../../base/domain-name.ts';
import { describeError } from '../../base/errors.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import { CLASS, RCODE, TYPE } from '../wire/constants.ts';
import { addressOf } from '../wire/records.ts';
import type { Addresses } from './dial.ts';
import type { Resolver } from './failover.ts';

/**
 * Where the servers of encrypted upstreams are, asked of plain resolvers that are told these names and no others.
 * Whoever forges such an answer gains nothing: the server still has to prove its name.
 */
export interface Bootstrap {
  /** Rejects when the name has no known address. */
  addressesOf(serverName: string): Addresses;
  /** Names whose addresses could not be asked for anew, and why: the last good ones serve meanwhile. */
  problems(): readonly { readonly serverName: string; readonly why: string }[];
}

/** `onTrouble`: a name's addresses cannot be refreshed; told once, until they can. */
export function createBootstrap(
  resolver: Resolver,
  clock: Clock,
  onTrouble: (serverName: string, error: unknown) => void = () => undefined,
): Bootstrap {
  const known = new Map<string, Known>();
  const stale = new Map<string, string>();
  const underway = new Map<string, Promise<Known>>();

  const look = (serverName: string): Promise<Known> => {
    const joined = underway.get(serverName);
    if (joined !== undefined) return joined;
    const asking = ask(resolver, parseDomainName(serverName), clock)
      .then((found) => {
        known.set(serverName, found);
        stale.delete(serverName);
        return found;
      })
      .finally(() => underway.delete(serverName));
    underway.set(serverName, asking);
    return asking;
  };

  const refresh = async (serverName: string): Promise<void> => {
    try {
      await look(serverName);
    } catch (error) {
      if (!stale.has(serverName)) onTrouble(serverName, error);
      stale.set(serverName, describeError(error));
    }
  };

  return {
    problems: () => [...stale].map(([serverName, why]) => ({ serverName, why })),
    addressesOf: (serverName) => async () => {
      const found = known.get(serverName);
      if (found === undefined) return (await look(serverName)).addresses;
      // The last good addresses serve until there are new ones: a server seldom moves.
      if (clock.now() >= found.until) void refresh(serverName);
      return found.addresses;
    },
  };
}

interface Known {
  readonly addresses: readonly IpAddress[];
  readonly until: number;
}

async function ask(resolver: Resolver, name: DomainName, clock: Clock): Promise<Known> {
  const deadlineMs = clock.now() + LOOK_UP_LIMIT_MS;
  const asked = await Promise.allSettled(
    // IPv4 first: a home without IPv6 is common, one without IPv4 is not.
    [TYPE.A, TYPE.AAAA].map((type) =>
      resolver.resolve({ name, type, class: CLASS.IN, dnssecOk: false, checkingDisabled: false }, deadlineMs),
    ),
  );
  const records = asked.flatMap((result) =>
    result.status === 'fulfilled' && result.value.response.rcode === RCODE.NOERROR
      ? result.value.response.answers
      : [],
  );
  const addresses = records.map(addressOf).filter((address) => address !== undefined);
  if (addresses.length === 0) {
    const cause = asked.find((result) => result.status === 'rejected')?.reason;
    throw new Error('the bootstrap resolvers know no address of it', { cause });
  }
  const ttlS = Math.min(...records.map((record) => record.ttl));
  const keptMs = Math.min(Math.max(ttlS * 1000, LEAST_KEPT_MS), MOST_KEPT_MS);
  return { addresses: addresses.slice(0, MAX_ADDRESSES), until: clock.now() + keptMs };
}

/** Milliseconds; the first question over the upstream waits for it. */
const LOOK_UP_LIMIT_MS = 4000;
const LEAST_KEPT_MS = 60_000;
const MOST_KEPT_MS = 24 * 3_600_000;
/** Tried one after the other when a connection is opened. */
const MAX_ADDRESSES = 8;
