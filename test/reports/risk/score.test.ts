import { expect, test } from 'vitest';
import type { NetworkOfAddress } from '../../../src/actions/reports/risk.ts';
import { hostingOf } from '../../../src/reports/risk/hosting.ts';
import { scoreOf, sentenceOf } from '../../../src/reports/risk/score.ts';

const hosting = (kind: 'everybody' | 'rented' | 'alone' | 'unknown') => ({ kind, what: 'Fastly' });
const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}.org`);

test.each([
  ['alone', 0, false, 5],
  ['unknown', 0, false, 15],
  ['rented', 0, false, 30],
  ['rented', 0, true, 40],
  ['unknown', 1, false, 60],
  ['rented', 1, false, 60],
  ['unknown', 2, false, 70],
  ['rented', 3, false, 70],
  ['everybody', 0, false, 70],
  ['everybody', 1, false, 80],
  ['everybody', 7, false, 100],
  ['everybody', 500, true, 100],
] as const)('%s, %i other names, new %s: %i', (kind, others, isNewNetwork, score) => {
  expect(scoreOf({ hosting: hosting(kind), others: names(others), isNewNetwork })).toBe(score);
});

const cloudflare: NetworkOfAddress = { asn: 13335, name: 'Cloudflare, Inc.', country: 'US' };
const amazon: NetworkOfAddress = { asn: 16509, name: 'Amazon.com, Inc.' };

test('the sentence says what was seen, as a lower bound, and whose it is', () => {
  const facts = {
    hosting: hostingOf({ chain: [], network: cloudflare, catalog: [] }),
    network: cloudflare,
    isNewNetwork: false,
  };
  expect(sentenceOf({ ...facts, others: names(14), owners: 14 })).toBe(
    'At least 14 other names of 14 owners were seen here (n0.org, n1.org, n2.org, n3.org, n4.org, …); this is Cloudflare anycast: port 443 to half the web (AS13335 Cloudflare, Inc., US).',
  );
  expect(sentenceOf({ ...facts, others: ['a.org'], owners: 1, isNewNetwork: true })).toBe(
    'At least 1 other name of 1 owner was seen here (a.org); this is Cloudflare anycast: port 443 to half the web (AS13335 Cloudflare, Inc., US), and new for the rule since last month.',
  );
});

test.each([
  [
    'rented',
    amazon,
    /^No name of anybody else .*; this is Fastly \(AS16509 Amazon\.com, Inc\.\), where an address has another tenant/,
  ],
  ['alone', amazon, /nobody else is known to be there \(AS16509/],
  ['unknown', amazon, /; it is in AS16509 Amazon\.com, Inc\.\.$/],
  ['unknown', undefined, /; whose network it is in is not known\.$/],
] as const)('nobody seen at what is %s', (kind, network, sentence) => {
  const facts = { hosting: hosting(kind), network, others: [], owners: 0, isNewNetwork: false };
  expect(sentenceOf(facts)).toMatch(sentence);
});

test.each([
  [
    'the chain is the surest',
    { chain: ['x.org', 'd1.cloudfront.net'], network: amazon, catalog: ['aws-elb'] },
    'Amazon CloudFront',
  ],
  [
    'a name that only looks like it is none',
    { chain: ['cloudfront.net.evil.org', 'notcloudfront.net'], network: undefined, catalog: [] },
    '',
  ],
  [
    'a content network before the catalog',
    { chain: [], network: cloudflare, catalog: ['none-known'] },
    'Cloudflare anycast',
  ],
  [
    'the catalog before a cloud',
    { chain: [], network: amazon, catalog: ['aws-cloudfront'] },
    'likely Amazon CloudFront',
  ],
  [
    'the worse of two names in the catalog',
    { chain: [], network: undefined, catalog: ['none-known', 'bunnycdn'] },
    'bunny.net',
  ],
  [
    'a cloud, whatever the catalog does not know',
    { chain: [], network: amazon, catalog: ['none-known', 'unknown'] },
    'Amazon’s cloud',
  ],
  ['nothing', { chain: [], network: undefined, catalog: ['unknown'] }, ''],
] as const)('who is there: %s', (_, { catalog, ...facts }, what) => {
  const hosting = hostingOf({
    ...facts,
    catalog: catalog.map((one) => ({ hosting: one, verified: one !== 'aws-cloudfront' })),
  });
  expect(hosting.what).toContain(what);
  if (what === '') expect(hosting.kind).toBe('unknown');
});
