import { expect, onTestFinished, test } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { openUpstreams } from '../../../src/data/upstreams.ts';
import { formatEndpoint } from '../../../src/dns/endpoint.ts';
import { createBootstrap } from '../../../src/dns/upstream/bootstrap.ts';
import type { Resolver } from '../../../src/dns/upstream/failover.ts';
import { UpstreamFailure, type UpstreamQuestion } from '../../../src/dns/upstream/upstream.ts';
import { CLASS, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { parseQuery } from '../../../src/dns/wire/query.ts';
import { aaaaRecord, addressOf, aRecord } from '../../../src/dns/wire/records.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { settle } from '../../support/settle.ts';
import { name } from '../wire/packets.ts';
import { createAuthority } from './certificates.ts';
import { sendFramed, startTlsServer } from './encrypted-servers.ts';
import { addressAnswer, emptyAnswer, startServer } from './servers.ts';

const dnsTest = name('dns.test');

/** A resolver that knows one name, until it fails. */
function toyResolver() {
  const toy = {
    asked: 0,
    fails: false,
    v4: '192.0.2.1',
    ttl: 300,
    resolver: {} as Resolver,
  };
  toy.resolver = {
    resolve({ type }: UpstreamQuestion) {
      toy.asked += 1;
      if (toy.fails) return Promise.reject(new UpstreamFailure('network', 'The upstream cannot be reached'));
      const record =
        type === TYPE.A
          ? aRecord(dnsTest, toy.ttl, parseIpAddress(toy.v4))
          : aaaaRecord(dnsTest, toy.ttl, parseIpAddress('2001:db8::1'));
      return Promise.resolve({
        response: {
          rcode: RCODE.NOERROR,
          authoritative: false,
          truncated: false,
          authenticData: false,
          edns: true,
          answers: [record],
          authority: [],
        },
        upstream: 'toy',
        authenticated: false,
        durationMs: 0,
      });
    },
    health: () => [],
    close: () => undefined,
  };
  return toy;
}

test('addresses of both families are found, IPv4 first, and kept for their ttl', async () => {
  const clock = manualClock();
  const toy = toyResolver();
  const addresses = createBootstrap(toy.resolver, clock).addressesOf('dns.test');
  expect(await addresses()).toEqual(['192.0.2.1', '2001:db8::1']);
  clock.advance(299_999);
  await addresses();
  expect(toy.asked).toBe(2);
});

test('after their ttl the old ones are told while new ones are asked for, and for as long as nobody has any', async () => {
  const clock = manualClock();
  const toy = toyResolver();
  const addresses = createBootstrap(toy.resolver, clock).addressesOf('dns.test');
  await addresses();
  toy.fails = true;
  clock.advance(86_400_000);
  expect(await addresses()).toEqual(['192.0.2.1', '2001:db8::1']);
  await settle();
  toy.fails = false;
  toy.v4 = '192.0.2.2';
  await addresses();
  await settle();
  expect(await addresses()).toEqual(['192.0.2.2', '2001:db8::1']);
});

test('questions that come together are one, and without an address the reason is told', async () => {
  const toy = toyResolver();
  const addresses = createBootstrap(toy.resolver, manualClock()).addressesOf('dns.test');
  await Promise.all([addresses(), addresses()]);
  expect(toy.asked).toBe(2);
  toy.fails = true;
  const others = createBootstrap(toy.resolver, manualClock()).addressesOf('dns.test');
  await expect(others()).rejects.toThrow('the bootstrap resolvers know no address of it');
});

test('an upstream by name is found through the bootstrap resolver, which learns that name and no other', async () => {
  const authority = createAuthority();
  const dot = await startTlsServer(authority.issue('DNS:dns.test'), (query, socket) =>
    sendFramed(socket, addressAnswer(query, [192, 0, 2, 7])),
  );
  const plain = await startServer({
    udp: (query) =>
      query.readUInt16BE(query.indexOf(0, 12) + 1) === TYPE.A
        ? [addressAnswer(query, [127, 0, 0, 1])]
        : [emptyAnswer(query)],
  });
  const upstreams = openUpstreams(
    {
      upstreams: [{ url: `tls://dns.test:${dot.port}`, ca: authority.ca }],
      forward: [],
      bootstrap: [`udp://${formatEndpoint(plain.endpoint)}`],
    },
    manualClock(),
  );
  onTestFinished(() => upstreams.close());
  const question = {
    name: name('example.org'),
    type: TYPE.A,
    class: CLASS.IN,
    dnssecOk: false,
    checkingDisabled: false,
  };
  const resolved = await upstreams.forName(question.name)?.resolve(question, 10_000);
  expect(resolved?.response.answers.map(addressOf)).toEqual(['192.0.2.7']);
  expect(resolved?.authenticated).toBe(true);
  const names = plain.overUdp.map((query) => {
    const parsed = parseQuery(query);
    return parsed.kind === 'query' ? parsed.query.question.name : parsed.kind;
  });
  expect(new Set(names)).toEqual(new Set([dnsTest]));
});

test('that addresses cannot be refreshed is told once, and named until they can', async () => {
  const clock = manualClock();
  const toy = toyResolver();
  const troubles: string[] = [];
  const bootstrap = createBootstrap(toy.resolver, clock, (serverName) => troubles.push(serverName));
  const addresses = bootstrap.addressesOf('dns.test');
  await addresses();
  toy.fails = true;
  clock.advance(300_000);
  for (let i = 0; i < 3; i++) {
    expect(await addresses()).toHaveLength(2);
    await settle();
  }
  expect(troubles).toEqual(['dns.test']);
  expect(bootstrap.problems()).toMatchObject([
    { serverName: 'dns.test', why: expect.stringContaining('no address') },
  ]);
  toy.fails = false;
  await addresses();
  await settle();
  expect(bootstrap.problems()).toEqual([]);
});
