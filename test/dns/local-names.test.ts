import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { type LocalRecord, localRecords, makeRecord } from '../../src/dns/local-records.ts';
import { a } from '../support/toy-upstream.ts';
import { allow, room } from './room.ts';

const local = (name: string, type: LocalRecord['type'], data: string): LocalRecord => ({
  name: parseDomainName(name),
  type,
  data,
});
/** A room with these records; everything is allowed, so that only the local names keep a name inside. */
const house = (...records: readonly LocalRecord[]) =>
  room({ records: [...localRecords(records).values()].flat(), group: { mode: 'learn' } });

const ZERO = Array(31).fill('0').join('.');

describe('a name of special use', () => {
  test.each([
    ...['invalid', 'a.test', 'printer.local', 'x.onion', 'y.alt', 'nas.home.arpa', 'db.internal'],
    ...['use-application-dns.net', 'mask.icloud.com', 'mask-h2.icloud.com'],
    ...['1.0.0.10.in-addr.arpa', '1.0.16.172.in-addr.arpa', '1.0.31.172.in-addr.arpa'],
    ...['1.1.168.192.in-addr.arpa', '1.1.254.169.in-addr.arpa', '2.0.0.127.in-addr.arpa'],
    ...['1.0.64.100.in-addr.arpa', '1.0.127.100.in-addr.arpa', '1.0.0.0.in-addr.arpa'],
    ...['1.2.0.192.in-addr.arpa', '1.100.51.198.in-addr.arpa', '1.113.0.203.in-addr.arpa'],
    ...['255.255.255.255.in-addr.arpa', `0.${ZERO}.ip6.arpa`, '1.8.b.d.0.1.0.0.2.ip6.arpa'],
    ...['1.0.c.f.ip6.arpa', '1.0.d.f.ip6.arpa', '1.8.e.f.ip6.arpa', '1.b.e.f.ip6.arpa'],
  ])('%s does not exist, and nobody is asked', async (name) => {
    const { ask, upstream } = house();
    const answer = await ask(name, name.endsWith('arpa') ? 'PTR' : 'A');
    expect(answer).toMatchObject({ rcode: 'NXDOMAIN', ede: { code: 29 } });
    expect(answer.authority).toHaveLength(1);
    expect(upstream.asked).toEqual([]);
  });

  test.each(['1.0.15.172.in-addr.arpa', '1.0.128.100.in-addr.arpa', '1.c.e.f.ip6.arpa', 'www.example'])(
    '%s is not one',
    async (name) => {
      const { ask, upstream } = house();
      await ask(name, 'PTR');
      expect(upstream.asked).toEqual([`${name} PTR`]);
    },
  );

  test('localhost and all below it are loopback, and loopback is localhost', async () => {
    const { ask, upstream } = house();
    expect((await ask('localhost')).answers).toEqual(['A 127.0.0.1']);
    expect((await ask('x.localhost', 'AAAA')).answers).toEqual(['AAAA ::1']);
    expect(await ask('localhost', 'MX')).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect((await ask('1.0.0.127.in-addr.arpa', 'PTR')).answers).toEqual(['PTR localhost']);
    expect((await ask(`1.${ZERO}.ip6.arpa`, 'PTR')).answers).toEqual(['PTR localhost']);
    expect(upstream.asked).toEqual([]);
  });

  test.each(['_dns.resolver.arpa', 'resolver.arpa'])(
    '%s designates no other resolver: NODATA',
    async (name) => {
      const { ask, upstream } = house();
      expect(await ask(name, 'SVCB')).toMatchObject({
        rcode: 'NOERROR',
        answers: [],
        authority: [{ name: 'resolver.arpa' }],
      });
      expect(upstream.asked).toEqual([]);
    },
  );

  test('ipv4only.arpa says that there is no NAT64, unless an upstream of its own may say otherwise', async () => {
    const { ask, upstream } = house();
    expect((await ask('ipv4only.arpa')).answers).toEqual(['A 192.0.0.170', 'A 192.0.0.171']);
    expect(await ask('ipv4only.arpa', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(upstream.asked).toEqual([]);
    const forwarding = room({ forwarded: ['ipv4only.arpa'], group: { mode: 'learn' } });
    await forwarding.ask('ipv4only.arpa', 'AAAA');
    expect(forwarding.upstream.asked).toEqual(['ipv4only.arpa AAAA']);
  });

  test('example is like any other name (RFC 6761 section 6.5)', async () => {
    const { ask, upstream } = house();
    await ask('www.example');
    expect(upstream.asked).toEqual(['www.example A']);
  });
});

describe("the owner's records", () => {
  test('have the way back from their addresses', async () => {
    const { ask } = house(
      local('plex.home.arpa', 'A', '192.168.20.5'),
      local('media.home.arpa', 'A', '192.168.20.5'),
      local('plex.home.arpa', 'AAAA', 'fd00::5'),
    );
    expect((await ask('5.20.168.192.in-addr.arpa', 'PTR')).answers).toEqual(['PTR plex.home.arpa']);
    const nibbles = `5.${Array(29).fill('0').join('.')}.d.f.ip6.arpa`;
    expect((await ask(nibbles, 'PTR')).answers).toEqual(['PTR plex.home.arpa']);
  });

  test('a way back that is written wins', async () => {
    const { ask } = house(
      local('plex.home.arpa', 'A', '192.168.20.5'),
      local('5.20.168.192.in-addr.arpa', 'PTR', 'media.home.arpa'),
    );
    expect((await ask('5.20.168.192.in-addr.arpa', 'PTR')).answers).toEqual(['PTR media.home.arpa']);
  });

  test('may be CNAME, SRV and TXT', async () => {
    const { ask } = house(
      local('_plex._tcp.home.arpa', 'SRV', '0 5 32400 plex.home.arpa'),
      local('txt.home.arpa', 'TXT', 'hello world'),
      local('plex.home.arpa', 'A', '192.168.20.5'),
      local('media.home.arpa', 'CNAME', 'plex.home.arpa'),
    );
    expect((await ask('_plex._tcp.home.arpa', 'SRV')).answers).toEqual([
      'SRV {"priority":0,"weight":5,"port":32400,"target":"plex.home.arpa"}',
    ]);
    expect((await ask('txt.home.arpa', 'TXT')).raw.answers).toMatchObject([
      { data: [Buffer.from('hello world')] },
    ]);
    expect((await ask('media.home.arpa')).answers).toEqual(['CNAME plex.home.arpa', 'A 192.168.20.5']);
    expect((await ask('media.home.arpa', 'CNAME')).answers).toEqual(['CNAME plex.home.arpa']);
    expect(await ask('media.home.arpa', 'TXT')).toMatchObject({
      rcode: 'NOERROR',
      answers: ['CNAME plex.home.arpa'],
    });
  });

  test('a name above them exists, and has nothing', async () => {
    const { ask } = house(local('a.b.home.arpa', 'A', '192.168.20.5'));
    for (const name of ['b.home.arpa', 'home.arpa'])
      expect(await ask(name)).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect((await ask('c.home.arpa')).rcode).toBe('NXDOMAIN');
  });

  test('a CNAME to a public name is answered as the policy answers that name', async () => {
    const records = [...localRecords([local('cdn.home.arpa', 'CNAME', 'cdn.example')]).values()].flat();
    const open = room({ records, rules: [allow('cdn.example')] });
    open.upstream.answers('cdn.example A', a('cdn.example', '198.51.100.1'));
    expect((await open.ask('cdn.home.arpa')).answers).toEqual(['CNAME cdn.example', 'A 198.51.100.1']);
    const shut = room({ records });
    expect(await shut.ask('cdn.home.arpa')).toMatchObject({
      rcode: 'NXDOMAIN',
      answers: ['CNAME cdn.example'],
    });
    expect(shut.upstream.asked).toEqual([]);
    expect(shut.denied).toMatchObject([{ name: 'cdn.example' }]);
  });

  test('CNAMEs that go round fail, and say so', async () => {
    const { ask } = house(
      local('a.home.arpa', 'CNAME', 'b.home.arpa'),
      local('b.home.arpa', 'CNAME', 'a.home.arpa'),
    );
    expect(await ask('a.home.arpa')).toMatchObject({ rcode: 'SERVFAIL', ede: { code: 24 } });
  });

  test('a question for all types gets one set (RFC 8482)', async () => {
    const { ask } = house(
      local('plex.home.arpa', 'A', '192.168.20.5'),
      local('plex.home.arpa', 'TXT', 'the server'),
    );
    expect((await ask('plex.home.arpa', 'ANY')).answers).toEqual(['A 192.168.20.5']);
  });

  test.each<[LocalRecord['type'], string, RegExp]>([
    ['A', '2001:db8::1', /IPv4 address/],
    ['CNAME', 'a..b', /empty label/],
    ['SRV', 'plex.home.arpa', /priority, weight, port and target/],
    ['SRV', '0 0 65536 plex.home.arpa', /priority, weight, port and target/],
    ['TXT', 'x'.repeat(256), /255 are the most/],
  ])('%s %s is refused', (type, data, message) => {
    expect(() => makeRecord(local('x.home.arpa', type, data))).toThrow(message);
  });
});

describe('plex.direct', () => {
  const SHARED = `s${'a'.repeat(32)}`;
  const hash = '0123456789abcdef0123456789abcdef';
  const plexDirect = {
    hashes: [hash],
    ownAddresses: [parsePrefix('192.168.1.0/24'), parsePrefix('2001:db8:1::/48')],
    shared: [{ hash: SHARED, addresses: ['198.51.100.7', '2001:db8:7::7'].map(parseIpAddress) }],
  };
  const own = () => room({ group: { plexDirect } });

  test.each([
    ['an IPv4 label', `192-168-1-20.${hash}.plex.direct`, 'A', 'A 192.168.1.20'],
    ['in any case', `192-168-1-20.${hash.toUpperCase()}.PLEX.Direct`, 'A', 'A 192.168.1.20'],
    ['an IPv6 label', `2001-db8-1--20.${hash}.plex.direct`, 'AAAA', 'AAAA 2001:db8:1::20'],
    [
      'an IPv6 label written in full',
      `2001-db8-1-0-0-0-0-20.${hash}.plex.direct`,
      'AAAA',
      'AAAA 2001:db8:1::20',
    ],
    ['a server shared with the owner', `198-51-100-7.${SHARED}.plex.direct`, 'A', 'A 198.51.100.7'],
    ['its IPv6 address', `2001-db8-7--7.${SHARED}.plex.direct`, 'AAAA', 'AAAA 2001:db8:7::7'],
  ])('%s is answered', async (_, name, type, answer) => {
    expect((await own().ask(name, type)).answers).toEqual([answer]);
  });

  test.each([
    ['the other family', `192-168-1-20.${hash}.plex.direct`, 'AAAA'],
    ['another type', `192-168-1-20.${hash}.plex.direct`, 'PTR'],
    ['the name above own servers', `${hash}.plex.direct`, 'A'],
    ['the domain above own servers', 'plex.direct', 'A'],
    ['the name above a shared server', `${SHARED}.plex.direct`, 'A'],
  ])('%s is NODATA', async (_, name, type) => {
    expect(await own().ask(name, type)).toMatchObject({ rcode: 'NOERROR', answers: [] });
  });

  test.each([
    ['an address of somebody else', `192-168-2-20.${hash}.plex.direct`],
    ['a number above 255', `192-168-1-256.${hash}.plex.direct`],
    ['leading zeros', `192-168-01-020.${hash}.plex.direct`],
    ['an IPv4 address in an IPv6 label', `--ffff-c0a8-114.${hash}.plex.direct`],
    ['a label below the address', `x.192-168-1-20.${hash}.plex.direct`],
    ['another hash', `192-168-1-20.${'f'.repeat(32)}.plex.direct`],
    ['nothing that is an address', `www.${hash}.plex.direct`],
    ['an own address at a shared server', `192-168-1-20.${SHARED}.plex.direct`],
  ])('%s is refused', async (_, name) => {
    const { ask, upstream } = own();
    expect(await ask(name)).toMatchObject({ rcode: 'NXDOMAIN', ede: { code: 15 } });
    expect(upstream.asked).toEqual([]);
  });

  test.each([
    [
      'another hash',
      `203-0-113-9.${'f'.repeat(32)}.plex.direct`,
      'plex-direct-foreign',
      /foreign Plex server/,
    ],
    ['another hash by itself', `${'f'.repeat(32)}.plex.direct`, 'plex-direct-foreign', /foreign/],
    ['something like a hash', `192-168-1-20.${hash}0.plex.direct`, 'plex-direct-foreign', /foreign/],
    ['a public address', `203-0-113-9.${hash}.plex.direct`, 'plex-direct-risky', /risky/],
    ['a public IPv6 address', `2001-db8-2--1.${hash}.plex.direct`, 'plex-direct-risky', /risky/],
    ['a public resolver', `8-8-8-8.${hash}.plex.direct`, 'plex-direct-risky', /risky/],
    [
      'another address of a shared server',
      `198-51-100-8.${SHARED}.plex.direct`,
      'plex-direct-risky',
      /risky/,
    ],
    ['an address at home', `192-168-2-20.${hash}.plex.direct`, 'plex-direct-unlisted', /plexDirect/],
  ])('%s is refused by name, and waits for a person', async (_, name, reason, text) => {
    const { ask, denied } = own();
    expect((await ask(name)).ede?.text).toMatch(text);
    expect(denied.map((one) => [one.name, one.reason])).toEqual([[name, reason]]);
  });

  test('without any server of one’s own or of others every hash is foreign', async () => {
    const { ask, denied } = room({ group: { mode: 'learn' } });
    expect(await ask(`192-168-1-20.${hash}.plex.direct`)).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(denied).toMatchObject([{ reason: 'plex-direct-foreign' }]);
  });
});
