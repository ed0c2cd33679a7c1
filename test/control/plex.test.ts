// Needs openssl, which makes the certificates.
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { MACHINE_ID, type PlexOptions, start, VERSION } from '../../scripts/simulators/plex.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { readIdentity } from '../../src/control/plex/identity.ts';
import { lookForPlex } from '../../src/control/plex/look-for-plex.ts';

const HASH = '0123456789abcdef'.repeat(2);
const OTHER = 'f'.repeat(32);
const LOOPBACK = parseIpAddress('127.0.0.1');
const ANSWER_MS = 700;

async function look(options: PlexOptions) {
  const server = await start(options);
  onTestFinished(() => server.close());
  const found = await lookForPlex({ address: LOOPBACK, port: server.port }, { answerMs: ANSWER_MS });
  return { ...found, asked: server.asked };
}

test.each<readonly [string, PlexOptions, readonly string[]]>([
  ['as servers have it', { hash: HASH }, [HASH]],
  ['with the odd s before it', { hash: `s${HASH}` }, [`s${HASH}`]],
  ['in upper case', { names: [`*.${HASH.toUpperCase()}.PLEX.DIRECT`] }, [HASH]],
  ['among other names', { names: ['plex.example.org', `*.${HASH}.plex.direct`] }, [HASH]],
  [
    'of two servers in one certificate',
    { names: [`*.${HASH}.plex.direct`, `*.${OTHER}.plex.direct`] },
    [HASH, OTHER],
  ],
])('the hash is read from the certificate, %s; nothing else is asked', async (_, options, hashes) => {
  expect(await look(options)).toMatchObject({ hashes, identity: undefined, problem: undefined, asked: [] });
});

test.each<readonly [string, PlexOptions, object]>([
  ['in clear, as JSON', {}, { claimed: true }],
  ['in clear, as XML', { format: 'xml', claimed: false }, { claimed: false }],
  ['behind a certificate of another name', { names: ['plex.example.org'] }, { claimed: true }],
])(
  'without such a certificate /identity says that it is a Plex server, %s, and never the hash',
  async (_, options, identity) => {
    expect(await look(options)).toMatchObject({
      hashes: [],
      names: options.names ?? [],
      identity: { machineIdentifier: MACHINE_ID, version: VERSION, ...identity },
      asked: ['GET /identity'],
    });
  },
);

test.each([
  'plex.direct',
  '*.plex.direct',
  `${HASH}.plex.direct`,
  `*.${HASH}0.plex.direct`,
  `*.x${HASH.slice(1)}.plex.direct`,
  `*.${HASH}.plex.direct.example.org`,
  `*.a.${HASH}.plex.direct`,
])('a certificate for %s tells no hash', async (name) => {
  expect(await look({ names: [name] })).toMatchObject({ hashes: [], names: [name] });
});

const drip = (octets: string) => (socket: Socket) => {
  socket.write(octets);
  const timer = setInterval(() => socket.write('x'), 50);
  socket.once('close', () => clearInterval(timer));
};

test.each<readonly [string, PlexOptions, RegExp]>([
  [
    'a server of something else',
    { says: '<html><body>It works!</body></html>' },
    /does not answer \/identity as a Plex server/,
  ],
  ['one that only looks like JSON', { says: '{"MediaContainer":' }, /does not answer \/identity/],
  [
    'one with another id',
    { says: '{"MediaContainer":{"machineIdentifier":{"a":1}}}' },
    /does not answer \/identity/,
  ],
  ['one that sends garbage', { instead: (socket) => void socket.end('\u0000\u0001garbage\r\n\r\n') }, /./],
  ['one that hangs up', { instead: (socket) => void socket.destroy() }, /closed the connection/],
  ['one that is silent', { instead: () => {} }, /No answer from 127\.0\.0\.1:\d+ after 700 ms/],
  // The header of a handshake of 16 KiB, and then an octet now and then.
  ['one that drips a handshake', { instead: drip('\u0016\u0003\u0003\u0040\u0000') }, /after 700 ms/],
  [
    'one that drips an answer',
    { instead: drip('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n') },
    /after 700 ms/,
  ],
  [
    'one that never ends',
    { says: `{"MediaContainer":{"a":"${'x'.repeat(200_000)}"}}` },
    /sent more than 64 KiB/,
  ],
])('%s is no Plex server, and that is said', async (_, options, problem) => {
  const found = await look(options);
  expect(found).toMatchObject({ hashes: [], identity: undefined });
  expect(found.problem).toMatch(problem);
});

test('a port where nobody listens', async () => {
  const server = await start();
  await server.close();
  const found = await lookForPlex({ address: LOOPBACK, port: server.port }, { answerMs: ANSWER_MS });
  expect(found.problem).toMatch(/refused the connection/);
});

test('what /identity says is taken only where it is what it should be', () => {
  const json = (more: object) =>
    readIdentity(JSON.stringify({ MediaContainer: { machineIdentifier: MACHINE_ID, ...more } }));
  expect(json({})).toEqual({ machineIdentifier: MACHINE_ID, version: '', claimed: undefined });
  expect(json({ version: '\u001b[31m', claimed: 'maybe' })).toMatchObject({
    version: '',
    claimed: undefined,
  });
  expect(readIdentity('<MediaContainer machineIdentifier="../../etc"/>')).toBeUndefined();
  expect(readIdentity('[]')).toBeUndefined();
  expect(readIdentity('{"MediaContainer":7}')).toBeUndefined();
});
