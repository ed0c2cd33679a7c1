/** An upstream in the same process: a zone of a few names, and switches for what goes wrong. */
import { type DomainName, formatDomainName, parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import type { UpstreamPort } from '../../src/dns/stages/ask-upstream.ts';
import { UpstreamFailure } from '../../src/dns/upstream/upstream.ts';
import { RCODE, typeName } from '../../src/dns/wire/constants.ts';
import { aaaaRecord, aRecord, cnameRecord, soaRecord } from '../../src/dns/wire/records.ts';
import type { ResourceRecord, Response } from '../../src/dns/wire/response.ts';

export const UPSTREAM_ID = 'udp://192.0.2.53:53';

export interface ToyUpstream extends UpstreamPort {
  /** Every question it was asked, as 'name TYPE'. */
  readonly asked: string[];
  /** What it answers to 'name TYPE'; other names do not exist. */
  answers(question: string, ...records: readonly ResourceRecord[]): void;
  /** The same, with an authority section and an rcode. */
  responds(question: string, response: Partial<Response>): void;
  /** While true it fails every question. */
  fails(fail: boolean): void;
  /** Whether its channel proves that it is the one that answers, as TLS does; at first it does not. */
  isProved(proved: boolean): void;
  /** While true questions wait; what waits is answered when it becomes false. */
  waits(wait: boolean): void;
}

export function toyUpstream(): ToyUpstream {
  const zone = new Map<string, Partial<Response>>();
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  let failing = false;
  let stalling = false;
  let authenticated = false;
  return {
    asked,
    answers: (question, ...records) => zone.set(question, { answers: records }),
    responds: (question, response) => zone.set(question, response),
    fails(fail) {
      failing = fail;
    },
    isProved(proved) {
      authenticated = proved;
    },
    waits(wait) {
      stalling = wait;
      if (!wait) for (const go of waiting.splice(0)) go();
    },
    async resolve({ name, type }) {
      const question = `${formatDomainName(name)} ${typeName(type)}`;
      asked.push(question);
      if (stalling) await new Promise<void>((resolve) => waiting.push(resolve));
      if (failing)
        throw new UpstreamFailure('timeout', `The upstream did not answer in time: ${UPSTREAM_ID}`);
      const known = zone.get(question) ?? { rcode: RCODE.NXDOMAIN, authority: [soa('example')] };
      return { response: { ...EMPTY, ...known }, upstream: UPSTREAM_ID, authenticated };
    },
  };
}

export const a = (owner: string, address: string, ttl = 300): ResourceRecord =>
  aRecord(parseDomainName(owner), ttl, parseIpAddress(address));
export const aaaa = (owner: string, address: string, ttl = 300): ResourceRecord =>
  aaaaRecord(parseDomainName(owner), ttl, parseIpAddress(address));
export const cname = (owner: string, target: string, ttl = 300): ResourceRecord =>
  cnameRecord(parseDomainName(owner), ttl, parseDomainName(target));
export const soa = (owner: string, minimum = 60, ttl = 900): ResourceRecord =>
  soaRecord(parseDomainName(owner), ttl, {
    primary: name('ns.example'),
    mailbox: name('hostmaster.example'),
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86_400,
    minimum,
  });

const name = (text: string): DomainName => parseDomainName(text);

const EMPTY: Response = {
  rcode: RCODE.NOERROR,
  authoritative: false,
  truncated: false,
  authenticData: false,
  edns: true,
  answers: [],
  authority: [],
};
