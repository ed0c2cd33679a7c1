import { randomBytes } from 'node:crypto';
import type { FetchableList } from '../api/ports.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { Secret } from '../base/secret.ts';
import type { ServedList } from '../firewall/driver.ts';
import type { FirewallSync } from '../sync/firewall-sync.ts';
import type { FirewallSpec } from './firewall.ts';

/** A list as it may be given away: whole from the first run of its sync that went well. */
export function fetchableList({
  spec,
  served,
  sync,
  token,
  remember,
}: {
  readonly spec: Pick<FirewallSpec, 'name' | 'alias'>;
  readonly served: ServedList;
  readonly sync: Pick<FirewallSync, 'status' | 'nudge'>;
  readonly token: string;
  /** Writes down what was just taken, for the next start. */
  readonly remember: (addresses: ReadonlySet<IpAddress>) => void;
}): FetchableList {
  return {
    firewall: spec.name,
    alias: spec.alias,
    token: new Secret(token),
    isExpected: (source) => served.isExpected(source),
    // Each run takes up all that is desired, so the first one makes it whole; until then it lacks what is open.
    addresses: () => (sync.status().lastSuccessAt === undefined ? undefined : served.addresses),
    noteFetch(addresses, source, agent) {
      served.noteFetch(addresses, source, agent);
      remember(addresses);
      sync.nudge('schedule');
    },
  };
}

/** Nobody guesses 128 bits. */
export function newListToken(): string {
  return randomBytes(16).toString('hex');
}
