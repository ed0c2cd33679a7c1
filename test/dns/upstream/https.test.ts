import { constants, type ServerHttp2Stream } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { parseUpstream } from '../../../src/dns/upstream/address.ts';
import { openUpstream } from '../../../src/dns/upstream/open.ts';
import type { Upstream, UpstreamQuestion } from '../../../src/dns/upstream/upstream.ts';
import { CLASS, FLAG, TYPE } from '../../../src/dns/wire/constants.ts';
import { addressOf } from '../../../src/dns/wire/records.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { settle, until } from '../../support/settle.ts';
import { name } from '../wire/packets.ts';
import { createAuthority } from './certificates.ts';
import { respond, startHttpsServer, startProxy, startTlsServer } from './encrypted-servers.ts';
import { addressAnswer, emptyAnswer } from './servers.ts';

const about = (text: string): UpstreamQuestion => ({
  name: name(text),
  type: TYPE.A,
  class: CLASS.IN,
  dnssecOk: false,
  checkingDisabled: false,
});
const question = about('example.org');
const wanted = [192, 0, 2, 1];
const forever = new AbortController().signal;

type Answer = (query: Buffer, stream: ServerHttp2Stream) => void;
const answerWell: Answer = (query, stream) => respond(stream, addressAnswer(query, wanted));

/** A server, and an upstream that trusts it. */
async function start(answer: Answer, settings = {}, clock = systemClock()) {
  const authority = createAuthority();
  const server = await startHttpsServer(authority.issue('DNS:dns.test'), answer, settings);
  const url = `https://127.0.0.1:${server.port}/dns-query#dns.test`;
  const upstream = openUpstream(parseUpstream(url), { clock, ca: authority.ca });
  onTestFinished(() => upstream.close());
  return { server, upstream };
}

const many = (upstream: Upstream, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => upstream.exchange(about(`n${i}.org`), forever)));

test('a question is a POST with id 0, padded to 128 octets', async () => {
  const { server, upstream } = await start(answerWell);
  const { answers } = await upstream.exchange(question, forever);
  expect(answers.map(addressOf)).toEqual(['192.0.2.1']);
  const [request] = server.requests;
  expect(request?.headers).toMatchObject({
    ':method': 'POST',
    ':path': '/dns-query',
    ':authority': `dns.test:${server.port}`,
    'content-type': 'application/dns-message',
    accept: 'application/dns-message',
  });
  expect([request?.body.readUInt16BE(0), request?.body.length]).toEqual([0, 128]);
  expect(upstream.authenticated).toBe(true);
});

test('what a cache on the way kept is as much older', async () => {
  const { upstream } = await start((query, stream) =>
    respond(stream, addressAnswer(query, wanted, 60), { age: '25' }),
  );
  expect((await upstream.exchange(question, forever)).answers[0]?.ttl).toBe(35);
});

