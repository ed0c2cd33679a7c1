import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import type { UpstreamAddress } from '../../../src/dns/upstream/address.ts';
import { openUpstream } from '../../../src/dns/upstream/open.ts';
import type { Upstream, UpstreamQuestion } from '../../../src/dns/upstream/upstream.ts';
import { CLASS, FLAG, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { parseQuery } from '../../../src/dns/wire/query.ts';
import { addressOf } from '../../../src/dns/wire/records.ts';
import type { Response } from '../../../src/dns/wire/response.ts';
import { name } from '../wire/packets.ts';
import {
  addressAnswer,
  emptyAnswer,
  freePort,
  questionEnd,
  startServer,
  type TestServer,
} from './servers.ts';

const question: UpstreamQuestion = {
  name: name('some-rather-long-name.example.org'),
  type: TYPE.A,
  class: CLASS.IN,
  dnssecOk: false,
  checkingDisabled: false,
};
const wanted = [192, 0, 2, 1];
const forged = [203, 0, 113, 66];

const ask = (
  server: TestServer,
  protocol: 'udp' | 'tcp' = 'udp',
  signal = new AbortController().signal,
  parts: Partial<UpstreamQuestion> = {},
): Promise<Response> => opened({ protocol, ...server.endpoint }).exchange({ ...question, ...parts }, signal);

function opened(address: UpstreamAddress): Upstream {
  const upstream = openUpstream(address, { clock: systemClock() });
  onTestFinished(() => upstream.close());
  return upstream;
}

const addresses = (response: Response) => response.answers.map(addressOf);

describe('over UDP', () => {
  test('the answer to the question is taken', async () => {
    const server = await startServer({ udp: (query) => [addressAnswer(query, wanted)] });
    expect(addresses(await ask(server))).toEqual(['192.0.2.1']);
  });

  test('RD is set, DO and CD are copied, and 1232 octets are offered', async () => {
    const server = await startServer({ udp: (query) => [emptyAnswer(query)] });
    await ask(server, 'udp', undefined, { dnssecOk: true, checkingDisabled: true });
    expect(server.overUdp[0] && parseQuery(server.overUdp[0])).toMatchObject({
      query: { recursionDesired: true, checkingDisabled: true, edns: { udpSize: 1232, dnssecOk: true } },
    });
  });

  test('every query has an id and a case of its own, for the same name', async () => {
    const server = await startServer({ udp: (query) => [emptyAnswer(query)] });
    for (let i = 0; i < 8; i++) await ask(server);
    const distinct = (of: (query: Buffer) => string) => new Set(server.overUdp.map(of)).size;
    expect(distinct((query) => query.toString('latin1', 0, 2))).toBeGreaterThan(4);
    expect(distinct((query) => query.toString('latin1', 12, questionEnd(query)))).toBeGreaterThan(4);
    expect(distinct((query) => query.toString('latin1', 12, questionEnd(query)).toLowerCase())).toBe(1);
  });

  test.each<[string, (octets: Buffer) => Buffer]>([
    ['another id', (octets) => change(octets, 0, (octets[0] ?? 0) ^ 1)],
    ['another name', (octets) => change(octets, 13, 0x2a)],
    ['another type', (octets) => change(octets, questionEnd(octets) - 3, 28)],
    ['the QR bit clear', (octets) => change(octets, 2, 1)],
    ['less than a header', (octets) => octets.subarray(0, 5)],
  ])('a packet with %s is ignored, and the wait goes on', async (_, spoil) => {
    const server = await startServer({
      udp: (query) => [spoil(addressAnswer(query, forged)), addressAnswer(query, wanted)],
    });
    expect(addresses(await ask(server))).toEqual(['192.0.2.1']);
  });

  test.each<[string, (query: Buffer) => Buffer]>([
    ['is truncated', (query) => emptyAnswer(query, FLAG.TC)],
    ['is malformed', (query) => Buffer.concat([addressAnswer(query, forged), Buffer.of(0)])],
  ])('an answer that %s is fetched over TCP', async (_, udp) => {
    const server = await startServer({
      udp: (query) => [udp(query)],
      tcp: (query) => [addressAnswer(query, wanted)],
    });
    expect(addresses(await ask(server))).toEqual(['192.0.2.1']);
    expect([server.overUdp.length, server.overTcp.length]).toEqual([1, 1]);
  });

  test('a server that changes the case of the name is found out once, and then asked in lower case', async () => {
    const server = await startServer({ udp: (query) => [caseChanged(addressAnswer(query, wanted))] });
    const upstream = opened({ protocol: 'udp', ...server.endpoint });
    const signal = new AbortController().signal;
    const asked: number[] = [];
    for (let i = 0; i < 2; i++) {
      expect(addresses(await upstream.exchange(question, signal))).toEqual(['192.0.2.1']);
      asked.push(server.overUdp.length);
    }
    expect(asked).toEqual([3, 4]);
  });

  test('one answer in another case proves nothing: it may be forged', async () => {
    let isForged = true;
    const server = await startServer({
      udp(query) {
        const octets = addressAnswer(query, isForged ? forged : wanted);
        const sent = isForged ? caseChanged(octets) : octets;
        isForged = false;
        return [sent];
      },
    });
    const upstream = opened({ protocol: 'udp', ...server.endpoint });
    const signal = new AbortController().signal;
    expect(addresses(await upstream.exchange(question, signal))).toEqual(['192.0.2.1']);
    expect(upstream.mismatched()).toBe(1);
    await upstream.exchange(question, signal);
    const sent = server.overUdp.at(-1)?.toString('latin1', 12);
    expect(sent).not.toBe(sent?.toLowerCase());
  });

  test.each([RCODE.FORMERR, RCODE.NOTIMP])(
    'a server that answers rcode %i without OPT is asked without',
    async (rcode) => {
      const server = await startServer({
        udp: (query) =>
          query.readUInt16BE(10) > 0
            ? [Buffer.concat([query.subarray(0, 2), Buffer.of(0x80, 0x80 | rcode), Buffer.alloc(8)])]
            : [addressAnswer(query, wanted)],
      });
      const upstream = opened({ protocol: 'udp', ...server.endpoint });
      const signal = new AbortController().signal;
      expect(addresses(await upstream.exchange(question, signal))).toEqual(['192.0.2.1']);
      expect(server.overUdp).toHaveLength(2);
      // Remembered: the second question costs one message.
      expect(addresses(await upstream.exchange(question, signal))).toEqual(['192.0.2.1']);
      expect(server.overUdp).toHaveLength(3);
    },
  );

  test('FORMERR to a query without OPT is the answer', async () => {
    const server = await startServer({ udp: (query) => [emptyAnswer(query, RCODE.FORMERR)] });
    expect((await ask(server)).rcode).toBe(RCODE.FORMERR);
    expect(server.overUdp).toHaveLength(2);
  });

  test('silence ends with the signal', async () => {
    const controller = new AbortController();
    const server = await startServer({
      udp: () => {
        controller.abort();
        return [];
      },
    });
    await expect(ask(server, 'udp', controller.signal)).rejects.toMatchObject({
      kind: 'timeout',
      message: `The upstream did not answer in time: udp://127.0.0.1:${server.endpoint.port}`,
    });
  });

  test('a port where nobody listens is known at once', async () => {
    const nobody = { endpoint: await freePort(), overUdp: [], overTcp: [], send: () => undefined };
    await expect(ask(nobody)).rejects.toMatchObject({ kind: 'network' });
  });

  test('a signal that was aborted before sends nothing', async () => {
    const server = await startServer({ udp: (query) => [emptyAnswer(query)] });
    await expect(ask(server, 'udp', AbortSignal.abort())).rejects.toMatchObject({ kind: 'timeout' });
    await expect(ask(server, 'tcp', AbortSignal.abort())).rejects.toMatchObject({ kind: 'timeout' });
    expect(server.overUdp).toHaveLength(0);
  });
});

describe('over TCP', () => {
  test('the answer to the question is taken, whatever comes before it', async () => {
    const server = await startServer({
      tcp: (query) => [
        change(addressAnswer(query, forged), 0, (query[0] ?? 0) ^ 1),
        addressAnswer(query, wanted),
      ],
    });
    expect(addresses(await ask(server, 'tcp'))).toEqual(['192.0.2.1']);
    expect(server.overUdp).toHaveLength(0);
  });

  test.each<[string, 'malformed' | 'network', (query: Buffer) => readonly Buffer[]]>([
    ['is malformed', 'malformed', (query) => [Buffer.concat([emptyAnswer(query), Buffer.of(0)])]],
    ['is truncated', 'malformed', (query) => [emptyAnswer(query, FLAG.TC)]],
    ['does not come before the end', 'network', () => []],
  ])('an answer that %s fails as %s', async (_, kind, tcp) => {
    const server = await startServer({ tcp });
    await expect(ask(server, 'tcp')).rejects.toMatchObject({ kind });
  });

  test('a port where nobody listens is known at once', async () => {
    const server = await startServer({});
    await expect(ask(server, 'tcp')).rejects.toMatchObject({ kind: 'network' });
  });

  test('silence ends with the signal', async () => {
    const controller = new AbortController();
    const server = await startServer({
      tcp: (query) => {
        controller.abort();
        return [change(emptyAnswer(query), 0, (query[0] ?? 0) ^ 1)];
      },
    });
    await expect(ask(server, 'tcp', controller.signal)).rejects.toMatchObject({ kind: 'timeout' });
  });
});

test('an upstream on IPv6 has its address in brackets', () => {
  const upstream = opened({ protocol: 'udp', address: parseIpAddress('::1'), port: 53 });
  expect(upstream.id).toBe('udp://[::1]:53');
});

function change(octets: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(octets);
  changed[at] = value;
  return changed;
}

/** What a server does that keeps names in lower case, and answers with them so. */
function caseChanged(octets: Buffer): Buffer {
  const end = questionEnd(octets) - 4;
  const lower = octets.toString('latin1', 12, end).toLowerCase();
  return Buffer.concat([octets.subarray(0, 12), Buffer.from(lower, 'latin1'), octets.subarray(end)]);
}
