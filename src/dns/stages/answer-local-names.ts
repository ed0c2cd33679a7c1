import { type DomainName, firstLabel, isBelow, parentOf, parseDomainName } from '../../base/domain-name.ts';
import { type IpAddress, type Prefix, parseIpAddress, prefixContains } from '../../base/ip-address.ts';
import type { Outcome, QueryContext, Stage } from '../query-context.ts';
import { noData, nxDomain, refusal } from '../refusal.ts';
import { RCODE, TYPE } from '../wire/constants.ts';
import { aaaaRecord, aRecord } from '../wire/records.ts';
import type { ResourceRecord } from '../wire/response.ts';

/** Names that must never be put to an upstream, and do not exist for anybody else. */
const NEVER_FORWARDED = [
  'invalid', // RFC 6761 section 6.4
  'test', // RFC 6761 section 6.2
  'local', // RFC 6762 section 22.1
  'onion', // RFC 7686 section 2
  'alt', // RFC 9476
  'home.arpa', // RFC 8375
  'internal', // ICANN, for private use
  // Canaries: "no such name" keeps browsers and phones from going around this resolver.
  'use-application-dns.net',
  'mask.icloud.com',
  'mask-h2.icloud.com',
].map(parseDomainName);

/** Reverse zones of private addresses (RFC 6303): the world cannot know them. */
const PRIVATE_REVERSE = [
  '10.in-addr.arpa',
  ...Array.from({ length: 16 }, (_, i) => `${i + 16}.172.in-addr.arpa`),
  '168.192.in-addr.arpa',
  '127.in-addr.arpa',
  '254.169.in-addr.arpa',
  'd.f.ip6.arpa',
  '8.e.f.ip6.arpa',
].map(parseDomainName);

const LOCALHOST = parseDomainName('localhost');
const RESOLVER_ARPA = parseDomainName('resolver.arpa');
const PLEX_DIRECT = parseDomainName('plex.direct');

export interface LocalNames {
  /** The owner's own records, by name. */
  readonly records: ReadonlyMap<DomainName, readonly ResourceRecord[]>;
  /** Domains with upstreams of their own (split horizon): these are forwarded, whatever RFC 6761 says of them. */
  readonly forwarded: readonly DomainName[];
}

/** RFC 6761 and its kin, the owner's records, and *.plex.direct, whose first label is the answer. */
export function answerLocalNames({ records, forwarded }: LocalNames): Stage {
  const reserved = new Set([...NEVER_FORWARDED, ...PRIVATE_REVERSE]);
  return {
    name: 'answer-local-names',
    resolve(context, next) {
      const { name } = context.query.question;
      const own = records.get(name);
      if (own !== undefined) return answerWith(context, own);
      if (name === LOCALHOST || isBelow(name, LOCALHOST)) return answerWith(context, loopback(name));
      // RFC 9462 section 6.1: a designated resolver would be a way past this one.
      if (name === RESOLVER_ARPA || isBelow(name, RESOLVER_ARPA)) return noData(name, 'local', 3600);
      if (isBelow(name, PLEX_DIRECT)) return answerPlexDirect(context);
      if (isReserved(name) && !forwarded.some((domain) => name === domain || isBelow(name, domain))) {
        return nxDomain(name, 'local');
      }
      return next(context);
    },
  };

  function isReserved(name: DomainName): boolean {
    for (let up: DomainName | undefined = name; up !== undefined; up = parentOf(up))
      if (reserved.has(up)) return true;
    return false;
  }
}

function answerWith({ query, group }: QueryContext, records: readonly ResourceRecord[]): Outcome {
  const { name, type } = query.question;
  const wanted = records.filter((record) => record.type === type && (type !== TYPE.AAAA || group.ipv6));
  if (wanted.length === 0) return noData(name, 'local', 60);
  return {
    rcode: RCODE.NOERROR,
    answers: wanted,
    authority: [],
    verdict: 'allowed',
    reason: 'local',
    source: 'local',
  };
}

function loopback(name: DomainName): readonly ResourceRecord[] {
  return [aRecord(name, 3600, parseIpAddress('127.0.0.1')), aaaaRecord(name, 3600, parseIpAddress('::1'))];
}

/**
 * 192-168-1-20.<hash>.plex.direct is 192.168.1.20 by definition. Answered here, only for the owner's own server:
 * asked of the world, any program on the host could have any address opened.
 */
function answerPlexDirect(context: QueryContext): Outcome {
  const { name } = context.query.question;
  const { hashes, ownAddresses } = context.group.plexDirect;
  const hash = parentOf(name);
  const address = addressInLabel(firstLabel(name));
  const own =
    hash !== undefined &&
    parentOf(hash) === PLEX_DIRECT &&
    hashes.includes(firstLabel(hash)) &&
    address !== undefined &&
    ownAddresses.some((prefix: Prefix) => prefixContains(prefix, address));
  if (!own || address === undefined) {
    return refusal(context, 'plex-direct', undefined, 'not a server or address named in plexDirect');
  }
  const record = address.includes(':') ? aaaaRecord(name, 3600, address) : aRecord(name, 3600, address);
  return { ...answerWith(context, [record]), reason: 'plex-direct' };
}

function addressInLabel(label: string): IpAddress | undefined {
  const text = /^\d+-\d+-\d+-\d+$/.test(label) ? label.replaceAll('-', '.') : label.replaceAll('-', ':');
  try {
    return parseIpAddress(text);
  } catch {
    return undefined;
  }
}
