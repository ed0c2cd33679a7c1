/** What answers at the port of a Plex server: read, believed by nobody, and told to a person. */
import type { PlexLook } from '../../actions/ports.ts';
import { fetchCertificateNames } from '../../base/certificate.ts';
import { describeError, KnownError, TransientDriverError } from '../../base/errors.ts';
import { createHttpClient } from '../../base/http.ts';
import { type Endpoint, formatEndpoint } from '../../dns/endpoint.ts';
import { readIdentity } from './identity.ts';

/** Of a machine at home: each of the two questions is answered in some milliseconds. */
export const LOOK_LIMITS = { answerMs: 5000 };

export async function lookForPlex(
  endpoint: Endpoint,
  { answerMs }: { readonly answerMs: number } = LOOK_LIMITS,
): Promise<PlexLook> {
  const at = formatEndpoint(endpoint);
  const certificate = await tried(() => fetchCertificateNames(`https://${at}`, { timeoutMs: answerMs }));
  const { pin, names } = 'problem' in certificate ? NO_CERTIFICATE : certificate;
  const hashes = [...new Set(names.flatMap(hashIn))];
  if (hashes.length > 0) return { hashes, names, identity: undefined, problem: undefined };
  // Without a certificate for plex.direct it may be a Plex server all the same, and says so in clear or behind another certificate.
  const identity = await tried(() => askIdentity(at, pin, answerMs));
  const problems = [certificate, identity].flatMap((one) => ('problem' in one ? one.problem : []));
  return {
    hashes,
    names,
    identity: 'problem' in identity ? undefined : identity,
    problem: problems.length === 0 ? undefined : [...new Set(problems)].join('; '),
  };
}

const NO_CERTIFICATE = { pin: undefined, names: [] };

/** *.<32 hex digits>.plex.direct; an old form has an s before the digits. */
function hashIn(name: string): readonly string[] {
  const hash = /^\*\.(s?[0-9a-f]{32})\.plex\.direct$/i.exec(name)?.[1];
  return hash === undefined ? [] : [hash.toLowerCase()];
}

async function askIdentity(at: string, pin: string | undefined, answerMs: number) {
  const client = createHttpClient({
    url: `${pin === undefined ? 'http' : 'https'}://${at}`,
    ...(pin === undefined ? {} : { tls: { pin } }),
    connections: 1,
    timeoutMs: answerMs,
    maxOctets: MAX_IDENTITY_OCTETS,
  });
  try {
    const response = await client.request({
      method: 'GET',
      path: '/identity',
      headers: { accept: 'application/json' },
      signal: new AbortController().signal,
    });
    const identity = response.status === 200 ? readIdentity(response.text()) : undefined;
    if (identity !== undefined) return identity;
    throw new TransientDriverError(
      `${at} does not answer /identity as a Plex server does (HTTP ${response.status})`,
    );
  } finally {
    await client.close();
  }
}

async function tried<T>(work: () => Promise<T>): Promise<T | { readonly problem: string }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KnownError) return { problem: error.message };
    if (error instanceof TransientDriverError) return { problem: describeError(error) };
    // What speaks no HTTP at all: the client has no words for it, and it is no fault of ours.
    if (error instanceof Error && 'code' in error)
      return { problem: `${error.message} (${String(error.code)})` };
    throw error;
  }
}

/** The honest answer has some two hundred. */
const MAX_IDENTITY_OCTETS = 64 * 1024;
