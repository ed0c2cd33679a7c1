/** An upstream of a scenario: a zone it answers from, in real packets, and the ways it can fail. */
import { encode, type RecordType } from 'dns-packet';
import { formatDomainName } from '../../../src/base/domain-name.ts';
import type { UpstreamPort } from '../../../src/dns/stages/ask-upstream.ts';
import { type Upstream, UpstreamFailure, type UpstreamQuestion } from '../../../src/dns/upstream/upstream.ts';
import { RCODE, typeName } from '../../../src/dns/wire/constants.ts';
import { nameOctets } from '../../../src/dns/wire/name.ts';
import { parseResponse, type Response } from '../../../src/dns/wire/response.ts';
import type { ManualClock } from '../../support/manual-clock.ts';

export interface ZoneRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: string;
}

export interface ZoneServer {
  /** Every question it was asked, as 'name TYPE'. */
  readonly asked: readonly string[];
  readonly records: ZoneRecord[];
  /** What it says with "there is none"; undefined: nothing. */
  soa: { readonly ttl: number; readonly minimum: number } | undefined;
  /** silent, or the rcode of every answer; undefined: it works. */
  trouble: 'silent' | 'SERVFAIL' | 'REFUSED' | undefined;
  delayMs: number;
  /** Settles when it answers; what is silent never does. */
  serve(question: UpstreamQuestion): Promise<Response>;
}

export function zoneServer(clock: ManualClock): ZoneServer {
  const asked: string[] = [];
  const server: ZoneServer = {
    asked,
    records: [],
    soa: { ttl: 300, minimum: 60 },
    trouble: undefined,
    delayMs: 0,
    async serve(question) {
      asked.push(`${formatDomainName(question.name)} ${typeName(question.type)}`);
      if (server.trouble === 'silent') return new Promise(() => undefined);
      if (server.delayMs > 0) await new Promise<void>((resolve) => clock.after(server.delayMs, resolve));
      return answer(server, question);
    },
  };
  return server;
}

/** Asked without a failover in front. */
export function asPort(server: ZoneServer, clock: ManualClock): UpstreamPort {
  return {
    async resolve(question, deadlineMs) {
      const late = new Promise<never>((_, reject) => {
        clock.after(deadlineMs - clock.now(), () =>
          reject(new UpstreamFailure('timeout', 'no answer in time')),
        );
      });
      return { response: await Promise.race([server.serve(question), late]), upstream: 'upstream' };
    },
  };
}

/** One of several, for the failover to choose from. */
export function asUpstream(server: ZoneServer, id: string): Upstream {
  return {
    id,
    authenticated: false,
    mismatched: () => 0,
    exchange(question, signal) {
      const given = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new UpstreamFailure('timeout', `no answer: ${id}`)));
      });
      return Promise.race([server.serve(question), given]);
    },
    close: () => undefined,
  };
}

function answer({ records, soa, trouble }: ZoneServer, question: UpstreamQuestion): Response {
  const type = typeName(question.type);
  const chain = follow(records, formatDomainName(question.name), type);
  const failure = trouble === 'silent' ? undefined : trouble;
  const rcode = failure ?? (chain.exists ? 'NOERROR' : 'NXDOMAIN');
  const isAnswered = chain.records.some((record) => record.type === type);
  const octets = encode({
    type: 'response',
    id: 1,
    flags: RCODE[rcode],
    questions: [{ name: formatDomainName(question.name), type: type as RecordType }],
    answers: failure === undefined ? (chain.records as never) : [],
    authorities: soa === undefined || isAnswered || failure !== undefined ? [] : [soaRecord(soa)],
  });
  const qnameOctets = nameOctets(question.name);
  const parsed = parseResponse(octets, { ...question, id: 1, qnameOctets });
  if (parsed.kind !== 'response') throw new Error(`the scenario's upstream makes no sense: ${parsed.why}`);
  return parsed.response;
}

function follow(records: readonly ZoneRecord[], qname: string, type: string) {
  const found: ZoneRecord[] = [];
  for (let name = qname; ; ) {
    const here = records.filter((record) => record.name === name);
    const wanted = here.filter((record) => record.type === type);
    const alias = here.find((record) => record.type === 'CNAME');
    if (wanted.length > 0 || alias === undefined)
      return { records: [...found, ...wanted], exists: here.length > 0 };
    found.push(alias);
    name = alias.data;
  }
}

function soaRecord({ ttl, minimum }: { readonly ttl: number; readonly minimum: number }) {
  const data = {
    mname: 'ns.example',
    rname: 'hostmaster.example',
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86_400,
    minimum,
  };
  return { type: 'SOA', name: 'example.org', ttl, data } as const;
}
