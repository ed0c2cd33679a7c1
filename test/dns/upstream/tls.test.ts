import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { parseUpstream } from '../../../src/dns/upstream/address.ts';
import { openUpstream } from '../../../src/dns/upstream/open.ts';
import type { Upstream, UpstreamQuestion } from '../../../src/dns/upstream/upstream.ts';
import { CLASS, TYPE } from '../../../src/dns/wire/constants.ts';
import { parseQuery } from '../../../src/dns/wire/query.ts';
import { addressOf } from '../../../src/dns/wire/records.ts';
import type { Response } from '../../../src/dns/wire/response.ts';
import { until } from '../../support/settle.ts';
import { name } from '../wire/packets.ts';
import { createAuthority } from './certificates.ts';
import { sendFramed, startTlsServer } from './encrypted-servers.ts';
import { addressAnswer } from './servers.ts';

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
const addresses = (response: Response) => response.answers.map(addressOf);

function open(url: string, ca?: string): Upstream {
  const upstream = openUpstream(parseUpstream(url), { clock: systemClock(), ca });
  onTestFinished(() => upstream.close());
  return upstream;
}

describe('the name is proved before anything is said', () => {
  test.each([
    ['the name behind #', 'DNS:dns.test', '#dns.test'],
    ['the address, without a name', 'IP:127.0.0.1', ''],
  ])('a certificate for %s is taken', async (_, names, fragment) => {
    const authority = createAuthority();
    const server = await startTlsServer(authority.issue(names), (query, socket) =>
      sendFramed(socket, addressAnswer(query, wanted)),
    );
    const upstream = open(`tls://127.0.0.1:${server.port}${fragment}`, authority.ca);
    expect(addresses(await upstream.exchange(question, forever))).toEqual(['192.0.2.1']);
    expect(upstream.authenticated).toBe(true);
  });

  test.each<[string, string, number, 'ours' | 'the system’s', RegExp]>([
    ['another name', 'DNS:other.test', 2, 'ours', /altnames/],
    ['no address, where no name was given', 'DNS:dns.test', 2, 'ours', /altnames/],
    ['a date that is over', 'DNS:dns.test', -1, 'ours', /expired/],
    ['an authority nobody knows', 'DNS:dns.test', 2, 'the system’s', /certificate/],
  ])('a certificate with %s ends it, and not an octet is sent', async (what, names, days, trusted, why) => {
    const authority = createAuthority();
    const server = await startTlsServer(authority.issue(names, days), () => expect.fail('it was asked'));
    const fragment = what.startsWith('no address') ? '' : '#dns.test';
    const url = `tls://127.0.0.1:${server.port}${fragment}`;
    const upstream = open(url, trusted === 'ours' ? authority.ca : undefined);
    const failure = upstream.exchange(question, forever);
    await expect(failure).rejects.toMatchObject({
      kind: 'network',
      cause: { message: expect.stringMatching(why) },
    });
    expect(server.received()).toBe(0);
  });
});

test('queries are padded to 128 octets and carry no option but that; AD is asked for', async () => {
  const authority = createAuthority();
  const server = await startTlsServer(authority.issue('DNS:dns.test'), (query, socket) =>
    sendFramed(socket, addressAnswer(query, wanted)),
  );
  const upstream = open(`tls://127.0.0.1:${server.port}#dns.test`, authority.ca);
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.org`;
  for (const text of ['a.org', 'example.org', long]) await upstream.exchange(about(text), forever);
  expect(server.queries.map((query) => query.length)).toEqual([128, 128, 256]);
  for (const query of server.queries) {
    expect(parseQuery(query)).toMatchObject({ query: { authenticData: true, edns: { udpSize: 1232 } } });
  }
  const [query = Buffer.alloc(0)] = server.queries;
  const opt = query.subarray(12 + 7 + 4);
  expect([opt[0], opt.readUInt16BE(1), opt.readUInt16BE(9) + 11]).toEqual([0, TYPE.OPT, opt.length]);
  expect([opt.readUInt16BE(11), opt.readUInt16BE(13) + 15]).toEqual([12, opt.length]);
});

describe('a connection is kept', () => {
  test('questions go out together on one, and are told apart by id in whatever order they are answered', async () => {
    const authority = createAuthority();
    const server = await startTlsServer(authority.issue('DNS:dns.test'), (_, socket) => {
      if (server.queries.length < 3) return;
      for (const [i, query] of [...server.queries.entries()].reverse())
        sendFramed(socket, addressAnswer(query, [192, 0, 2, i]));
    });
    const upstream = open(`tls://127.0.0.1:${server.port}#dns.test`, authority.ca);
    const answers = await Promise.all(
      ['a.org', 'b.org', 'c.org'].map((text) => upstream.exchange(about(text), forever)),
    );
    expect(answers.map(addresses)).toEqual([['192.0.2.0'], ['192.0.2.1'], ['192.0.2.2']]);
    expect(server.connections).toHaveLength(1);
  });

  test('one that the server closed while idle is opened again, and the session resumed', async () => {
    const authority = createAuthority();
    const server = await startTlsServer(authority.issue('DNS:dns.test'), (query, socket) =>
      sendFramed(socket, addressAnswer(query, wanted)),
    );
    const upstream = open(`tls://127.0.0.1:${server.port}#dns.test`, authority.ca);
    await upstream.exchange(question, forever);
    server.connections[0]?.end();
    await until('the connection is gone', () => server.connections[0]?.closed === true);
    expect(addresses(await upstream.exchange(question, forever))).toEqual(['192.0.2.1']);
    expect(server.resumed).toEqual([false, true]);
  });

  test('one that dies under a question loses it not', async () => {
    const authority = createAuthority();
    const server = await startTlsServer(authority.issue('DNS:dns.test'), (query, socket) => {
      if (server.queries.length === 2) socket.destroy();
      else sendFramed(socket, addressAnswer(query, wanted));
    });
    const upstream = open(`tls://127.0.0.1:${server.port}#dns.test`, authority.ca);
    await upstream.exchange(question, forever);
    expect(addresses(await upstream.exchange(question, forever))).toEqual(['192.0.2.1']);
    expect([server.queries.length, server.connections.length]).toEqual([3, 2]);
  });
});
