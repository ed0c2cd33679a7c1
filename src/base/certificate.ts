/** What a server shows of itself before anything is sent to it: for a person to compare, and for the pin of our own client. */
import { hash, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { TransientDriverError } from './errors.ts';
import { explainFailure } from './http-failure.ts';

export interface ShownCertificate {
  /** 'sha256/' and the base64 SHA-256 of the key's SubjectPublicKeyInfo, as in RFC 7469: it survives a renewal with the same key. */
  readonly pin: string;
  /** Whom it names, and who signed it: as the server says, verified by nobody. */
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly validFrom: number;
  readonly validTo: number;
}

export interface FetchOptions {
  readonly timeoutMs: number;
  readonly serverName?: string;
}

/** The certificate a server shows, whoever signed it; nothing but the handshake is sent. */
export async function fetchCertificate(url: string, options: FetchOptions): Promise<ShownCertificate> {
  return describe(await fetchX509(url, options));
}

/** The same for whoever wants to know which names it is for: of the subject, and all alternative ones; as the server says. */
export async function fetchCertificateNames(
  url: string,
  options: FetchOptions,
): Promise<{ readonly names: readonly string[]; readonly pin: string }> {
  const certificate = await fetchX509(url, options);
  return { names: namesIn(certificate), pin: pinOfKey(certificate) };
}

function fetchX509(url: string, options: FetchOptions): Promise<X509Certificate> {
  const target = new URL(url);
  const origin = hostAndPort(target);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const servername = options.serverName ?? (isIP(host) === 0 ? host : undefined);
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>();
  const started = performance.now();
  const socket = tlsConnect({
    host,
    port: Number(target.port || 443),
    rejectUnauthorized: false,
    ...(servername === undefined ? {} : { servername }),
  });
  // Of the whole handshake, whatever is sent meanwhile.
  const limit = setTimeout(
    () => socket.destroy(new TransientDriverError(`No answer from ${origin} after ${options.timeoutMs} ms`)),
    options.timeoutMs,
  );
  socket.once('close', () => clearTimeout(limit));
  socket.once('error', (error) =>
    reject(explainFailure(error, origin, { afterMs: Math.round(performance.now() - started) })),
  );
  socket.once('secureConnect', () => {
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    if (certificate === undefined) reject(new TransientDriverError(`${origin} shows no certificate`));
    else resolve(certificate);
  });
  return promise;
}

/** OpenSSL writes one attribute of the subject a line, and alternative names with their kind before them. */
function namesIn({ subject, subjectAltName }: X509Certificate): readonly string[] {
  const common = (subject ?? '').split('\n').flatMap((line) => /^CN=(.*)$/.exec(line)?.[1] ?? []);
  const others = (subjectAltName ?? '').split(', ').flatMap((part) => /^DNS:(.*)$/.exec(part)?.[1] ?? []);
  return [...new Set([...common, ...others])];
}

/** The pin of the key a server shows, for a person to compare and write into the configuration. */
export async function fetchPin(url: string, options: FetchOptions): Promise<string> {
  return (await fetchCertificate(url, options)).pin;
}

/** Of the other end of an open connection. */
export function pinOf(socket: TLSSocket): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? undefined : pinOfKey(certificate);
}

/** The place a URL leads to, for messages. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
}

function describe(certificate: X509Certificate): ShownCertificate {
  return {
    pin: pinOfKey(certificate),
    subject: onOneLine(certificate.subject),
    issuer: onOneLine(certificate.issuer),
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
  };
}

function pinOfKey({ publicKey }: X509Certificate): string {
  return `sha256/${hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'base64')}`;
}

/** OpenSSL writes one attribute a line; a certificate may have none. */
function onOneLine(name: string | undefined): string {
  return (name ?? '').split('\n').filter(Boolean).join(', ');
}
