/** The lists that firewalls fetch: whole or not at all, for the right token from the right address. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FetchableList } from '../../src/api/ports.ts';
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import { Secret } from '../../src/base/secret.ts';
import { createWorld, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

const LIST_TOKEN = '0123456789abcdef0123456789abcdef';
const PATH = `/feed/${LIST_TOKEN}/plex.txt`;
const GATEWAY = '192.168.1.1';
const ip = parseIpAddress;

let world: World;
let addresses: ReadonlySet<IpAddress> | undefined;
let fetches: { addresses: readonly string[]; source: string; agent: string | undefined }[];
beforeEach(() => {
  world = createWorld();
  addresses = new Set([ip('192.0.2.7'), ip('2001:db8::7')]);
  fetches = [];
  world.fetchable.push({
    firewall: 'edge',
    alias: 'plex',
    token: new Secret(LIST_TOKEN),
    isExpected: (source) => source === GATEWAY,
    addresses: () => addresses,
    noteFetch: (taken, source, agent) => void fetches.push({ addresses: [...taken], source, agent }),
  });
});
afterEach(() => world.close());

const fetchList = (
  path = PATH,
  { from = GATEWAY, headers = {} }: { from?: string; headers?: Record<string, string> } = {},
) => createClient(world).ask('GET', path, { from, headers: { 'user-agent': 'pfSense/2.8.1', ...headers } });

test('the firewall gets its list without signing in, and that is noted', async () => {
  const { status, text, headers } = await fetchList();
  expect({ status, text }).toEqual({ status: 200, text: '192.0.2.7\n2001:db8::7\n' });
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(fetches).toEqual([
    { addresses: ['192.0.2.7', '2001:db8::7'], source: GATEWAY, agent: 'pfSense/2.8.1' },
  ]);
});

test('a firewall behind a mapped address is the same', async () => {
  expect((await fetchList(PATH, { from: `::ffff:${GATEWAY}` })).status).toBe(200);
});

test('not modified is a fetch too; another list is sent', async () => {
  const first = await fetchList();
  const etag = String(first.headers['etag']);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await fetchList(PATH, { headers: { 'if-none-match': known } });
    expect({ status: again.status, text: again.text, etag: again.headers['etag'] }).toEqual({
      status: 304,
      text: '',
      etag,
    });
  }
  expect(fetches).toHaveLength(4);
  addresses = new Set([ip('192.0.2.8')]);
  expect(await fetchList(PATH, { headers: { 'if-none-match': etag } })).toMatchObject({
    status: 200,
    text: '192.0.2.8\n',
  });
});

test('who does not say which list it has is not taken to have this one', async () => {
  expect(await fetchList(PATH, { headers: { 'if-none-match': '*' } })).toMatchObject({
    status: 304,
    text: '',
  });
  expect(fetches).toEqual([]);
});

test('503 until the list is whole, which is no fetch', async () => {
  addresses = undefined;
  const { status, headers, body } = await fetchList();
  expect({ status, code: body.code, after: headers['retry-after'] }).toEqual({
    status: 503,
    code: 'not-ready',
    after: '5',
  });
  expect(fetches).toEqual([]);
});

test('an empty list is told with a comment, never with nothing', async () => {
  addresses = new Set();
  expect(await fetchList()).toMatchObject({ status: 200, text: '# plex is empty\n' });
});

test.each([
  ['a wrong token', `/feed/${'f'.repeat(32)}/plex.txt`, GATEWAY],
  ['no token', '/feed//plex.txt', GATEWAY],
  ['another alias', `/feed/${LIST_TOKEN}/other.txt`, GATEWAY],
  ['another ending', `/feed/${LIST_TOKEN}/plex`, GATEWAY],
  ['a strange source', PATH, '192.168.1.2'],
])('%s: there is nothing here, and no word of a token', async (_, path, from) => {
  const { status, text } = await fetchList(path, { from });
  expect(status).toBe(404);
  expect(text).not.toContain(LIST_TOKEN);
  expect(fetches).toEqual([]);
});

test('looking at the head is no fetch', async () => {
  const { app } = createClient(world);
  const { statusCode } = await app.inject({
    method: 'HEAD',
    url: PATH,
    remoteAddress: GATEWAY,
    headers: { host: '192.168.1.20:8080' },
  });
  expect(statusCode).toBe(200);
  expect(fetches).toEqual([]);
});

test.each([
  ['json', 'application/json; charset=utf-8', '{"alias":"plex","addresses":["192.0.2.7","2001:db8::7"]}\n'],
  [
    'mikrotik',
    'text/plain; charset=utf-8',
    expect.stringContaining('/ip firewall address-list add list="plex"'),
  ],
])('?format=%s', async (format, contentType, text) => {
  const answer = await fetchList(`${PATH}?format=${format}`);
  expect(answer).toMatchObject({ status: 200, text });
  expect(answer.headers['content-type']).toBe(contentType);
});

test('a format there is none of is refused', async () => {
  expect((await fetchList(`${PATH}?format=xml`)).status).toBe(400);
});

test('where it is fetched is told to admins only', async () => {
  const path = '/api/v1/firewalls/edge/list';
  expect((await createClient(world).ask('GET', path)).status).toBe(403);
  expect((await createClient(world).ask('GET', path, { headers: bearer })).body).toEqual({ path: PATH });
  const below = createClient(world, 'web', { basePath: '/sallyport' });
  expect((await below.ask('GET', `/sallyport${path}`, { headers: bearer })).body).toEqual({
    path: `/sallyport${PATH}`,
  });
  expect((await below.ask('GET', `/sallyport${PATH}`, { from: GATEWAY })).status).toBe(200);
  expect(
    (await createClient(world).ask('GET', '/api/v1/firewalls/other/list', { headers: bearer })).status,
  ).toBe(404);
});

test('a fetch that breaks off confirms nothing', async () => {
  // More than the buffers between us hold.
  addresses = new Set(
    Array.from(
      { length: 400_000 },
      (_, n) =>
        `2001:db8:1111:2222:3333:4444:${(0x1000 + (n >> 12)).toString(16)}:${(0x1000 + (n & 0xfff)).toString(16)}` as IpAddress,
    ),
  );
  const { app } = createClient(world);
  world.fetchable[0] = { ...(world.fetchable[0] as FetchableList), isExpected: () => true };
  await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    const { port } = app.server.address() as AddressInfo;
    const closed = new Promise((resolve) =>
      app.server.once('connection', (socket) => socket.once('close', resolve)),
    );
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await closed;
    expect(fetches).toEqual([]);
  } finally {
    await app.close();
  }
});

test('neither a fetch nor a refusal writes the token into the log', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const { ask } = createClient(world, 'web', { log });
  for (const from of [GATEWAY, '192.168.1.2']) await ask('GET', PATH, { from });
  await ask('GET', `${PATH}?format=xml`, { from: GATEWAY });
  addresses = undefined;
  await ask('GET', PATH, { from: GATEWAY });
  expect(lines.join('')).toContain('not among its sources');
  expect(lines.join('')).not.toContain(LIST_TOKEN);
});
