/** What the clients are asked to look up, and what each must make of it. */
import type { Zone } from '../toy-internet/zone.ts';
import { DEAD_UPSTREAM, type Host, RESOLVER, RESOLVER_IPV6 } from './room.ts';

export type Ending = 'found' | 'no such name' | 'no data' | 'failed';

export interface Case {
  readonly title: string;
  readonly host: Host;
  /** Some must be new to Sallyport, and so are each client's own. */
  name(client: string): string;
  /** Asked only by clients that can ask for a type; without it, addresses of both families are. */
  readonly type?: 'TXT' | 'SRV' | 'HTTPS';
  readonly ending: Ending;
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** Of so many addresses, those that fit what musl reads: 512 octets, and never TCP. */
  readonly fitsMusl?: number;
  /** Asked once: it changes when it is repeated, or takes long. */
  readonly once?: boolean;
  /** Every client waits for seconds and asks for a name of its own: they may wait together. */
  readonly isSlow?: boolean;
  /** Milliseconds the median must be below. */
  readonly limitMs?: number;
}

/** From the promise to users: a refusal costs a start-up no time, and neither does a name that was asked before. */
const REFUSED_MS = 50;
const CACHED_MS = 20;

const HOME4 = ['198.51.100.1', '198.51.100.2'];
const HOME6 = ['2001:db8:ffff::1', '2001:db8:ffff::2'];
const many = (count: number) => Array.from({ length: count }, (_, i) => `198.51.100.${i + 10}`);
const named = (name: string) => () => name;

/** Labels of 60 octets: a chain of four such names is some 520 octets long, before any address. */
const LONG = 'a-content-delivery-network-has-names-of-about-sixty-letters';
const longLink = (n: number) => `${LONG}${n}.${n}.chained.example.net`;

export const CASES: readonly Case[] = [
  {
    title: 'allowed, never asked before',
    host: 'dual',
    name: (client) => `${client.replaceAll(/\W/g, '-')}.new.example.net`,
    ending: 'found',
    a: HOME4,
    aaaa: HOME6,
    once: true,
  },
  {
    title: 'allowed, asked before',
    host: 'dual',
    name: named('home.example.net'),
    ending: 'found',
    a: HOME4,
    aaaa: HOME6,
    limitMs: CACHED_MS,
  },
  {
    title: 'in UPPER case',
    host: 'dual',
    name: named('HOME.Example.NET'),
    ending: 'found',
    a: HOME4,
    aaaa: HOME6,
    limitMs: CACHED_MS,
  },
  {
    title: 'refused',
    host: 'dual',
    name: named('tracker.example.com'),
    ending: 'no such name',
    limitMs: REFUSED_MS,
  },
  {
    title: 'refused, by a deny rule',
    host: 'dual',
    name: named('analytics.example.net'),
    ending: 'no such name',
    limitMs: REFUSED_MS,
  },
  {
    title: 'refused by type: TXT',
    host: 'dual',
    name: named('home.example.net'),
    type: 'TXT',
    ending: 'no data',
    limitMs: REFUSED_MS,
  },
  {
    title: 'refused by type: SRV',
    host: 'dual',
    name: named('home.example.net'),
    type: 'SRV',
    ending: 'no data',
    limitMs: REFUSED_MS,
  },
  {
    title: 'refused by type: HTTPS',
    host: 'dual',
    name: named('home.example.net'),
    type: 'HTTPS',
    ending: 'no data',
    limitMs: REFUSED_MS,
  },
  {
    title: 'refused by type: A',
    host: 'dual',
    name: named('only-aaaa.example.net'),
    ending: 'found',
    aaaa: HOME6,
    limitMs: REFUSED_MS,
  },
  {
    title: 'refused by type: AAAA',
    host: 'dual',
    name: named('only-a.example.net'),
    ending: 'found',
    a: HOME4,
    limitMs: REFUSED_MS,
  },
  {
    title: 'above an allowed name',
    host: 'dual',
    name: named('above.example.net'),
    ending: 'no data',
    limitMs: REFUSED_MS,
  },
  {
    title: 'IPv4 only, upstream has no AAAA',
    host: 'dual',
    name: named('ipv4.example.net'),
    ending: 'found',
    a: HOME4,
    limitMs: CACHED_MS,
  },
  {
    title: 'IPv4 only, `ipv6: false`',
    host: 'ipv4-only',
    name: named('home.example.net'),
    ending: 'found',
    a: HOME4,
    limitMs: CACHED_MS,
  },
  {
    title: '30 addresses (above 512 octets)',
    host: 'dual',
    name: named('thirty.example.net'),
    ending: 'found',
    a: many(30),
    fitsMusl: 29,
    limitMs: CACHED_MS,
  },
  {
    title: '90 addresses (above 1232 octets)',
    host: 'dual',
    name: named('ninety.example.net'),
    ending: 'found',
    a: many(90),
    fitsMusl: 29,
    limitMs: CACHED_MS,
  },
  {
    title: 'behind 4 CNAMEs',
    host: 'dual',
    name: named('www.example.net'),
    ending: 'found',
    a: HOME4,
    aaaa: HOME6,
    limitMs: CACHED_MS,
  },
  {
    title: 'behind 4 long CNAMEs (above 512 octets)',
    host: 'dual',
    name: named('long.example.net'),
    ending: 'found',
    a: many(12),
    aaaa: HOME6,
    limitMs: CACHED_MS,
  },
  {
    title: 'allowed, upstream says SERVFAIL',
    host: 'dual',
    name: named('broken.example.net'),
    ending: 'failed',
    once: true,
  },
  {
    title: 'allowed, upstream is gone',
    host: 'dual',
    name: named('host.dead.example.net'),
    ending: 'failed',
    once: true,
  },
  {
    title: 'allowed, upstream is silent',
    host: 'dual',
    name: (client) => `${client.replaceAll(/\W/g, '-')}.silent.example.net`,
    ending: 'failed',
    once: true,
    isSlow: true,
  },
];

