/** What holds for every message, whatever is in it. */
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainName } from '../../../src/base/domain-name.ts';
import { addressFromOctets } from '../../../src/base/ip-address.ts';
import { CLASS, FLAG, RCODE, TYPE, typeName } from '../../../src/dns/wire/constants.ts';
import { nameOctets } from '../../../src/dns/wire/name.ts';
import { parseQuery, replyLimit } from '../../../src/dns/wire/query.ts';
import {
  aaaaRecord,
  addressOf,
  aRecord,
  cnameRecord,
  soaRecord,
  srvRecord,
  txtRecord,
} from '../../../src/dns/wire/records.ts';
import { parseResponse, type ResourceRecord } from '../../../src/dns/wire/response.ts';
import { writeQuery, writeReply } from '../../../src/dns/wire/write.ts';
import { ask, name, opt } from './packets.ts';

/** Names that dns-packet can tell as well: lower case, no dots in labels. */
const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const domain = fc.array(label, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'));
/** Any octets in any label. */
const wireName = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 10 })
  .map((parts) =>
    Buffer.concat([...parts.flatMap((octets) => [Buffer.of(octets.length), octets]), Buffer.of(0)]),
  )
  .filter((octets) => octets.length <= 255);
const ttl = fc.nat(0x7fff_ffff);
const u8 = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const anyRecord: fc.Arbitrary<ResourceRecord> = fc.oneof(
  fc
    .tuple(domain, ttl, u8(4))
    .map(([owner, s, octets]) => aRecord(name(owner), s, addressFromOctets(octets))),
  fc
    .tuple(domain, ttl, u8(14))
    .map(([owner, s, octets]) =>
      aaaaRecord(name(owner), s, addressFromOctets(Uint8Array.from([0x20, 1, ...octets]))),
    ),
  fc.tuple(domain, ttl, domain).map(([owner, s, to]) => cnameRecord(name(owner), s, name(to))),
  fc
    .tuple(domain, ttl, fc.array(label, { minLength: 1 }))
    .map(([owner, s, texts]) => txtRecord(name(owner), s, texts)),
  fc
    .tuple(domain, ttl, fc.nat(65535), domain)
    .map(([owner, s, port, to]) =>
      srvRecord(name(owner), s, { priority: 1, weight: 2, port, target: name(to) }),
    ),
  fc.tuple(domain, ttl, domain, domain).map(([owner, s, primary, mailbox]) =>
    soaRecord(name(owner), s, {
      primary: name(primary),
      mailbox: name(mailbox),
      serial: 1,
      refresh: 2,
      retry: 3,
      expire: 4,
      minimum: 5,
    }),
  ),
  fc
    .tuple(domain, ttl, fc.integer({ min: 65280, max: 65534 }), fc.uint8Array({ maxLength: 100 }))
    .map(([owner, s, type, octets]) => ({
      owner: name(owner),
      type,
      class: CLASS.IN,
      ttl: s,
      rdata: Buffer.from(octets),
    })),
);

describe('a query', () => {
  const parts = fc.record({
    id: fc.nat(0xffff),
    qnameOctets: wireName,
    type: fc.nat(0xffff),
    class: fc.nat(0xffff),
    recursionDesired: fc.boolean(),
    checkingDisabled: fc.boolean(),
    dnssecOk: fc.boolean(),
    edns: fc.boolean(),
  });

  test('that is written is read as it was meant, any octet in any label', () => {
    fc.assert(
      fc.property(parts, (written) => {
        const parsed = parseQuery(writeQuery(written));
        expect(parsed).toMatchObject({
          kind: 'query',
          query: {
            id: written.id,
            qnameOctets: written.qnameOctets,
            question: { type: written.type, class: written.class },
            recursionDesired: written.recursionDesired,
            checkingDisabled: written.checkingDisabled,
            ...(written.edns ? { edns: { version: 0, dnssecOk: written.dnssecOk } } : { edns: undefined }),
          },
        });
      }),
    );
  });

  test('that dns-packet writes is read, and dns-packet reads ours', () => {
    const types = fc.constantFrom('A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SRV', 'TXT', 'SOA');
    fc.assert(
      fc.property(domain, types, fc.nat(0xffff), fc.boolean(), (qname, type, id, dnssecOk) => {
        const theirs = dnsPacket.encode({
          type: 'query',
          id,
          flags: dnsPacket.RECURSION_DESIRED,
          questions: [{ name: qname, type: type as 'A' }],
        });
        const parsed = parseQuery(theirs);
        expect(parsed).toMatchObject({ kind: 'query', query: { id, question: { name: name(qname) } } });
        if (parsed.kind !== 'query') return;
        const { question: asked, qnameOctets } = parsed.query;
        const ours = writeQuery({
          ...{ id, qnameOctets, type: asked.type, class: asked.class },
          ...{ recursionDesired: true, checkingDisabled: false, dnssecOk, edns: true },
        });
        expect(dnsPacket.decode(ours)).toMatchObject({
          id,
          questions: [{ name: qname, type }],
          additionals: [{ type: 'OPT', flag_do: dnssecOk }],
        });
      }),
    );
  });
});

