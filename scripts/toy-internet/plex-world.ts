import type { Zone } from './zone.ts';

/**
 * What a Plex server meets out there, in shape: names that rotate, CDN chains, short TTLs, names without AAAA, telemetry.
 * Every address is a documentation address (RFC 5737, RFC 3849), so nothing here can reach a real host.
 */
export const PLEX_WORLD: Zone = {
  // Account and registration: load balancers, three rotating addresses, no AAAA.
  'plex.tv': { a: hosts4('203.0.113', 10, 3), take: 3, ttl: 60 },
  'www.plex.tv': { cname: 'plex.tv', ttl: 300 },
  'servers.plex.tv': { a: hosts4('203.0.113', 20, 4), take: 2, ttl: 30 },
  'v4.plex.tv': { a: hosts4('203.0.113', 30, 2), ttl: 60 },
  'v6.plex.tv': { aaaa: hosts6('2001:db8:30::', 1, 2), ttl: 60 },
  'pubsub.plex.tv': { a: hosts4('203.0.113', 40, 6), take: 2, ttl: 30 },

  // Behind one CDN: the names share few addresses, as Plex's do.
  'metadata.provider.plex.tv': edge(),
  'metadata-static.plex.tv': edge(),
  'meta.plex.tv': edge(),
  'images.plex.tv': edge(),
  'provider-static.plex.tv': edge(),
  'epg.provider.plex.tv': edge(),
  'vod.provider.plex.tv': edge(),
  'discover.provider.plex.tv': edge(),
  'app.plex.tv': edge(),
  'repo.plex.tv': edge(),

  // A long chain with a big rotating pool at its end.
  'downloads.plex.tv': { cname: 'downloads.plex.tv.cdn.example.net', ttl: 300 },
  'downloads.plex.tv.cdn.example.net': { cname: 'pool-7.edge.example.net', ttl: 20 },
  'pool-7.edge.example.net': {
    a: hosts4('198.51.100', 101, 24),
    aaaa: hosts6('2001:db8:cd::', 1, 24),
    take: 4,
    ttl: 5,
  },

  // Artwork from elsewhere.
  'image.tmdb.org': { cname: 'tmdb-image.cdn.example.net', ttl: 120 },
  'tmdb-image.cdn.example.net': {
    a: hosts4('198.51.100', 61, 8),
    aaaa: hosts6('2001:db8:61::', 1, 8),
    take: 2,
    ttl: 10,
  },
  'api.themoviedb.org': { a: hosts4('198.51.100', 71, 4), take: 2, ttl: 30 },
  'artworks.thetvdb.com': { a: hosts4('198.51.100', 81, 2), ttl: 120 },
  // Somebody else at the same addresses.
  'shared.example.org': { a: hosts4('198.51.100', 81, 2), ttl: 120 },

  // Telemetry: it exists, it would answer, nobody needs it.
  'analytics.plex.tv': { a: hosts4('198.51.100', 91, 2), ttl: 60 },
  'metrics.plex.tv': { a: hosts4('198.51.100', 93, 1), ttl: 60 },
  'crashreport.plexapp.com': { a: hosts4('198.51.100', 94, 1), ttl: 60 },

  // Neighbours and misbehaviour.
  'deb.debian.org': { cname: 'debian.cdn.example.net', ttl: 300 },
  'debian.cdn.example.net': { a: hosts4('198.51.100', 51, 2), aaaa: hosts6('2001:db8:51::', 1, 2), ttl: 30 },
  '_v2-origintunneld._tcp.argotunnel.com': {
    srv: [1, 2].map((n) => ({ priority: n, weight: 1, port: 7844, target: `region${n}.v2.argotunnel.com` })),
    ttl: 300,
  },
  'region1.v2.argotunnel.com': { a: hosts4('203.0.113', 60, 10), aaaa: hosts6('2001:db8:7844::', 1, 10) },
  'region2.v2.argotunnel.com': { a: hosts4('203.0.113', 80, 10), aaaa: hosts6('2001:db8:7844::', 101, 10) },
  'c2.example.net': { a: hosts4('198.51.100', 250, 1), ttl: 5 },
  'servfail.example.net': { outcome: 'servfail' },
  'silent.example.net': { outcome: 'silent' },
  'slow.example.net': { a: hosts4('198.51.100', 251, 1), delayMs: 1_500 },
  'nodata.example.net': {},
};

/** A name on the shared CDN addresses; one in two answers carries each of them. */
function edge(): Zone[string] {
  return { a: hosts4('198.51.100', 26, 4), aaaa: hosts6('2001:db8:4400::', 26, 4), take: 2, ttl: 60 };
}

function hosts4(network: string, first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${network}.${first + i}`);
}

function hosts6(network: string, first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${network}${(first + i).toString(16)}`);
}
