import type { Clock } from '../../base/clock.ts';
import {
  bootstrapName,
  formatUpstream,
  type HttpsAddress,
  type TlsAddress,
  type UpstreamAddress,
} from './address.ts';
import type { Bootstrap } from './bootstrap.ts';
import type { Addresses } from './dial.ts';
import { httpsUpstream } from './https.ts';
import { tcpUpstream } from './tcp.ts';
import { tlsUpstream } from './tls.ts';
import { udpUpstream } from './udp.ts';
import type { Upstream } from './upstream.ts';

export interface OpenOptions {
  readonly clock: Clock;
  /** For upstreams by name; without it these cannot be reached. */
  readonly bootstrap?: Bootstrap | undefined;
  /** PEM of the authorities to trust for this upstream instead of the system's. */
  readonly ca?: string | undefined;
}

/** Opens no connection yet: the first question does. */
export function openUpstream(address: UpstreamAddress, { clock, bootstrap, ca }: OpenOptions): Upstream {
  const id = formatUpstream(address);
  if (address.protocol === 'udp') return udpUpstream(id, address, clock);
  if (address.protocol === 'tcp') return tcpUpstream(id, address, clock);

  const parts = { addresses: addressesOf(address, bootstrap), ca, clock };
  return address.protocol === 'tls' ? tlsUpstream(id, address, parts) : httpsUpstream(id, address, parts);
}

function addressesOf(address: TlsAddress | HttpsAddress, bootstrap: Bootstrap | undefined): Addresses {
  const fixed = address.address;
  if (fixed !== undefined) return () => Promise.resolve([fixed]);
  const name = bootstrapName(address);
  const asked = name === undefined ? undefined : bootstrap?.addressesOf(name);
  return asked ?? (() => Promise.reject(new Error('nobody knows its address: set `bootstrap`')));
}
