/** What goes wrong between us and an upstream, one line each, on real sockets: what the failure is called, or who answers instead. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { openUpstreams } from '../../../src/data/upstreams.ts';
import { formatEndpoint } from '../../../src/dns/endpoint.ts';
import { openUpstream } from '../../../src/dns/upstream/open.ts';
import { CLASS, FLAG, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { frameMessage } from '../../../src/dns/wire/frame.ts';
import { addressOf } from '../../../src/dns/wire/records.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { settle, until } from '../../support/settle.ts';
import { name } from '../wire/packets.ts';
import { createAuthority } from './certificates.ts';
import { sendFramed, startTlsServer } from './encrypted-servers.ts';
import { addressAnswer, emptyAnswer, freePort, startServer, startStreamServer } from './servers.ts';

const question = {
  name: name('example.org'),
  type: TYPE.A,
  class: CLASS.IN,
  dnssecOk: false,
  checkingDisabled: false,
};
const good = [192, 0, 2, 1];
const forged = [203, 0, 113, 66];
const changed = (octets: Buffer, at: number): Buffer => {
  const copy = Buffer.from(octets);
  copy[at] = (copy[at] ?? 0) ^ 0x01;
  return copy;
};

describe('over UDP, with another upstream behind', () => {
  test.each<[string, 'one' | 'two', (query: Buffer) => readonly Buffer[]]>([
    ['silent', 'two', () => []],
    ['SERVFAIL', 'two', (query) => [emptyAnswer(query, RCODE.SERVFAIL)]],
    ['REFUSED', 'two', (query) => [emptyAnswer(query, RCODE.REFUSED)]],
    ['truncated, and no TCP', 'two', (query) => [emptyAnswer(query, FLAG.TC)]],
    ['malformed, and no TCP', 'two', (query) => [Buffer.concat([emptyAnswer(query), Buffer.of(0)])]],
    ['wrong id', 'two', (query) => [changed(addressAnswer(query, forged), 0)]],
    [
      'wrong id first',
      'one',
      (query) => [changed(addressAnswer(query, forged), 0), addressAnswer(query, good)],
    ],
    ['wrong question', 'two', (query) => [changed(addressAnswer(query, forged), 14)]],
    [
      'wrong question first',
      'one',
      (query) => [changed(addressAnswer(query, forged), 14), addressAnswer(query, good)],
    ],
    ['a query instead of an answer', 'two', (query) => [query]],
    ['an answer of 4,000 octets', 'one', (query) => [manyAddresses(query, 240)]],
  ])('%s: %s answers', async (_, who, udp) => {
    const clock = manualClock();
    const one = await startServer({ udp });
    const two = await startServer({ udp: (query) => [addressAnswer(query, good)] });
    const ids = {
      one: `udp://${formatEndpoint(one.endpoint)}`,
      two: `udp://${formatEndpoint(two.endpoint)}`,
    };
    const upstreams = openUpstreams({ upstreams: [ids.one, ids.two], forward: [] }, clock);
    onTestFinished(() => upstreams.close());

    const resolving = upstreams.forName(question.name)?.resolve(question, clock.now() + 10_000);
    let isDone = false;
    void resolving?.finally(() => {
      isDone = true;
    });
    // Time passes only where it has to: the first may need some real time to answer.
    for (let turn = 0; who === 'two' && !isDone && turn < 1000; turn++) {
      if (one.overUdp.length > 0) clock.advance(100);
      await settle();
    }
    const resolved = await resolving;
    expect(resolved?.upstream).toBe(ids[who]);
    expect(resolved?.response.answers.map(addressOf)).toContain('192.0.2.1');
    expect(resolved?.response.answers.map(addressOf)).not.toContain('203.0.113.66');
  });

  test('what answers nothing that was asked is counted', async () => {
    const server = await startServer({
      udp: (query) => [
        changed(addressAnswer(query, forged), 0),
        changed(addressAnswer(query, forged), 14),
        Buffer.of(1),
        addressAnswer(query, good),
      ],
    });
    const id = `udp://${formatEndpoint(server.endpoint)}`;
    const upstreams = openUpstreams({ upstreams: [id], forward: [] }, systemClock());
    onTestFinished(() => upstreams.close());
    await upstreams.forName(question.name)?.resolve(question, Number.MAX_SAFE_INTEGER);
    expect(upstreams.health()).toMatchObject([{ id, state: 'up', counters: { queries: 1, mismatched: 3 } }]);
  });

  test('an answer from another port is not even seen', async () => {
    const elsewhere = createSocket('udp4');
    onTestFinished(() => void elsewhere.close());
    const server = await startServer({
      udp: (query, from) => {
        elsewhere.send(addressAnswer(query, forged), from.port, from.address, () => {
          server.send(addressAnswer(query, good), from);
        });
        return [];
      },
    });
    const upstream = openUpstream({ protocol: 'udp', ...server.endpoint }, { clock: systemClock() });
    onTestFinished(() => upstream.close());
    const response = await upstream.exchange(question, new AbortController().signal);
    expect(response.answers.map(addressOf)).toEqual(['192.0.2.1']);
  });

  test('a late answer is taken, where nobody else has one', async () => {
    const clock = manualClock();
    let answerLate = (): void => undefined;
    const server = await startServer({
      udp: (query, from) => {
        answerLate = () => server.send(addressAnswer(query, good), from);
        return [];
      },
    });
    const upstreams = openUpstreams(
      { upstreams: [`udp://${formatEndpoint(server.endpoint)}`], forward: [] },
      clock,
    );
    onTestFinished(() => upstreams.close());
    const resolving = upstreams.forName(question.name)?.resolve(question, clock.now() + 10_000);
    await until('the question came', () => server.overUdp.length > 0);
    const first = answerLate;
    clock.advance(2500);
    first();
    expect((await resolving)?.response.answers.map(addressOf)).toEqual(['192.0.2.1']);
  });
});

describe('on a stream', () => {
  const half = (query: Buffer) => frameMessage(addressAnswer(query, good)).subarray(0, 20);

  test.each<[string, number, (query: Buffer, socket: Socket) => void]>([
    ['a reset halfway', 3, (query, socket) => void socket.write(half(query), () => socket.resetAndDestroy())],
    ['half a message, then the end', 3, (query, socket) => void socket.end(half(query))],
    ['the end without a word', 3, (_, socket) => void socket.end()],
  ])('%s, every time, is a failure after %i connections', async (_, connections, answer) => {
    const server = await startStreamServer(answer);
    const upstream = openUpstream({ protocol: 'tcp', ...server.endpoint }, { clock: systemClock() });
    onTestFinished(() => upstream.close());
    await expect(upstream.exchange(question, new AbortController().signal)).rejects.toMatchObject({
      kind: 'network',
    });
    expect(server.connections()).toBe(connections);
  });

  test('a reset halfway, once, is no failure', async () => {
    const server = await startStreamServer((query, socket) => {
      if (server.connections() === 1) socket.write(half(query), () => socket.resetAndDestroy());
      else socket.write(frameMessage(addressAnswer(query, good)));
    });
    const upstream = openUpstream({ protocol: 'tcp', ...server.endpoint }, { clock: systemClock() });
    onTestFinished(() => upstream.close());
    const { answers } = await upstream.exchange(question, new AbortController().signal);
    expect(answers.map(addressOf)).toEqual(['192.0.2.1']);
  });

  test('a server that closes after each answer answers all that are asked together', async () => {
    const server = await startStreamServer((query, socket) => {
      if (!socket.writableEnded) socket.end(frameMessage(addressAnswer(query, good)));
    });
    const upstream = openUpstream({ protocol: 'tcp', ...server.endpoint }, { clock: systemClock() });
    onTestFinished(() => upstream.close());
    const together = Array.from({ length: 12 }, () =>
      upstream.exchange(question, new AbortController().signal),
    );
    expect(await Promise.all(together)).toHaveLength(12);
  });

  test('answers to nothing that was asked end the connection before they fill the memory', async () => {
    const server = await startStreamServer((query, socket) => {
      const junk = frameMessage(changed(addressAnswer(query, forged), 0));
      socket.write(Buffer.concat(Array.from({ length: 1100 }, () => junk)));
    });
    const upstream = openUpstream({ protocol: 'tcp', ...server.endpoint }, { clock: systemClock() });
    onTestFinished(() => upstream.close());
    await expect(upstream.exchange(question, new AbortController().signal)).rejects.toMatchObject({
      kind: 'network',
    });
    expect(upstream.mismatched()).toBeGreaterThan(1000);
  });
});

describe('a dead encrypted upstream never leads to clear text', () => {
  test.each(['tls', 'https'])('%s', async (protocol) => {
    const clock = manualClock();
    const { address, port } = await freePort();
    // Whoever listened on the port over UDP or TCP in clear text would see the question.
    const clear = createSocket('udp4').bind(port, address);
    const seen: Buffer[] = [];
    clear.on('message', (message) => seen.push(message));
    onTestFinished(() => void clear.close());
    const url = `${protocol}://${address}:${port}#dns.test`;
    const upstreams = openUpstreams({ upstreams: [url], forward: [] }, clock);
    onTestFinished(() => upstreams.close());
    await expect(upstreams.forName(question.name)?.resolve(question, 5000)).rejects.toMatchObject({
      kind: 'network',
    });
    expect(seen).toEqual([]);
  });

  test('nor does one that cannot prove its name', async () => {
    const authority = createAuthority();
    const server = await startTlsServer(authority.issue('DNS:other.test'), (query, socket) =>
      sendFramed(socket, addressAnswer(query, forged)),
    );
    const clear = await startServer({ udp: (query) => [addressAnswer(query, good)] });
    const spec = { url: `tls://127.0.0.1:${server.port}#dns.test`, ca: authority.ca };
    const upstreams = openUpstreams({ upstreams: [spec], forward: [] }, systemClock());
    onTestFinished(() => upstreams.close());
    await expect(
      upstreams.forName(question.name)?.resolve(question, Number.MAX_SAFE_INTEGER),
    ).rejects.toMatchObject({ kind: 'network' });
    expect([server.received(), clear.overUdp.length]).toEqual([0, 0]);
    expect(upstreams.health()).toMatchObject([
      { state: 'down', lastError: expect.stringContaining('altnames') },
    ]);
  });
});

/** More than any path carries in one piece, and more than we offered to take. */
function manyAddresses(query: Buffer, count: number): Buffer {
  const one = addressAnswer(query, good);
  const record = one.subarray(-16);
  const octets = Buffer.concat([one, ...Array.from({ length: count - 1 }, () => record)]);
  octets.writeUInt16BE(count, 6);
  return octets;
}
