import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameReader, frameMessage } from '../../../src/dns/wire/frame.ts';

test('messages come out whole and in order, wherever the stream is cut', () => {
  const message = fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets));
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.array(fc.nat(40), { minLength: 1 }),
      (messages, cuts) => {
        const stream = Buffer.concat(messages.map(frameMessage));
        const reader = createFrameReader();
        const read: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = 1 + (cuts[i % cuts.length] ?? 0);
          read.push(...reader.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(read).toEqual(messages);
        expect(reader.isInside()).toBe(false);
      },
    ),
  );
});

test('one octet is enough to be inside a message', () => {
  const reader = createFrameReader();
  expect(reader.isInside()).toBe(false);
  expect(reader.push(Buffer.of(0))).toEqual([]);
  expect(reader.isInside()).toBe(true);
});
