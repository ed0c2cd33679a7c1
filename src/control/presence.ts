/**
 * Whether somebody listens where a firewall is reached, looked at every few seconds: one connection, opened and closed, no log-in.
 *
 *   there ──▶ gone    a run is asked for at once: it fails, and says why; without this an idle house would hear of it at the next tick
 *   gone ──▶ there    a run at once, whatever the back-off: a firewall that was rebooted has lost its table
 *   else              nothing: a wrong key or a broken answer is for the back-off, or the firewall locks us out
 */
import { connect } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { FirewallSync } from '../sync/firewall-sync.ts';

export interface PresenceDeps {
  readonly clock: Clock;
  readonly firewalls: readonly WatchedFirewall[];
  /** Whether a connection is made there in time. */
  readonly listens?: (endpoint: Endpoint) => Promise<boolean>;
}

export interface WatchedFirewall {
  readonly spec: { readonly reach?: { readonly url: string } };
  readonly sync: Pick<FirewallSync, 'status' | 'nudge' | 'run'>;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Returns what ends it. */
export function watchPresence({ clock, firewalls, listens = isListening }: PresenceDeps): () => void {
  let closed = false;
  const cancels = new Map<string, () => void>();
  const watch = (key: string, endpoint: Endpoint, here: readonly WatchedFirewall[]) => {
    let was = true;
    const look = async () => {
      const is = wasJustRead(here, clock.now()) || (await listens(endpoint));
      if (closed) return;
      if (was && !is) for (const { sync } of here) sync.nudge('schedule');
      // A run that fails is written down by the sync itself.
      if (!was && is) for (const { sync } of here) void sync.run('schedule');
      was = is;
      again();
    };
    const again = () =>
      cancels.set(
        key,
        clock.after(LOOK_EVERY_MS, () => void look()),
      );
    again();
  };
  for (const [key, here] of Map.groupBy(firewalls, keyOf)) {
    if (key !== undefined) watch(key, endpointOf(key), here);
  }
  return () => {
    closed = true;
    for (const cancel of cancels.values()) cancel();
  };
}

/** Aliases of one box are one place; undefined: it is on this machine, or comes to us. */
function keyOf({ spec: { reach } }: WatchedFirewall): string | undefined {
  return reach === undefined ? undefined : new URL(reach.url).origin;
}

function endpointOf(origin: string): Endpoint {
  const { protocol, hostname, port } = new URL(origin);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? HTTPS_PORT : HTTP_PORT) : Number(port),
  };
}

/** Then it was there, and is asked nothing. */
function wasJustRead(here: readonly WatchedFirewall[], now: number): boolean {
  return here.some(({ sync }) => {
    const { state, lastSuccessAt } = sync.status();
    return state !== 'down' && lastSuccessAt !== undefined && now - lastSuccessAt < LOOK_EVERY_MS;
  });
}

function isListening({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(PATIENCE_MS, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** Milliseconds: with the run that follows a person sees within a quarter of a minute that a firewall is away. */
const LOOK_EVERY_MS = 5_000;
/** Milliseconds: on a home's network a connection is made in one. */
const PATIENCE_MS = 3_000;
const HTTPS_PORT = 443;
const HTTP_PORT = 80;
