import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { IpAddress } from '../../base/ip-address.ts';

/** The addresses of a server, the best first; asked anew for each connection. Rejects when none is known. */
export type Addresses = () => Promise<readonly IpAddress[]>;

export interface DialOptions {
  readonly addresses: Addresses;
  readonly port: number;
  readonly clock: Clock;
}

export interface DialTlsOptions extends DialOptions {
  /** The name the certificate has to carry; undefined: it has to carry the address (RFC 8310 section 8). */
  readonly serverName: string | undefined;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca: string | undefined;
  readonly protocols?: readonly string[];
}

export function dialTcp({ addresses, port, clock }: DialOptions): (signal: AbortSignal) => Promise<Socket> {
  return (signal) =>
    firstThatOpens(addresses, signal, (host) => {
      const socket = connect({ host, port, noDelay: true });
      return opened(socket, 'connect', clock, signal);
    });
}

/** A verified server or none: strict privacy (RFC 8310 section 5). A session is resumed where the server remembers us. */
export function dialTls(options: DialTlsOptions): (signal: AbortSignal) => Promise<TLSSocket> {
  const { addresses, port, clock, serverName, ca, protocols } = options;
  let session: Buffer | undefined;

  const dial = (host: IpAddress, signal: AbortSignal): Promise<TLSSocket> => {
    const parameters: ConnectionOptions = { host, port, minVersion: 'TLSv1.2', rejectUnauthorized: true };
    if (serverName !== undefined) parameters.servername = serverName;
    if (ca !== undefined) parameters.ca = ca;
    if (session !== undefined) parameters.session = session;
    if (protocols !== undefined) parameters.ALPNProtocols = [...protocols];
    const socket = connectTls(parameters);
    socket.setNoDelay(true);
    // With TLS 1.2 it comes before the certificate was looked at, and is of no use yet.
    socket.on('session', (offered) => {
      if (socket.authorized) session = offered;
    });
    return opened(socket, 'secureConnect', clock, signal);
  };

  return (signal) => firstThatOpens(addresses, signal, (host) => dial(host, signal));
}

async function firstThatOpens<S>(
  addresses: Addresses,
  signal: AbortSignal,
  dial: (host: IpAddress) => Promise<S>,
): Promise<S> {
  let failed: unknown = new Error('it has no address');
  for (const host of await addresses()) {
    signal.throwIfAborted();
    try {
      return await dial(host);
    } catch (cause) {
      failed = cause;
    }
  }
  throw failed;
}

/** The socket once the event came; destroyed when it does not. */
function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  clock: Clock,
  signal: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', fail);
      socket.off('close', onClose);
    };
    const fail = (cause: unknown): void => {
      finish();
      socket.destroy();
      reject(cause);
    };
    const onAbort = (): void => fail(new Error('given up'));
    const onClose = (): void => fail(new Error('closed before it was open'));
    const cancel = clock.after(CONNECT_LIMIT_MS, () =>
      fail(new Error(`no connection in ${CONNECT_LIMIT_MS} ms`)),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    // Stays: between this listener and its next owner's, an error must not bring the process down.
    socket.on('error', () => undefined);
    socket.on('error', fail);
    socket.on('close', onClose);
    socket.once(event, () => {
      finish();
      resolve(socket);
    });
  });
}

/** Milliseconds for connection and handshake together, after which the next address is tried. */
const CONNECT_LIMIT_MS = 3000;
