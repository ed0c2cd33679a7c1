/** Why the packets of others are read by a codec of our own: what dns-packet 5.6.1 makes of the same octets. */
import dnsPacket from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../../src/base/domain-name.ts';
import { CLASS, FLAG, TYPE } from '../../../src/dns/wire/constants.ts';
import { readName } from '../../../src/dns/wire/name.ts';
import { parseQuery } from '../../../src/dns/wire/query.ts';
import { parseResponse } from '../../../src/dns/wire/response.ts';
import { labels, name, packet, pointer, queryFrom, question, record } from './packets.ts';

const asked = { id: 0x1234, qnameOctets: labels('example', 'org'), type: TYPE.A, class: CLASS.IN };
const answer = (...answers: readonly Buffer[]): Buffer =>
  packet({ flags: FLAG.QR, questions: [question(asked.qnameOctets)], answers });

test('a label with a dot reads as two labels: an allowlist of text lets "evil.allowed" through as its neighbour', () => {
  const octets = packet({ questions: [question(labels('www.allowed', 'com'))] });
  expect(dnsPacket.decode(octets).questions?.[0]?.name).toBe('www.allowed.com');
  expect(queryFrom(octets).question.name).not.toBe(name('www.allowed.com'));
});

test('octets that are no UTF-8 read as replacement characters: different names share one text', () => {
  const [one, other] = ['\xff', '\xfe'].map((text) => packet({ questions: [question(labels(text))] }));
  if (one === undefined || other === undefined) throw new Error('two packets were built');
  expect(dnsPacket.decode(one).questions?.[0]?.name).toBe(dnsPacket.decode(other).questions?.[0]?.name);
  expect(queryFrom(one).question.name).not.toBe(queryFrom(other).question.name);
});

describe('RDLENGTH is ignored', () => {
  const smuggled = record(labels('victim', 'com'), TYPE.A, Buffer.of(203, 0, 113, 66));
  const hiding = answer(
    record(pointer(12), TYPE.A, Buffer.concat([Buffer.of(192, 0, 2, 1), smuggled])),
    record(pointer(12), TYPE.A, Buffer.of(192, 0, 2, 2)),
  );

  test('so the data of one record becomes another record', () => {
    expect(dnsPacket.decode(hiding).answers?.[1]).toMatchObject({ name: 'victim.com', data: '203.0.113.66' });
    expect(parseResponse(hiding, asked).kind).toBe('malformed');
  });

  test('so a short address is made of what follows', () => {
    const short = answer(record(pointer(12), TYPE.A, Buffer.of(1, 2, 3)));
    expect(dnsPacket.decode(short).answers?.[0]).toMatchObject({ data: '1.2.3.undefined' });
    expect(parseResponse(short, asked).kind).toBe('malformed');
  });
});

test('octets behind the last record are accepted', () => {
  const octets = packet({ questions: [question(asked.qnameOctets)], trailing: Buffer.from('smuggled') });
  expect(dnsPacket.decode(octets).questions).toHaveLength(1);
  expect(parseQuery(octets).kind).toBe('reply');
});

describe('encoding', () => {
  const encoded = (qname: string): Buffer =>
    dnsPacket.encode({ type: 'query', questions: [{ type: 'A', name: qname }] });

  test.each([64, 200, 300])('a label of %i octets goes out without an error, as no name at all', (length) => {
    const label = 'x'.repeat(length);
    expect(readName(encoded(label), 12)?.name.length).not.toBe(length + 2);
    expect(() => parseDomainName(label)).toThrow(RangeError);
  });

  test('an empty label ends the name in its middle', () => {
    expect(readName(encoded('a..b'), 12)?.name).toBe(name('a'));
    expect(() => parseDomainName('a..b')).toThrow(/empty label/);
  });

  test('HTTPS goes out as type 0', () => {
    const https = { type: 'HTTPS', name: 'example.org' } as unknown as { type: 'A'; name: string };
    const octets = dnsPacket.encode({ type: 'query', questions: [https] });
    expect(octets.readUInt16BE(octets.length - 4)).toBe(0);
  });

  test('names are not compressed: 20 addresses of a long name take 2 kB', () => {
    const long = `${'x'.repeat(40)}.${'y'.repeat(30)}.example.org`;
    const answers = Array.from({ length: 20 }, () => ({ type: 'A' as const, name: long, data: '192.0.2.1' }));
    const octets = dnsPacket.encode({ type: 'response', questions: [{ type: 'A', name: long }], answers });
    expect(octets.length).toBeGreaterThan(2000);
  });
});
