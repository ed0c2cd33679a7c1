import { createPrivateKey, X509Certificate } from 'node:crypto';
import { KnownError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';

/** What the page shows of itself, and the key that proves it. */
export interface CertificatePair {
  /** PEM, with what lies between it and its authority behind it. */
  readonly cert: string;
  readonly key: Secret;
  /** SHA-256 of the certificate, as browsers show it. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly validTo: number;
  /** Nobody but itself vouches for it. */
  readonly selfSigned: boolean;
}

/** Throws KnownError config-invalid when they are no certificate and key, or not of each other. */
export function makePair(cert: string, key: Secret): CertificatePair {
  const certificate = parse(
    () => new X509Certificate(cert),
    'the certificate',
    'PEM that begins with -----BEGIN CERTIFICATE-----',
  );
  const privateKey = parse(
    () => createPrivateKey(key.reveal()),
    'the key',
    'PEM without a passphrase, as in -----BEGIN PRIVATE KEY-----',
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw unusable(
      'the certificate and the key do not belong to each other',
      'Name the key the certificate was made with.',
    );
  }
  return {
    cert,
    key,
    fingerprint: certificate.fingerprint256,
    validTo: certificate.validToDate.getTime(),
    selfSigned: certificate.verify(certificate.publicKey),
  };
}

/** What OpenSSL says about a key may show some of it; it stays out of the message. */
function parse<T>(read: () => T, what: string, wanted: string): T {
  try {
    return read();
  } catch {
    throw unusable(`${what} of the page cannot be read`, `Write ${wanted}.`);
  }
}

function unusable(message: string, hint: string): KnownError {
  return new KnownError('config-invalid', message, { hint });
}