describe('what is no answer', () => {
  test.each<[string, 'network' | 'malformed', Answer]>([
    [
      'HTTP 500',
      'network',
      (_, stream) => {
        stream.respond({ ':status': 500 });
        stream.end();
      },
    ],
    [
      'another content type',
      'malformed',
      (query, stream) => respond(stream, addressAnswer(query, wanted), { 'content-type': 'text/html' }),
    ],
    [
      'an answer to another question',
      'malformed',
      (query, stream) => {
        const other = addressAnswer(query, wanted);
        other[13] = 0x2a;
        respond(stream, other);
      },
    ],
    ['less than a message', 'malformed', (_, stream) => respond(stream, Buffer.from([0, 0, 0x80]))],
    ['TC', 'malformed', (query, stream) => respond(stream, emptyAnswer(query, FLAG.TC))],
    ['more than a message can have', 'network', (_, stream) => respond(stream, Buffer.alloc(70_000))],
  ])('%s fails as %s', async (_, kind, answer) => {
    const { upstream } = await start(answer);
    await expect(upstream.exchange(question, forever)).rejects.toMatchObject({ kind });
  });

  test('a body that does not end is left at the deadline', async () => {
    const controller = new AbortController();
    const { server, upstream } = await start((query, stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/dns-message' });
      stream.write(addressAnswer(query, wanted).subarray(0, 20));
    });
    const failure = upstream.exchange(question, controller.signal);
    failure.catch(() => undefined);
    await until('it was asked', () => server.requests.length === 1);
    controller.abort();
    await expect(failure).rejects.toMatchObject({ kind: 'timeout' });
  });

  test('a server that speaks TLS but no HTTP/2 is told nothing', async () => {
    const authority = createAuthority();
    const server = await startTlsServer(authority.issue('DNS:dns.test'), () => expect.fail('it was asked'));
    const url = `https://127.0.0.1:${server.port}/dns-query#dns.test`;
    const upstream = openUpstream(parseUpstream(url), { clock: systemClock(), ca: authority.ca });
    onTestFinished(() => upstream.close());
    await expect(upstream.exchange(question, forever)).rejects.toMatchObject({
      kind: 'network',
      cause: { message: 'it does not speak HTTP/2' },
    });
    expect(server.received()).toBe(0);
  });
});

describe('a session is kept', () => {
  test('GOAWAY after 20 streams, with 100 questions under way, loses none of them', async () => {
    const answered = new Map<unknown, number>();
    const { server, upstream } = await start((query, stream) => {
      const count = (answered.get(stream.session) ?? 0) + 1;
      answered.set(stream.session, count);
      if (count === 20) stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id ?? 0);
      if (count <= 20) respond(stream, addressAnswer(query, wanted));
    });
    expect(await many(upstream, 100)).toHaveLength(100);
    expect(server.sessions.length).toBeGreaterThan(1);
  });

  test('refused streams are sent again', async () => {
    let refused = 0;
    const { upstream } = await start((query, stream) => {
      if (refused++ < 3) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else answerWell(query, stream);
    });
    expect((await upstream.exchange(question, forever)).answers).toHaveLength(1);
    expect(refused).toBe(4);
  });

  test('no more streams are under way than the server allows', async () => {
    let underway = 0;
    let most = 0;
    const { server, upstream } = await start(
      (query, stream) => {
        underway += 1;
        most = Math.max(most, underway);
        setImmediate(() => {
          underway -= 1;
          answerWell(query, stream);
        });
      },
      { maxConcurrentStreams: 5 },
    );
    await upstream.exchange(question, forever);
    expect(await many(upstream, 60)).toHaveLength(60);
    expect([server.sessions.length, most <= 5]).toEqual([1, true]);
  });

  test('a question that waits for its turn ends with the signal', async () => {
    const controller = new AbortController();
    const { server, upstream } = await start(() => undefined, { maxConcurrentStreams: 1 });
    const first = upstream.exchange(question, controller.signal);
    first.catch(() => undefined);
    await until('it was asked', () => server.requests.length === 1);
    const second = upstream.exchange(about('b.org'), controller.signal);
    second.catch(() => undefined);
    controller.abort();
    await expect(first).rejects.toMatchObject({ kind: 'timeout' });
    await expect(second).rejects.toMatchObject({ kind: 'timeout' });
  });

  test('a session that died without a word is found out by a ping', async () => {
    const clock = manualClock();
    const authority = createAuthority();
    const server = await startHttpsServer(authority.issue('DNS:dns.test'), answerWell);
    const proxy = await startProxy(server.port);
    const url = `https://127.0.0.1:${proxy.port}/dns-query#dns.test`;
    const upstream = openUpstream(parseUpstream(url), { clock, ca: authority.ca });
    onTestFinished(() => upstream.close());
    await upstream.exchange(question, forever);

    proxy.forget();
    clock.advance(2000);
    const asked = upstream.exchange(question, forever);
    await settle();
    expect(server.sessions).toHaveLength(1);
    clock.advance(1000);
    expect((await asked).answers).toHaveLength(1);
    expect(server.sessions).toHaveLength(2);
  });
});
