import { type DomainName, isBelow, parentOf, parseDomainName } from '../../base/domain-name.ts';
import { parseIpAddress } from '../../base/ip-address.ts';
import { MAX_CHAIN } from '../chain.ts';
import { reverseName } from '../local-records.ts';
import { readPlexDirect } from '../plex-direct.ts';
import type { Outcome, QueryContext, Resolve, Stage } from '../query-context.ts';
import { failure, negativeSoa, noData, refusal } from '../refusal.ts';
import { type SpecialUse, specialUseOf } from '../special-names.ts';
import { EDE, RCODE, TYPE } from '../wire/constants.ts';
import { aaaaRecord, aRecord, cnameTarget, ptrRecord } from '../wire/records.ts';
import type { ResourceRecord } from '../wire/response.ts';

/** Seconds; what RFCs fix does not change, but what the owner writes below these names does. */
const FIXED_TTL_S = 3600;
const ABSENT_TTL_S = 300;

const LOCALHOST = parseDomainName('localhost');
const RESOLVER_ARPA = parseDomainName('resolver.arpa');
const IPV4ONLY_ARPA = parseDomainName('ipv4only.arpa');

export interface LocalNames {
  /** The owner's own records, by name. */
  readonly records: ReadonlyMap<DomainName, readonly ResourceRecord[]>;
  /** Domains with upstreams of their own (split horizon): these are forwarded, whatever RFC 6761 says of them. */
  readonly forwarded: readonly DomainName[];
}

/** RFC 6761 and its kin, the owner's records, and *.plex.direct, whose first label is the answer. */
export function answerLocalNames({ records, forwarded }: LocalNames): Stage {
  const fixed = new Map([...wellKnown(), ...records]);
  const hasBelow = ancestorsOf([...records.keys(), ...forwarded]);
  const isForwarded = (name: DomainName): boolean =>
    forwarded.some((domain) => name === domain || isBelow(name, domain));

  const answer = (context: QueryContext, next: Resolve, followed: number): Outcome | Promise<Outcome> => {
    const { name, type } = context.query.question;
    const own = records.get(name) ?? (isForwarded(name) ? undefined : fixed.get(name));
    if (own !== undefined) {
      const [cname] = own.filter((record) => record.type === TYPE.CNAME && type !== TYPE.CNAME);
      return cname === undefined ? answerWith(context, own) : follow(cname, context, next, followed);
    }
    if (isBelow(name, LOCALHOST)) return answerWith(context, loopback(name));
    // RFC 9462 section 6.1: a designated resolver would be a way past this one.
    if (name === RESOLVER_ARPA || isBelow(name, RESOLVER_ARPA))
      return absent(name, RCODE.NOERROR, {
        domain: RESOLVER_ARPA,
        why: 'no other resolver is designated, RFC 9462',
      });
    const plex = readPlexDirect(name, context.group.plexDirect);
    if (plex?.kind === 'own') {
      const record = (plex.address.includes(':') ? aaaaRecord : aRecord)(name, FIXED_TTL_S, plex.address);
      return { ...answerWith(context, [record]), reason: 'plex-direct' };
    }
    if (plex !== undefined) {
      const reason = plex.kind === 'above' ? 'above-allowed' : 'plex-direct';
      return refusal(context, reason, undefined, 'not a server or address named in plexDirect');
    }
    const special = isForwarded(name) ? undefined : specialUseOf(name);
    if (special === undefined) return next(context);
    return absent(name, hasBelow.has(name) ? RCODE.NOERROR : RCODE.NXDOMAIN, special);
  };

  /** The owner's CNAME, and what its target has: our own records, or what the policy lets an upstream say. */
  const follow = async (
    cname: ResourceRecord,
    context: QueryContext,
    next: Resolve,
    followed: number,
  ): Promise<Outcome> => {
    const target = cnameTarget(cname);
    if (target === undefined || followed === MAX_CHAIN)
      return failure('internal', { code: EDE.INVALID_DATA, text: 'the CNAMEs in `records` go round' });
    const { query } = context;
    const moved = { ...context, query: { ...query, question: { ...query.question, name: target } } };
    const { repeatUntil: _, ...rest } = await answer(moved, next, followed + 1);
    if (rest.rcode !== RCODE.NOERROR && rest.rcode !== RCODE.NXDOMAIN) return rest;
    return { ...rest, answers: [cname, ...rest.answers] };
  };

  return { name: 'answer-local-names', resolve: (context, next) => answer(context, next, 0) };
}

function answerWith({ query, group }: QueryContext, records: readonly ResourceRecord[]): Outcome {
  const { name, type } = query.question;
  const told = records.filter((record) => record.type !== TYPE.AAAA || group.ipv6);
  // A question for all types gets one set of records (RFC 8482 section 4.1).
  const wantedType = type === TYPE.ANY ? told[0]?.type : type;
  const wanted = told.filter((record) => record.type === wantedType);
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

/** NXDOMAIN from the zone that is empty here; NODATA where the owner has names below. */
function absent(name: DomainName, rcode: number, { domain, why }: SpecialUse): Outcome {
  return {
    ...noData(name, 'local'),
    rcode,
    authority: [negativeSoa(domain, ABSENT_TTL_S)],
    ede: { code: EDE.SYNTHESIZED, text: `answered here and never forwarded: ${why}` },
  };
}

function loopback(name: DomainName): readonly ResourceRecord[] {
  return [
    aRecord(name, FIXED_TTL_S, parseIpAddress('127.0.0.1')),
    aaaaRecord(name, FIXED_TTL_S, parseIpAddress('::1')),
  ];
}

/** localhost and its way back (RFC 6761 section 6.3), and the name that tells IPv6-only hosts of a NAT64: there is none here (RFC 7050). */
function wellKnown(): ReadonlyMap<DomainName, readonly ResourceRecord[]> {
  const back = ['127.0.0.1', '::1'].map((text) => reverseName(parseIpAddress(text)));
  const nat64 = ['192.0.0.170', '192.0.0.171'].map(parseIpAddress);
  return new Map([
    [LOCALHOST, loopback(LOCALHOST)],
    ...back.map((name) => [name, [ptrRecord(name, FIXED_TTL_S, LOCALHOST)]] as const),
    [IPV4ONLY_ARPA, nat64.map((address) => aRecord(IPV4ONLY_ARPA, FIXED_TTL_S, address))],
  ]);
}

function ancestorsOf(names: readonly DomainName[]): ReadonlySet<DomainName> {
  const ancestors = new Set<DomainName>();
  for (const name of names)
    for (let up = parentOf(name); up !== undefined; up = parentOf(up)) ancestors.add(up);
  return ancestors;
}
