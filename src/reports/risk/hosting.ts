/**
 * Who else can be behind an address: of what the answer's chain, the network and the catalog say, the surest counts. Pure.
 *
 *   1. the chain       a name of a content network stood between the question and the address
 *   2. the network     it belongs to one that answers for all of its customers at each address
 *   3. the catalog     what it says of the name
 *   4. the network     it rents addresses out
 */
import type { HostingOfAddress, NetworkOfAddress } from '../../actions/reports/risk.ts';
import type { Hosting } from '../../catalog/schema.ts';

export interface HostingFacts {
  /** CNAMEs as text, the one next to the address last. */
  readonly chain: readonly string[];
  readonly network: NetworkOfAddress | undefined;
  /** Of the names it is open for, as far as the catalog has them. */
  readonly catalog: readonly HostingInCatalog[];
}

export interface HostingInCatalog {
  readonly hosting: Hosting;
  /** False: inferred, not looked up. */
  readonly verified: boolean;
}

export function hostingOf({ chain, network, catalog }: HostingFacts): HostingOfAddress {
  const owner = network === undefined ? undefined : NETWORKS.get(network.asn);
  const named = catalog.map(fromCatalog).filter((one) => one !== UNKNOWN);
  const shared = (list: readonly HostingOfAddress[]) => list.find(({ kind }) => kind === 'everybody');
  return (
    fromChain(chain) ??
    (owner?.kind === 'everybody' ? owner : undefined) ??
    shared(named) ??
    named.find(({ kind }) => kind !== 'alone') ??
    owner ??
    named[0] ??
    UNKNOWN
  );
}

const UNKNOWN: HostingOfAddress = { kind: 'unknown', what: '' };
const CLOUDFLARE: HostingOfAddress = {
  kind: 'everybody',
  what: 'Cloudflare anycast: port 443 to half the web',
};
const everybody = (what: string): HostingOfAddress => ({
  kind: 'everybody',
  what: `${what}: port 443 to all of its customers`,
});
const rented = (what: string): HostingOfAddress => ({ kind: 'rented', what });

/** Suffixes of CNAME targets. */
const CHAINS: readonly (readonly [suffix: string, hosting: HostingOfAddress])[] = [
  ['cloudflare.net', CLOUDFLARE],
  ['cloudfront.net', everybody('Amazon CloudFront')],
  ['fastly.net', everybody('Fastly')],
  ['fastlylb.net', everybody('Fastly')],
  ['fastlydns.net', everybody('Fastly')],
  ['akamai.net', everybody('Akamai')],
  ['akamaiedge.net', everybody('Akamai')],
  ['edgekey.net', everybody('Akamai')],
  ['edgesuite.net', everybody('Akamai')],
  ['b-cdn.net', everybody('bunny.net')],
  ['azureedge.net', everybody('Azure CDN')],
  ['azurefd.net', everybody('Azure Front Door')],
  ['elb.amazonaws.com', rented('an AWS load balancer')],
];

/** By AS number; the names in the data say whose they are, and not what is done there. */
const NETWORKS: ReadonlyMap<number, HostingOfAddress> = new Map([
  [13335, CLOUDFLARE],
  [209242, CLOUDFLARE],
  [54113, everybody('Fastly')],
  [20940, everybody('Akamai')],
  [16625, everybody('Akamai')],
  [60068, everybody('CDN77')],
  [212238, everybody('CDN77')],
  [200325, everybody('bunny.net')],
  [19551, everybody('Imperva')],
  [22822, everybody('Edgio')],
  [15133, everybody('Edgio')],
  [2635, everybody('WordPress.com')],
  [36459, everybody('GitHub')],
  [16509, rented('Amazon’s cloud')],
  [14618, rented('Amazon’s cloud')],
  [396982, rented('Google’s cloud')],
  [8075, rented('Microsoft’s cloud')],
  [8068, rented('Microsoft’s cloud')],
  [63949, rented('Akamai’s cloud (Linode)')],
  [14061, rented('DigitalOcean')],
  [24940, rented('Hetzner')],
  [16276, rented('OVH')],
]);

const CATALOG: Readonly<Record<Hosting, HostingOfAddress>> = {
  unknown: UNKNOWN,
  'none-known': { kind: 'alone', what: '' },
  'cloudflare-anycast': CLOUDFLARE,
  'cloudflare-spectrum': everybody('Cloudflare Spectrum'),
  fastly: everybody('Fastly'),
  'aws-cloudfront': everybody('Amazon CloudFront'),
  'amazon-cdn': everybody('Amazon’s content network'),
  akamai: everybody('Akamai'),
  bunnycdn: everybody('bunny.net'),
  'wordpress-cdn': everybody('WordPress.com'),
  github: everybody('GitHub'),
  cdn: everybody('a content network'),
  'internet-archive': { kind: 'alone', what: '' },
  'aws-elb': rented('an AWS load balancer'),
  aws: rented('Amazon’s cloud'),
  linode: rented('Akamai’s cloud (Linode)'),
  'cloud-machines': rented('a rented machine'),
  algolia: everybody('Algolia'),
  'volunteer-pool': rented('a machine of a volunteer'),
};

function fromChain(chain: readonly string[]): HostingOfAddress | undefined {
  for (const name of chain.toReversed()) {
    const found = CHAINS.find(([suffix]) => name === suffix || name.endsWith(`.${suffix}`));
    if (found !== undefined) return found[1];
  }
  return undefined;
}

function fromCatalog({ hosting, verified }: HostingInCatalog): HostingOfAddress {
  const known = CATALOG[hosting];
  return verified || known.what === '' ? known : { ...known, what: `likely ${known.what}` };
}
