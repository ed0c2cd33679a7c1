import type { TlsAddress } from './address.ts';
import { type DialTlsOptions, dialTls } from './dial.ts';
import { serverTraits, withEdnsFallback } from './server-traits.ts';
import { createStream } from './stream.ts';
import type { Upstream } from './upstream.ts';

/** What an encrypted upstream is made of, besides its address. */
export type EncryptedParts = Pick<DialTlsOptions, 'addresses' | 'ca' | 'clock'>;

/** DNS over TLS (RFC 7858), strict: a server that does not prove its name is told nothing, and nothing goes in clear text instead. */
export function tlsUpstream(id: string, { port, serverName }: TlsAddress, parts: EncryptedParts): Upstream {
  const traits = serverTraits(parts.clock);
  const dial = dialTls({ ...parts, port, serverName });
  const stream = createStream({ id, dial, clock: parts.clock, idleMs: IDLE_MS, encrypted: true });
  return {
    id,
    authenticated: true,
    exchange: (question, signal) => withEdnsFallback(traits, (edns) => stream.ask(question, edns, signal)),
    mismatched: stream.mismatched,
    close: stream.close,
  };
}

/** Longer than for TCP (RFC 7858 section 3.4): a handshake costs both sides more. */
const IDLE_MS = 30_000;
