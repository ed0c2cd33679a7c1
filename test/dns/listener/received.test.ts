import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createReceived, type Received } from '../../../src/dns/listener/received.ts';
import { frameMessage } from '../../../src/dns/wire/frame.ts';

function takeAll(received: Received): Buffer[] {
  const taken: Buffer[] = [];
  for (let next = received.next(); next !== undefined; next = received.next()) taken.push(next);
  return taken;
}

test('messages come out whole and in order, wherever the stream is cut and whenever they are taken', () => {
  const message = fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets));
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.array(fc.nat(40), { minLength: 1 }),
      fc.array(fc.boolean(), { minLength: 1 }),
      (messages, cuts, takes) => {
        const stream = Buffer.concat(messages.map(frameMessage));
        const received = createReceived();
        const read: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = 1 + (cuts[i % cuts.length] ?? 0);
          received.push(stream.subarray(at, at + size));
          if (takes[i % takes.length] === true) read.push(...takeAll(received));
          at += size;
        }
        read.push(...takeAll(received));
        expect(read).toEqual(messages);
        expect(received.octets()).toBe(0);
      },
    ),
  );
});

test('the longest message may come octet by octet', () => {
  const received = createReceived();
  const octets = frameMessage(Buffer.alloc(65_535, 7));
  for (const octet of octets) {
    expect(received.next()).toBeUndefined();
    received.push(Buffer.of(octet));
  }
  expect(received.octets()).toBe(65_537);
  expect(received.next()).toEqual(octets.subarray(2));
});
