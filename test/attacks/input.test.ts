/** What is written into fields, bodies, headers and paths. */
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { group, refused } from '../actions/world.ts';
import { standing, worlds } from './stage.ts';

const stage = worlds();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const LINE_BREAKS = 'x\r\nSet-Cookie: planted=1\r\n\r\n<script>alert(1)</script>';

test('line breaks in a note stay in the note', async () => {
  group(stage.world);
  const { ask, bearer, audit } = await standing(stage.world);
  const made = await ask('POST', '/api/v1/rules', {
    body: { group: 'plex', allow: 'plex.tv', for: '1h', note: LINE_BREAKS },
    headers: bearer,
  });
  expect(made.status).toBe(200);
  expect(made.headers).not.toHaveProperty('set-cookie');
  expect(audit()[0]?.note).toBe(LINE_BREAKS);
  const { headers } = await ask('GET', '/api/v1/audit', { headers: bearer });
  expect(headers).not.toHaveProperty('set-cookie');
});

test.each([
  ['/api/v1/groups', { name: LINE_BREAKS }],
  ['/api/v1/users', { name: LINE_BREAKS, password: 'correct horse battery' }],
  ['/api/v1/tokens', { name: LINE_BREAKS, role: 'viewer' }],
])('line breaks in a name are refused and logged: %s', async (url, body) => {
  const { ask, bearer, expectLogged, audit } = await standing(stage.world);
  const before = audit().length;
  expect(await ask('POST', url, { body, headers: bearer })).toMatchObject({ status: 400 });
  expectLogged('invalid-input');
  expect(audit().length).toBe(before);
});

test.each([
  ['a megabyte of brackets', '['.repeat(1_000_000), 400, 'invalid-input'],
  ['half a million levels that are closed', '['.repeat(500_000) + ']'.repeat(500_000), 400, 'invalid-input'],
  [
    'a hundred thousand levels of objects',
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    400,
    'invalid-input',
  ],
  [
    'a hundred thousand keys',
    JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, 1]))),
    400,
    'invalid-input',
  ],
  ['more than a megabyte', `"${'x'.repeat(1_100_000)}"`, 413, 'body-too-large'],
  ['prototypes', '{"__proto__":{"role":"admin"},"name":"x"}', 400, 'invalid-input'],
  ['constructors', '{"constructor":{"prototype":{"role":"admin"}},"name":"x"}', 400, 'invalid-input'],
])(
  'a body of %s is refused and logged, and the next request is answered',
  async (_what, payload, status, code) => {
    const { app, ask, bearer, expectLogged } = await standing(stage.world);
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/groups',
      remoteAddress: '192.168.1.9',
      headers: { host: '192.168.1.20', 'content-type': 'application/json', ...bearer },
      payload,
    });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expectLogged(code);
    expect(Object.prototype).not.toHaveProperty('role');
    expect((await ask('GET', '/api/v1/status', { headers: bearer })).status).toBe(200);
  },
);

/** As they come over the wire: clients of a library would clean the path. */
function raw(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`),
    );
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

test.each(['', '/sallyport'])(
  'no path below %j leads out of the page’s files; who tries is in the log',
  async (basePath) => {
    const { app, lines } = await standing(stage.world, { basePath });
    await app.listen({ host: '127.0.0.1', port: 0 });
    closing.push(() => app.close());
    const { port } = app.server.address() as AddressInfo;
    for (const path of [
      '/../package.json',
      '/../../../../../../etc/passwd',
      '/..%2f..%2f..%2f..%2fetc%2fpasswd',
      '/%2e%2e/%2e%2e/package.json',
      '/%252e%252e%252fpackage.json',
      '/..\\..\\package.json',
      '/..%5c..%5cpackage.json',
      '//etc/passwd',
      '/./../package.json',
      '/icon.svg/../../package.json',
      '/icon.svg%00.css',
      '/assets/../index.html',
      '/assets/..%2findex.html',
      '/assets/..%2f..%2fopenapi.json',
      '/assets/%2e%2e/sources.sha256',
      '/openapi.json',
      '/api/v1/../../../package.json',
    ]) {
      const answer = await raw(port, basePath + path);
      expect([path, answer.slice(0, 12)]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 40[04]$/)]);
      expect(answer).not.toMatch(/root:|"dependencies"|openapi"/);
    }
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'refused', code: 'no-such-path' }));
    expect(await raw(port, `${basePath}/icon.svg`)).toMatch(/^HTTP\/1\.1 200/);
  },
);

test('a base path is not left by what comes before it', async () => {
  const { app } = await standing(stage.world, { basePath: '/sallyport' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  for (const path of ['/x/../sallyport/', '//sallyport/', '/sallyport/../api/v1/status', '/SALLYPORT/']) {
    expect((await raw(port, path)).slice(0, 12)).toMatch(/^HTTP\/1\.1 40[04]$/);
  }
});

test('a host of a rebound name is refused on every path, and logged', async () => {
  const { ask, bearer, expectLogged, audit } = await standing(stage.world);
  const before = audit().length;
  const headers = { ...bearer, host: 'rebound.evil.example:8080' };
  for (const url of [
    '/',
    '/setup',
    '/icon.svg',
    '/healthz',
    '/api/v1/status',
    '/api/v1/session',
    '/feed/x/y.txt',
    '/none',
  ]) {
    expect([url, (await ask('GET', url, { headers })).status]).toEqual([url, 421]);
  }
  expect((await ask('POST', '/api/v1/groups', { body: { name: 'x' }, headers })).status).toBe(421);
  expectLogged('host-not-allowed');
  expect(audit().length).toBe(before);
});

test('a name that is a script is text in every answer', async () => {
  const plex = group(stage.world);
  refused(stage.world, plex, '<script>alert(1)</script>.example');
  const { ask, bearer } = await standing(stage.world);
  const { headers, text } = await ask('GET', '/api/v1/denials', {
    headers: { ...bearer, accept: 'text/html' },
  });
  expect(text).toContain('<script>alert(1)</script>.example');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  expect(headers['content-type']).toMatch(/^application\/json/);
});

test('a flood of refusals is one line a minute for each client and kind, with how many more', async () => {
  const { ask, lines } = await standing(stage.world);
  const attack = () => ask('GET', '/', { headers: { host: 'evil.example' } });
  for (let i = 0; i < 100; i++) await attack();
  expect(lines).toHaveLength(1);
  stage.world.clock.advance(60_000);
  await attack();
  expect(lines).toMatchObject([{}, { code: 'host-not-allowed', more: 99 }]);
});