describe('a reply', () => {
  const reply = fc.record({
    qname: domain,
    answers: fc.array(anyRecord, { maxLength: 30 }),
    authority: fc.array(anyRecord, { maxLength: 5 }),
  });

  test('over TCP is read back as it was written, and dns-packet agrees on names, types and TTLs', () => {
    fc.assert(
      fc.property(reply, ({ qname, answers, authority }) => {
        const query = ask(qname);
        const octets = writeReply({ query, rcode: RCODE.NOERROR, answers, authority, limit: 65535 });
        const expected = { ...query.question, id: query.id, qnameOctets: query.qnameOctets };
        expect(parseResponse(octets, expected)).toMatchObject({ response: { answers, authority } });
        const theirs = dnsPacket.decode(octets);
        expect(dnsPacket.decode.bytes).toBe(octets.length);
        const told = [...(theirs.answers ?? []), ...(theirs.authorities ?? [])];
        expect(told.map((each) => [each.name, 'ttl' in each ? each.ttl : undefined])).toEqual(
          [...answers, ...authority].map((each) => [text(each.owner), each.ttl]),
        );
        expect(told.map((each) => each.type.replace('UNKNOWN_', 'TYPE'))).toEqual(
          [...answers, ...authority].map((each) => typeName(each.type)),
        );
      }),
    );
  });

  /** A chain of CNAMEs and the addresses at its end, as the pipeline hands it on. */
  const chained = fc
    .tuple(domain, fc.array(domain, { maxLength: 6 }), fc.constantFrom(TYPE.A, TYPE.AAAA), fc.nat(60), ttl)
    .map(([qname, targets, type, count, s]) => {
      const names = [qname, ...targets].map(name);
      const last = names.at(-1) ?? name(qname);
      const cnames = names.slice(1).map((to, i) => cnameRecord(names[i] ?? to, s, to));
      const addresses = Array.from({ length: count }, (_, i) =>
        type === TYPE.A
          ? aRecord(last, s, addressFromOctets(Uint8Array.of(192, 0, 2, i)))
          : aaaaRecord(last, s, addressFromOctets(Uint8Array.from([0x20, 1, ...Array(13).fill(0), i]))),
      );
      return { qname, type, cnames, addresses };
    });
  const size = fc.option(fc.integer({ min: 0, max: 4096 }), { nil: undefined });

  test('is never above the limit, and has TC exactly when an address was left out', () => {
    fc.assert(
      fc.property(chained, size, ({ qname, type, cnames, addresses }, udpSize) => {
        const edns = udpSize === undefined ? {} : { edns: opt({ size: udpSize }) };
        const query = ask(qname, type, edns);
        const limit = replyLimit(query, 'udp');
        const answers = [...cnames, ...addresses];
        const octets = writeReply({ query, rcode: RCODE.NOERROR, answers, authority: [], limit });
        expect(octets.length).toBeLessThanOrEqual(limit);

        const told = dnsPacket.decode(octets).answers ?? [];
        const left = told.filter((each) => each.type === typeName(type)).length;
        const isTruncated = (octets.readUInt16BE(2) & FLAG.TC) !== 0;
        const chainFits = cnames.length + addresses.length === told.length;
        expect(isTruncated).toBe(left < addresses.length || (addresses.length === 0 && !chainFits));
        if (udpSize !== undefined && isTruncated) expect(told).toEqual([]);
        if (udpSize === undefined && addresses.length > 0) {
          // As many as fit: one more would not.
          const each = type === TYPE.A ? 16 : 28;
          if (isTruncated) expect(octets.length + each).toBeGreaterThan(512);
          // Whole or collapsed, never a chain without its end.
          if (!chainFits) expect(told.every((record) => record.name === qname)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('to a client without EDNS keeps the addresses in their order', () => {
    fc.assert(
      fc.property(chained, ({ qname, type, cnames, addresses }) => {
        const query = ask(qname, type);
        const answers = [...cnames, ...addresses];
        const octets = writeReply({ query, rcode: RCODE.NOERROR, answers, authority: [], limit: 512 });
        const expected = { ...query.question, id: query.id, qnameOctets: query.qnameOctets };
        const noTc = Buffer.from(octets);
        noTc.writeUInt16BE(octets.readUInt16BE(2) & ~FLAG.TC, 2);
        const parsed = parseResponse(noTc, expected);
        if (parsed.kind !== 'response') throw new Error(parsed.why);
        const told = parsed.response.answers.map(addressOf).filter((address) => address !== undefined);
        expect(told).toEqual(addresses.slice(0, told.length).map(addressOf));
      }),
    );
  });
});

function text(owner: DomainName): string {
  const octets = nameOctets(owner);
  const parts: string[] = [];
  for (let at = 0; (octets[at] ?? 0) > 0; at += 1 + (octets[at] ?? 0))
    parts.push(octets.toString('latin1', at + 1, at + 1 + (octets[at] ?? 0)));
  return parts.join('.');
}
