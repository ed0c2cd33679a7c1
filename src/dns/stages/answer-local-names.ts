import { type DomainName, isBelow, parentOf, parseDomainName } from '../../base/domain-name.ts';
import { familyOf, parseIpAddress } from '../../base/ip-address.ts';
import { MAX_CHAIN } from '../chain.ts';
import { reverseName } from '../local-records.ts';
import { explainPlexDirect, readPlexDirect } from '../plex-direct.ts';
import type { EventPort, Outcome, QueryContext, Resolve, Stage } from '../query-context.ts';
import { failure, negativeSoa, noData, refusal } from '../refusal.ts';
import { LOCALHOST, PLEX_DIRECT, RESOLVER_ARPA, type SpecialUse, specialUseOf } from '../special-names.ts';
import { EDE, RCODE, TYPE } from '../wire/constants.ts';
import { aaaaRecord, aRecord, cnameTarget, ptrRecord } from '../wire/records.ts';
import type { ResourceRecord } from '../wire/response.ts';

/** Seconds; what RFCs fix does not change, but what the owner writes below these names does. */
const FIXED_TTL_S = 3600;
const ABSENT_TTL_S = 300;

export interface LocalNames {
  /** The owner's own records, by name. */
  readonly records: ReadonlyMap<DomainName, readonly ResourceRecord[]>;
  /** Domains with upstreams of their own (split horizon): these are forwarded, whatever RFC 6761 says of them. */
  readonly forwarded: readonly DomainName[];
}

/** RFC 6761 and its kin, the owner's records, and *.plex.direct, whose first label is the answer. */
export function answerLocalNames(
  { records, forwarded }: LocalNames,
  events: Pick<EventPort, 'denied'>,
): Stage {
  const hasBelow = ancestorsOf([...records.keys(), ...forwarded]);
  const isForwarded = (name: DomainName): boolean =>
    forwarded.some((domain) => name === domain || isBelow(name, domain));

  const answer = (context: QueryContext, next: Resolve, followed: number): ReturnType<Resolve> => {
    const { name, type } = context.query.question;
    const own = records.get(name) ?? (isForwarded(name) ? undefined : WELL_KNOWN.get(name));
    if (own !== undefined) {
      const cname = type === TYPE.CNAME ? undefined : own.find((record) => record.type === TYPE.CNAME);
      return cname === undefined ? answerWith(context, own) : follow(cname, context, next, followed);
    }
    const special = specialUseOf(name);
    if (special === undefined) return next(context);
    switch (special.domain) {
      case LOCALHOST:
        return answerWith(context, loopback(name));
      case RESOLVER_ARPA:
        return absent(context, RCODE.NOERROR, special);
      case PLEX_DIRECT:
        return answerPlexDirect(context, events) ?? next(context);
      default:
        if (isForwarded(name)) return next(context);
        return absent(context, hasBelow.has(name) ? RCODE.NOERROR : RCODE.NXDOMAIN, special);
    }
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
function absent({ query }: QueryContext, rcode: number, { domain, why }: SpecialUse): Outcome {
  return {
    ...noData(query.question.name, 'local'),
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

/** Undefined for plex.direct itself where no server below it is known: then it is a name like any other. */
function answerPlexDirect(context: QueryContext, events: Pick<EventPort, 'denied'>): Outcome | undefined {
  const { name } = context.query.question;
  const read = readPlexDirect(name, context.group.plexDirect);
  if (read === undefined) return undefined;
  if (read.kind === 'known') {
    const make = familyOf(read.address) === 4 ? aRecord : aaaaRecord;
    return { ...answerWith(context, [make(name, FIXED_TTL_S, read.address)]), reason: 'plex-direct' };
  }
  const isAbove = read.kind === 'above';
  const reason = isAbove ? 'above-allowed' : read.reason;
  events.denied(context, reason, undefined);
  return refusal(context, reason, undefined, isAbove ? ONLY_BELOW : explainPlexDirect(read.reason));
}

const ONLY_BELOW = 'only names below it are answered, as plexDirect says';

function ancestorsOf(names: readonly DomainName[]): ReadonlySet<DomainName> {
  const ancestors = new Set<DomainName>();
  for (const name of names)
    for (let up = parentOf(name); up !== undefined; up = parentOf(up)) ancestors.add(up);
  return ancestors;
}

const IPV4ONLY_ARPA = parseDomainName('ipv4only.arpa');

/** localhost and its way back (RFC 6761 section 6.3), and the name that tells IPv6-only hosts of a NAT64: there is none here (RFC 7050). */
const WELL_KNOWN: ReadonlyMap<DomainName, readonly ResourceRecord[]> = new Map([
  [LOCALHOST, loopback(LOCALHOST)],
  ...['127.0.0.1', '::1']
    .map((text) => reverseName(parseIpAddress(text)))
    .map((name) => [name, [ptrRecord(name, FIXED_TTL_S, LOCALHOST)]] as const),
  [
    IPV4ONLY_ARPA,
    ['192.0.0.170', '192.0.0.171'].map((text) => aRecord(IPV4ONLY_ARPA, FIXED_TTL_S, parseIpAddress(text))),
  ],
]);
