import type { Clock } from '../../base/clock.ts';
import type { Endpoint } from '../endpoint.ts';
import { type DialOptions, dialTcp } from './dial.ts';
import { serverTraits, withEdnsFallback } from './server-traits.ts';
import { createStream, type Stream } from './stream.ts';
import type { Upstream } from './upstream.ts';

/** Asks over TCP, on connections that are kept (RFC 7766). */
export function tcpUpstream(id: string, server: Endpoint, clock: Clock): Upstream {
  const traits = serverTraits(clock);
  const addresses = () => Promise.resolve([server.address]);
  const stream = tcpStream({ id, addresses, port: server.port, clock });
  return {
    id,
    authenticated: false,
    exchange: (question, signal) => withEdnsFallback(traits, (edns) => stream.ask(question, edns, signal)),
    mismatched: stream.mismatched,
    close: stream.close,
  };
}

export function tcpStream({ id, ...way }: DialOptions & { readonly id: string }): Stream {
  return createStream({ id, dial: dialTcp(way), clock: way.clock, idleMs: IDLE_MS, encrypted: false });
}

/** A few seconds (RFC 7766 section 6.2.3): opening another one is cheap. */
const IDLE_MS = 10_000;