export const AN_ALLOWED_NAME = 'up.example.net';

export const ZONE: Zone = {
  [AN_ALLOWED_NAME]: { a: HOME4 },
  '*.new.example.net': { a: HOME4, aaaa: HOME6 },
  'home.example.net': { a: HOME4, aaaa: HOME6, ttl: 3600, txt: ['left out by the rule'] },
  'tracker.example.com': { a: HOME4, aaaa: HOME6 },
  'analytics.example.net': { a: HOME4, aaaa: HOME6 },
  'only-aaaa.example.net': { a: HOME4, aaaa: HOME6, ttl: 3600 },
  'only-a.example.net': { a: HOME4, aaaa: HOME6, ttl: 3600 },
  'host.above.example.net': { a: HOME4 },
  'ipv4.example.net': { a: HOME4, ttl: 3600 },
  'thirty.example.net': { a: many(30), ttl: 3600 },
  'ninety.example.net': { a: many(90), ttl: 3600 },
  'www.example.net': { cname: 'one.cdn.example.org', ttl: 3600 },
  'one.cdn.example.org': { cname: 'two.cdn.example.org', ttl: 3600 },
  'two.cdn.example.org': { cname: 'three.cdn.example.org', ttl: 3600 },
  'three.cdn.example.org': { cname: 'four.cdn.example.org', ttl: 3600 },
  'four.cdn.example.org': { a: HOME4, aaaa: HOME6, ttl: 3600 },
  'long.example.net': { cname: longLink(1), ttl: 3600 },
  [longLink(1)]: { cname: longLink(2), ttl: 3600 },
  [longLink(2)]: { cname: longLink(3), ttl: 3600 },
  [longLink(3)]: { cname: longLink(4), ttl: 3600 },
  [longLink(4)]: { a: many(12), aaaa: HOME6, ttl: 3600 },
  'broken.example.net': { outcome: 'servfail' },
  '*.silent.example.net': { outcome: 'silent' },
};

const RULES = `
      - { allow: ${AN_ALLOWED_NAME} }
      - { allow: '*.new.example.net' }
      - { allow: home.example.net }
      - { deny: analytics.example.net }
      - { allow: only-aaaa.example.net, types: [AAAA] }
      - { allow: only-a.example.net, types: [A] }
      - { allow: '*.above.example.net' }
      - { allow: ipv4.example.net }
      - { allow: thirty.example.net }
      - { allow: ninety.example.net }
      - { allow: www.example.net }
      - { allow: long.example.net }
      - { allow: broken.example.net }
      - { allow: .dead.example.net }
      - { allow: '*.silent.example.net' }`;

export const CONFIG = `
forward:
  - { domain: .dead.example.net, upstreams: ['${DEAD_UPSTREAM}'] }
groups:
  - name: dual
    clients: [${RESOLVER.dual}, '${RESOLVER_IPV6}']
    mode: enforce
    rules:${RULES}
  - name: ipv4-only
    clients: [${RESOLVER['ipv4-only']}]
    mode: enforce
    ipv6: false
    rules:${RULES}
`;
