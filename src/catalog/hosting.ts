import type { Hosting } from './schema.ts';

/** Whether others can be reached at the addresses of a name. */
export interface AddressSharing {
  /** yes: known to be shared. likely: inferred. no: nothing else is known there. unknown: nobody has looked. */
  readonly shared: 'yes' | 'likely' | 'no' | 'unknown';
  /** In one sentence, for a person. */
  readonly sentence: string;
}

export function addressSharing(hosting: Hosting, verified: boolean): AddressSharing {
  const whose = SHARED[hosting];
  if (whose === undefined)
    return { shared: hosting === 'unknown' ? 'unknown' : 'no', sentence: ALONE[hosting] ?? '' };
  return verified
    ? { shared: 'yes', sentence: whose }
    : { shared: 'likely', sentence: `Not looked up, but likely: ${whose}` };
}

const network = (name: string, whose: string) =>
  `Its addresses are ${name}: whoever opens them opens ${whose} as well.`;

const SHARED: Partial<Record<Hosting, string>> = {
  'cloudflare-anycast': network(
    'those of Cloudflare’s anycast network',
    'every other site behind Cloudflare on them',
  ),
  'cloudflare-spectrum': network('Cloudflare Spectrum’s', 'what else is published there'),
  'aws-cloudfront': network('those of Amazon CloudFront', 'every other distribution on them'),
  'amazon-cdn': network('those of Amazon’s content network', 'what else it carries'),
  'aws-elb': network('a load balancer’s in AWS, and change', 'whoever gets them next, until the lease ends,'),
  aws: network('in AWS', 'whoever has them next, until the lease ends,'),
  akamai: network('Akamai’s', 'what else it carries'),
  algolia: network('Algolia’s', 'the indexes of its other customers'),
  bunnycdn: network('those of Bunny’s content network', 'every other site on them'),
  cdn: network('those of a content network', 'what else it carries'),
  'cloud-machines': network(
    'of machines rented from several providers',
    'whoever rents them next, until the lease ends,',
  ),
  fastly: network('Fastly’s', 'every other site on them'),
  github: network('GitHub’s', 'what everybody else keeps there'),
  'internet-archive': network('those of the Internet Archive', 'all of it'),
  linode: network('of machines rented at Linode', 'whoever rents them next, until the lease ends,'),
  'volunteer-pool': network(
    'of volunteers, and change every few minutes',
    'other people’s machines, again and again,',
  ),
  'wordpress-cdn': network('those of WordPress.com', 'what else it carries'),
};

const ALONE: Partial<Record<Hosting, string>> = {
  'none-known': 'Nothing else is known to be at its addresses.',
  unknown: 'Whether others share its addresses is not known.',
};
