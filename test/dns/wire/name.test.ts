import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_NAME_OCTETS } from '../../../src/base/domain-name.ts';
import { endOfPlainName, nameOctets, nameReader, readName } from '../../../src/dns/wire/name.ts';
import { labels, name, pointer } from './packets.ts';

/** Twelve octets stand for the header: no pointer may lead into it. */
const header = Buffer.alloc(12);
const message = (...parts: readonly Buffer[]): Buffer => Buffer.concat([header, ...parts]);

test('a name is lower-cased in A to Z only, and ends behind its root', () => {
  expect(readName(message(labels('WWW', 'Ex\xc4mple', 'ORG'), Buffer.of(9)), 12)).toEqual({
    name: labels('www', 'ex\xc4mple', 'org').toString('latin1'),
    next: 29,
  });
});

test('a label that contains a dot is one label', () => {
  expect(readName(message(labels('www.allowed', 'com')), 12)?.name).toBe(name('www\\.allowed.com'));
  expect(readName(message(labels('www.allowed', 'com')), 12)?.name).not.toBe(name('www.allowed.com'));
});

test('pointers are followed, and the reading goes on behind the first', () => {
  const octets = message(labels('example', 'org'), Buffer.from('\x03www', 'latin1'), pointer(12));
  expect(readName(octets, 25)).toEqual({ name: name('www.example.org'), next: 31 });
});

test.each<[string, Buffer, number]>([
  ['a pointer to itself', message(pointer(12)), 12],
  ['a pointer forward', message(pointer(14), labels('org')), 12],
  ['a pointer to the middle of its own name', message(Buffer.from('\x01a\x01b', 'latin1'), pointer(14)), 12],
  ['two pointers that lead to each other', message(pointer(14), pointer(12)), 14],
  ['a pointer into the header', message(pointer(4)), 12],
  ['half a pointer', message(labels('a'), Buffer.of(0xc0)), 15],
  ['a label type 01', message(Buffer.of(0x41, 1, 2, 0)), 12],
  ['a label type 10', message(Buffer.of(0x80, 1, 2, 0)), 12],
  ['a label past the end', message(Buffer.of(5, 97, 97)), 12],
  ['no root at the end', message(Buffer.of(1, 97)), 12],
  ['an offset at the end', message(), 12],
  ['an offset past the end', message(), 400],
])('%s is no name', (_, octets, offset) => {
  expect(readName(octets, offset)).toBeUndefined();
});

describe('limits', () => {
  const long = 'x'.repeat(63);
  /** 3 x 64 + 1 + n octets. */
  const ofLength = (last: number) => labels(long, long, long, 'y'.repeat(last));

  test('a label of 63 octets and a name of 255 can be used', () => {
    const octets = ofLength(61);
    expect(octets.length).toBe(MAX_NAME_OCTETS);
    expect(readName(message(octets), 12)?.name.length).toBe(255);
    expect(endOfPlainName(octets, 0)).toBe(255);
  });

  test('a name of 256 octets is none', () => {
    const octets = ofLength(62);
    expect(octets.length).toBe(256);
    expect(readName(message(octets), 12)).toBeUndefined();
    expect(endOfPlainName(octets, 0)).toBeUndefined();
  });

  test('the limit counts the name behind the pointers', () => {
    const tail = message(labels(long, long, long));
    const at = (first: number) =>
      Buffer.concat([tail, Buffer.of(first), Buffer.alloc(first, 'z'), pointer(12)]);
    expect(readName(at(61), tail.length)?.name.length).toBe(255);
    expect(readName(at(62), tail.length)).toBeUndefined();
  });

  test('127 pointers in a row are followed, 128 are not, wherever the reading began', () => {
    const chain = [labels('a'), pointer(12)];
    for (let i = 1; i < 200; i++) chain.push(pointer(13 + 2 * i));
    const octets = message(...chain);
    const nth = (hops: number) => 15 + 2 * (hops - 1);
    expect(readName(octets, nth(127))?.name).toBe(name('a'));
    expect(readName(octets, nth(128))).toBeUndefined();
    const read = nameReader(octets);
    expect(read(nth(100))?.hops).toBe(100);
    expect(read(nth(127))?.hops).toBe(127);
    expect(read(nth(128))).toBeUndefined();
  });
});

test('any octets at any offset: a name or nothing, within the limits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(420), (random, offset) => {
      const octets = Buffer.from(random);
      const read = readName(octets, offset);
      if (read === undefined) return;
      expect(read.name.length).toBeLessThanOrEqual(MAX_NAME_OCTETS);
      expect(read.next).toBeGreaterThan(offset);
      expect(read.next).toBeLessThanOrEqual(octets.length);
      expect(readName(nameOctets(read.name), 0)?.name).toBe(read.name);
    }),
    { numRuns: 2000 },
  );
});
