/** Checks on a request before anybody looks at what it wants: a hostile page in the owner's browser must not get through. */

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { KnownError } from '../base/errors.ts';
import type { Peer } from './access/peer.ts';

/**
 * DNS rebinding: a page on evil.example whose name suddenly points here speaks to us with its own name in Host.
 * Addresses, localhost and names that only a home network can give are safe; every other name the owner lists.
 */
export function assertHostAllowed(
  hosts: readonly (string | undefined)[],
  allowedHosts: readonly string[],
): void {
  for (const host of hosts) {
    const name = hostName(host);
    if (name !== undefined && (isSafeHost(name) || allowedHosts.includes(name))) continue;

    const shown = name !== undefined && /^[a-z0-9.-]{1,253}$/.test(name) ? name : undefined;
    throw new KnownError('host-not-allowed', `this page is not served under ${shown ?? 'that name'}`, {
      hint:
        shown === undefined
          ? 'Open it by address.'
          : `Open it by address, or set SALLYPORT_ALLOWED_HOSTS=${[...allowedHosts, shown].join(',')}`,
    });
  }
}

/**
 * Changes come from our own page or from no page at all (OWASP CSRF cheat sheet: Fetch Metadata, then Origin).
 * A page of ours has in its Origin the name we were asked under, port included, or that of the public URL.
 */
export function assertSameSite(
  headers: IncomingHttpHeaders,
  { hosts, https }: Pick<Peer, 'hosts' | 'https'>,
  publicUrl: URL | undefined,
): void {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  if (site !== undefined && site !== 'same-origin') throw crossSite();
  if (origin === undefined || origin === publicUrl?.origin) return;

  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  // A page that came in clear text may be anybody's on the way; one that came encrypted may reach us through a proxy.
  if (from === undefined || (https && from.protocol !== 'https:')) throw crossSite();
  if (!hosts.some((host) => host?.toLowerCase() === from.host)) throw crossSite();
}

/** The name in a Host header, or in what a person wrote for one: lower case, without port, brackets and final dot; undefined when it is none. */
export function hostName(host: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@[\]]+))(?::\d{1,5})?$/.exec(host?.toLowerCase() ?? '');
  return (match?.[1] ?? match?.[2])?.replace(/\.$/, '');
}

function isSafeHost(name: string): boolean {
  return name === 'localhost' || isIP(name) !== 0 || name.endsWith('.local') || name.endsWith('.home.arpa');
}

function crossSite(): KnownError {
  return new KnownError('not-allowed', 'the request came from another site', {
    hint: 'Use the page of Sallyport itself; behind a reverse proxy, pass the Host header on unchanged, or set SALLYPORT_PUBLIC_URL.',
  });
}
