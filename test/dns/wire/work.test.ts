/** A message may cost us no more than its octets: counted in octets looked at, which no busy machine changes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLASS, FLAG, TYPE } from '../../../src/dns/wire/constants.ts';
import { parseQuery } from '../../../src/dns/wire/query.ts';
import { parseResponse } from '../../../src/dns/wire/response.ts';
import { labels, mutated, opt, packet, pointer, question, record, u16 } from './packets.ts';

describe('the work for a message', () => {
  /** Octets looked at for each octet of a message, at most: every name may be walked once from each of its labels. */
  const WORK = 12;
  const qname = labels('www', 'example', 'org');
  const expected = { id: 0x1234, qnameOctets: comparable(qname), type: TYPE.A, class: CLASS.IN };
  const answer = (answers: readonly Buffer[]) =>
    packet({ flags: FLAG.QR, questions: [question(qname)], answers });

  test.each<[string, Buffer]>([
    ['addresses', answer(Array(4000).fill(record(pointer(12), TYPE.A, Buffer.alloc(4))))],
    [
      'names of names',
      answer(
        Array(4000)
          .fill(record(pointer(12), TYPE.SOA, Buffer.concat([pointer(12), pointer(16), Buffer.alloc(20)])))
          .slice(0, 1700),
      ),
    ],
    [
      'long names',
      answer(
        Array(200).fill(record(labels(...Array(120).fill('a')), TYPE.CNAME, labels(...Array(20).fill('b')))),
      ),
    ],
    [
      'pointers to pointers',
      answer([
        hiddenChain(),
        ...Array(4000).fill(record(pointer(48 + 2 * 120), TYPE.CNAME, pointer(48 + 2 * 120))),
      ]),
    ],
    [
      'options',
      packet({
        flags: FLAG.QR,
        questions: [question(qname)],
        additional: [opt({ options: Buffer.concat(Array(15_000).fill(u16(65001, 0))) })],
      }),
    ],
  ])('of 64 kB of %s grows with its octets, not with what they claim', (_, octets) => {
    const { watched, looks } = watch(octets);
    expect(parseResponse(watched, expected).kind).toBe('response');
    expect(looks()).toBeLessThan(WORK * octets.length);
  });

  test('of any octets is bounded by their number, for queries and responses', () => {
    const valid = answer([
      record(pointer(12), TYPE.CNAME, pointer(16)),
      record(pointer(16), TYPE.A, Buffer.alloc(4)),
    ]);
    fc.assert(
      fc.property(mutated(valid), (octets) => {
        for (const read of [parseQuery, (each: Buffer) => parseResponse(each, expected)]) {
          const { watched, looks } = watch(octets);
          read(watched);
          expect(looks()).toBeLessThan(WORK * octets.length + 100);
        }
      }),
      { numRuns: 2000 },
    );
  });

  function hiddenChain(): Buffer {
    const chain = [labels('a')];
    for (let i = 0; i < 126; i++) chain.push(pointer(i === 0 ? 45 : 48 + 2 * (i - 1)));
    return record(pointer(12), TYPE.NULL, Buffer.concat(chain));
  }
});

/** The octets, and how many of them were looked at so far. */
function watch(octets: Buffer): { readonly watched: Buffer; readonly looks: () => number } {
  let looked = 0;
  const watched = new Proxy(octets, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looked++;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key !== 'toString') {
        return (...args: unknown[]) => {
          looked += String(key).startsWith('read') ? 4 : 1;
          return value.apply(target, args);
        };
      }
      return (encoding: BufferEncoding, start = 0, end = target.length) => {
        looked += Math.max(0, end - start);
        return target.toString(encoding, start, end);
      };
    },
  });
  return { watched, looks: () => looked };
}

/** A Proxy is no Buffer to Buffer.compare: the name compares with what the watched octets say they are. */
function comparable(qname: Buffer): Buffer {
  const compare = (other: Uint8Array, start = 0, end = other.length): 0 | 1 | -1 =>
    Buffer.compare(qname, Buffer.from((other as Buffer).toString('latin1', start, end), 'latin1')) as
      | 0
      | 1
      | -1;
  return Object.assign(Buffer.from(qname), { compare });
}
