import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countLabels,
  type DomainName,
  firstLabel,
  formatDomainName,
  isBelow,
  parseDomainName as name,
  parentOf,
  ROOT,
} from '../../src/base/domain-name.ts';

/** Any name there can be: labels of any octets, lower-cased. */
const anyName: fc.Arbitrary<DomainName> = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { maxLength: 8 })
  .map((labels) => {
    const wire = labels.map((label) => String.fromCharCode(label.length, ...label.map(lowered))).join('');
    return `${wire}\0` as DomainName;
  })
  .filter((wire) => wire.length <= 255);

function lowered(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

describe('reading', () => {
  test.each([
    ['example.org', '\x07example\x03org\0'],
    ['Example.ORG.', '\x07example\x03org\0'],
    ['.', '\0'],
    ['a\\.b.org', '\x03a.b\x03org\0'],
    ['a\\\\b', '\x03a\\b\0'],
    ['\\065bc', '\x03abc\0'],
    ['\\000\\255', '\x02\x00\xff\0'],
    ['_sip._tcp.example.org', '\x04_sip\x04_tcp\x07example\x03org\0'],
    ['*.example.org', '\x01*\x07example\x03org\0'],
  ])('%s', (text, wire) => {
    expect(name(text)).toBe(wire);
  });

  test.each([
    ['', 'empty label'],
    ['..', 'empty label'],
    ['.org', 'empty label'],
    ['a..b', 'empty label'],
    ['a b', 'white space'],
    ['a\tb', 'white space'],
    ['a\n', 'white space'],
    ['bücher.example', 'xn--'],
    ['\\ü', 'xn--'],
    ['\\256', 'xn--'],
    ['例え.jp', 'xn--'],
    ['a\\', 'backslash'],
    ['x'.repeat(64), '63 octets'],
    [`${'x'.repeat(63)}.`.repeat(4), '255 octets'],
  ])('%j is no name: %s', (text, why) => {
    expect(() => name(text)).toThrow(RangeError);
    expect(() => name(text)).toThrow(JSON.stringify(text));
    expect(() => name(text)).toThrow(why);
  });

  test('a label of 63 and a name of 255 octets can be used, one more cannot', () => {
    const labels = [63, 63, 63, 61].map((length) => 'x'.repeat(length));
    expect(name(labels.join('.'))).toHaveLength(255);
    expect(() => name(`${labels.join('.')}x`)).toThrow(RangeError);
  });

  test('any text is a name or a RangeError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          expect(name(text).length).toBeLessThanOrEqual(255);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

describe('writing', () => {
  test.each([
    ['.', ROOT],
    ['a\\.b.org', '\x03a.b\x03org\0'],
    ['a\\\\b', '\x03a\\b\0'],
    ['a\\032b\\000', '\x04a b\x00\0'],
    ['\\228', '\x01\xe4\0'],
    ['\\*.example.org', '\x01*\x07example\x03org\0'],
  ])('%s', (text, wire) => {
    expect(formatDomainName(wire as DomainName)).toBe(text);
  });

  test('every name is read back from its text', () => {
    fc.assert(fc.property(anyName, (any) => name(formatDomainName(any)) === any));
  });
});

describe('labels', () => {
  test('a dot inside a label makes no second one', () => {
    expect(countLabels(name('a\\.b.org'))).toBe(2);
    expect(countLabels(name('a.b.org'))).toBe(3);
    expect(countLabels(ROOT)).toBe(0);
  });

  test.each([
    ['a.example.org', 'example.org', true],
    ['a.b.example.org', 'example.org', true],
    ['a.b.example.org', 'org', true],
    ['example.org', '.', true],
    ['example.org', 'example.org', false],
    ['notexample.org', 'example.org', false],
    ['a\\.example.org', 'example.org', false],
    ['org', 'example.org', false],
    ['.', '.', false],
    ['\\007example\\003org.', 'example.org', false],
  ])('%s below %s: %s', (lower, upper, expected) => {
    expect(isBelow(name(lower), name(upper))).toBe(expected);
  });

  test('the parent is the name without its first label', () => {
    expect(parentOf(name('a\\.b.example.org'))).toBe(name('example.org'));
    expect(parentOf(name('org'))).toBe(ROOT);
    expect(parentOf(ROOT)).toBeUndefined();
  });

  test('the first label is its octets', () => {
    expect(firstLabel(name('A\\.b.example.org'))).toBe('a.b');
    expect(firstLabel(ROOT)).toBe('');
  });

  test('every name is below each of its parents, and above none', () => {
    fc.assert(
      fc.property(anyName, (any) => {
        let steps = 0;
        for (let up = parentOf(any); up !== undefined; up = parentOf(up)) {
          steps += 1;
          expect(isBelow(any, up)).toBe(true);
          expect(isBelow(up, any)).toBe(false);
        }
        expect(steps).toBe(countLabels(any));
      }),
    );
  });
});
