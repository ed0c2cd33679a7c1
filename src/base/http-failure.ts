import { KnownError, TransientDriverError } from './errors.ts';

/** Why a request got no answer: a foreseen error in our words; anything else as it came, because it is a bug. */
export function explainFailure(
  error: unknown,
  origin: string,
  { afterMs, maxOctets = 0 }: { readonly afterMs: number; readonly maxOctets?: number },
): unknown {
  if (error instanceof KnownError || error instanceof TransientDriverError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const untrusted = UNTRUSTED_CERTIFICATE.get(code);
  if (untrusted !== undefined) {
    return new KnownError('certificate-untrusted', `The certificate of ${origin} ${untrusted}`, {
      cause: error,
      hint: 'Set tls.pin to its key, tls.ca to its authority, or tls.serverName to the name in the certificate.',
    });
  }
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new KnownError('firewall-misconfigured', `${origin} sent more than ${sizeText(maxOctets)}`, {
      cause: error,
      hint: 'Something else than the API answers there: check the url.',
    });
  }
  if (code === '' || code === 'UND_ERR_INVALID_ARG') return error;
  const what = NO_CONNECTION.get(code) ?? `failed (${code})`;
  return new TransientDriverError(`${origin} ${what} after ${afterMs} ms`, { cause: error });
}

/** Our client would not speak to it: nothing but the handshake was sent. */
export function isOfCertificate(error: unknown): error is KnownError {
  return error instanceof KnownError && error.code === 'certificate-untrusted';
}

/** The other side closed the connection, with an answer owed or while the request was on its way. */
export function isClosedConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NO_CONNECTION.get(String(error.code)) === CLOSED;
}

function sizeText(octets: number): string {
  return octets < 2 ** 20 ? `${octets / 2 ** 10} KiB` : `${octets / 2 ** 20} MiB`;
}

const CLOSED = 'closed the connection';

const UNTRUSTED_CERTIFICATE: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'comes from an authority this machine does not know'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'comes from an authority this machine does not know'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'comes from an authority this machine does not know'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'comes from an authority this machine does not know'],
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another name'],
]);

const NO_CONNECTION: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'refused the connection'],
  ['ECONNRESET', CLOSED],
  ['EPIPE', CLOSED],
  ['UND_ERR_SOCKET', CLOSED],
  ['EHOSTUNREACH', 'cannot be reached'],
  ['ENETUNREACH', 'cannot be reached'],
  ['ENOTFOUND', 'has no address'],
  ['EAI_AGAIN', 'could not be looked up'],
]);
