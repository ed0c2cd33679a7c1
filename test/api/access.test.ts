import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { createWorld, HOUR, MINUTE, type World } from '../actions/world.ts';
import { bearer, createClient, PASSWORD } from './stage.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

async function setUp(change: Parameters<typeof createClient>[2] = {}) {
  const client = createClient(world, 'web', change);
  const { cookie } = await client.ask('POST', '/api/v1/setup', {
    body: { token: client.setupToken, password: PASSWORD },
  });
  return {
    ...client,
    cookie: cookie?.value ?? '',
    headers: { cookie: `sallyport_session=${cookie?.value}` },
  };
}

describe('before an admin exists', () => {
  test.each(['/api/v1/status', '/api/v1/groups', '/api/v1/leases', '/api/v1/why?name=plex.tv'])(
    '%s asks for set-up, also from loopback',
    async (url) => {
      const { ask } = createClient(world);
      expect(await ask('GET', url, { from: '127.0.0.1' })).toMatchObject({
        status: 403,
        body: { code: 'setup-needed' },
      });
    },
  );

  test('health and the page are there', async () => {
    const { ask } = createClient(world);
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 200 });
    expect((await ask('GET', '/setup?token=x')).text).toContain('Sallyport');
    expect(await ask('GET', '/api/v1/session')).toMatchObject({
      status: 200,
      body: { setUp: false, signedIn: false },
    });
  });

  test('the right token makes the admin, signs in, and works once', async () => {
    const { ask, headers, setupToken } = await setUp();
    expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 200 });
    expect(
      await ask('POST', '/api/v1/setup', { body: { token: setupToken, password: PASSWORD } }),
    ).toMatchObject({ status: 409, body: { code: 'already-set-up' } });
  });

  test('two at once make one admin', async () => {
    const { ask, setupToken } = createClient(world);
    const body = { token: setupToken, password: PASSWORD };
    const answers = await Promise.all([
      ask('POST', '/api/v1/setup', { body }),
      ask('POST', '/api/v1/setup', { body }),
    ]);
    expect(answers.map((one) => one.status).sort()).toEqual([200, 403]);
  });

  test('a short password does not use the token up', async () => {
    const { ask, setupToken } = createClient(world);
    expect(
      await ask('POST', '/api/v1/setup', { body: { token: setupToken, password: 'too short' } }),
    ).toMatchObject({ status: 400 });
    expect(
      await ask('POST', '/api/v1/setup', { body: { token: setupToken, password: PASSWORD } }),
    ).toMatchObject({ status: 200 });
  });

  test('ten wrong tokens kill it', async () => {
    const { ask, setupToken } = createClient(world);
    for (let i = 0; i < 10; i++) {
      expect(
        await ask('POST', '/api/v1/setup', { body: { token: 'wrong', password: PASSWORD } }),
      ).toMatchObject({ status: 403 });
    }
    expect(
      await ask('POST', '/api/v1/setup', { body: { token: setupToken, password: PASSWORD } }),
    ).toMatchObject({ status: 429 });
  });

  test('the token dies after an hour', async () => {
    const { ask, setupToken } = createClient(world);
    world.clock.advance(HOUR);
    expect(
      await ask('POST', '/api/v1/setup', { body: { token: setupToken, password: PASSWORD } }),
    ).toMatchObject({
      status: 403,
      body: {
        code: 'setup-token-invalid',
        detail: 'this set-up link has expired',
        hint: expect.stringContaining('reset-password'),
      },
    });
  });
});

describe('signing in', () => {
  test('without a session or token nothing is told, not even to loopback', async () => {
    const { ask } = await setUp();
    for (const from of ['192.168.1.9', '127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(await ask('GET', '/api/v1/status', { from })).toMatchObject({
        status: 401,
        body: { code: 'not-signed-in' },
      });
    }
  });

  test('the bearer token works, a wrong one does not fall back to anything', async () => {
    const { ask, headers } = await setUp();
    expect(await ask('GET', '/api/v1/status', { headers: bearer })).toMatchObject({ status: 200 });
    expect(
      await ask('GET', '/api/v1/status', { headers: { ...headers, authorization: 'Bearer wrong' } }),
    ).toMatchObject({ status: 401 });
    expect(await ask('GET', '/api/v1/status', { headers: { authorization: 'Basic YTpi' } })).toMatchObject({
      status: 401,
    });
  });

  test('the cookie is out of reach for scripts and other sites; the database holds its hash only', async () => {
    const { ask } = await setUp();
    const { status, cookie } = await ask('POST', '/api/v1/session', { body: { password: PASSWORD } });
    expect(status).toBe(200);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(cookie).not.toHaveProperty('secure');
    const stored = world.db.all(world.db.query.selectFrom('sessions').selectAll());
    expect(JSON.stringify(stored)).not.toContain(cookie?.value);
  });

  test('a session ends after twelve idle hours, and not while it is used', async () => {
    const { ask, headers } = await setUp();
    for (let i = 0; i < 3; i++) {
      world.clock.advance(11 * HOUR);
      expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 200 });
    }
    world.clock.advance(12 * HOUR);
    expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 401 });
  });

  test('a cookie seen by another host is worth nothing there', async () => {
    const { ask, headers } = await setUp();
    expect(await ask('GET', '/api/v1/status', { headers, from: '192.168.20.5' })).toMatchObject({
      status: 401,
    });
  });

  test('signing out ends it', async () => {
    const { ask, headers } = await setUp();
    expect(await ask('DELETE', '/api/v1/session', { headers })).toMatchObject({ status: 200 });
    expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 401 });
  });

  test('five wrong passwords a minute, for one client and for one user', async () => {
    const { ask } = await setUp();
    const wrong = (from: string) => ask('POST', '/api/v1/session', { body: { password: 'wrong' }, from });
    for (let i = 0; i < 5; i++) expect(await wrong(`192.168.1.${i}`)).toMatchObject({ status: 401 });
    expect(await wrong('192.168.1.77')).toMatchObject({
      status: 429,
      body: { hint: expect.stringMatching(/Try again in \d+ s/) },
    });
    world.clock.advance(MINUTE);
    expect(await ask('POST', '/api/v1/session', { body: { password: PASSWORD } })).toMatchObject({
      status: 200,
    });
  });

  test('refused attempts are in the audit, and what was typed is not', async () => {
    const { ask } = await setUp();
    await ask('POST', '/api/v1/session', { body: { user: 'my secret password', password: 'wrong' } });
    const { text, body } = await ask('GET', '/api/v1/audit', { headers: bearer });
    expect(body.items[0]).toMatchObject({ action: 'session.refused', origin: '192.168.1.9' });
    expect(text).not.toContain('my secret password');
  });

  test('a new password over the socket signs everybody out', async () => {
    const { ask, headers } = await setUp();
    const cli = createClient(world, 'socket');
    expect(
      await cli.ask('POST', '/api/v1/reset-password', { body: { password: 'another good one' } }),
    ).toMatchObject({ status: 200 });
    expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 401 });
    expect(await ask('POST', '/api/v1/session', { body: { password: 'another good one' } })).toMatchObject({
      status: 200,
    });
  });

  test('only the socket resets passwords', async () => {
    const { ask } = await setUp();
    expect(
      await ask('POST', '/api/v1/reset-password', {
        body: { password: 'another good one' },
        headers: bearer,
      }),
    ).toMatchObject({ status: 404 });
  });
});

describe('hostile pages', () => {
  test.each([
    ['another site by Origin', { origin: 'http://evil.example' }],
    ['another port of this host', { origin: 'http://192.168.1.20:32400' }],
    ['an opaque origin', { origin: 'null' }],
    ['another site by Fetch Metadata', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
  ])('a change from %s is refused', async (_what, extra) => {
    const { ask, headers } = await setUp();
    expect(
      await ask('POST', '/api/v1/groups', {
        body: { name: 'x' },
        headers: { ...headers, ...(extra as Record<string, string>) },
      }),
    ).toMatchObject({ status: 403, body: { code: 'not-allowed' } });
  });

  test('a change from our own page goes through', async () => {
    const { ask, headers } = await setUp();
    const own = { ...headers, origin: 'http://192.168.1.20:8080', 'sec-fetch-site': 'same-origin' };
    expect(await ask('POST', '/api/v1/groups', { body: { name: 'x' }, headers: own })).toMatchObject({
      status: 200,
    });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'a body of %s is refused',
    async (type) => {
      const { ask, headers } = await setUp();
      for (const payload of ['{"name":"x"}', '']) {
        const answer = await ask('POST', '/api/v1/groups', {
          body: payload,
          headers: { ...headers, 'content-type': type },
        });
        expect(answer).toMatchObject({ status: 415, body: { code: 'body-not-json' } });
      }
    },
  );

  test.each([
    ['evil.example', [], 421],
    ['gate.lan:8080', [], 421],
    ['gate.lan:8080', ['gate.lan'], 200],
    ['192.168.1.20', [], 200],
    ['[2001:db8::20]:8080', [], 200],
    ['localhost:8080', [], 200],
    ['sallyport.local', [], 200],
    ['sallyport.home.arpa:8080', [], 200],
    ['192.168.1.20.evil.example', [], 421],
    ['xlocal', [], 421],
    ['a b', [], 421],
  ])('Host %s with allowed hosts %j gives %i', async (host, allowedHosts, status) => {
    const { ask } = createClient(world, 'web', { allowedHosts });
    expect(await ask('GET', '/healthz', { headers: { host } })).toMatchObject({ status });
  });

  test('a refused host is told the exact line to set', async () => {
    const { ask } = createClient(world, 'web', { allowedHosts: ['gate.lan'] });
    const { body } = await ask('GET', '/', { headers: { host: 'sallyport.example.org' } });
    expect(body).toMatchObject({
      code: 'host-not-allowed',
      hint: expect.stringContaining('SALLYPORT_ALLOWED_HOSTS=gate.lan,sallyport.example.org'),
    });
  });

  test('a browser is shown it as a page, in which a host is text', async () => {
    const { ask } = createClient(world);
    const headers = { host: 'sallyport.example.org', accept: 'text/html,*/*;q=0.8' };
    const shown = await ask('GET', '/', { headers });
    expect(shown).toMatchObject({ status: 421, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(shown.text).toContain('set SALLYPORT_ALLOWED_HOSTS=sallyport.example.org');
    expect(shown.headers['content-security-policy']).toContain("default-src 'self'");

    const hostile = await ask('GET', '/', { headers: { ...headers, host: '<script>alert(1)</script>' } });
    expect(hostile.status).toBe(421);
    expect(hostile.text).not.toContain('<script');
  });

  test('nothing inline, nothing from elsewhere, in no frame, no CORS', async () => {
    const { ask } = createClient(world);
    const { headers } = await ask('GET', '/', { headers: { origin: 'http://evil.example' } });
    expect(headers['content-security-policy']).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('a body above 1 MiB is refused', async () => {
    const { ask, headers } = await setUp();
    expect(
      await ask('POST', '/api/v1/groups', { body: { name: 'x'.repeat(1_100_000) }, headers }),
    ).toMatchObject({ status: 413 });
  });
});

describe('behind a reverse proxy', () => {
  const PROXY = '172.18.0.2';
  const behind = { trustedProxies: [parsePrefix('172.18.0.0/16')], allowedHosts: ['gate.example.org'] };
  const forwarded = {
    host: 'gate.example.org',
    'x-forwarded-for': '10.9.9.9, 192.168.1.77',
    'x-forwarded-proto': 'https',
  };

  test('the client the proxy names is in the audit, has the session, and is limited', async () => {
    const { ask } = await setUp(behind);
    const wrong = { body: { password: 'wrong' }, from: PROXY, headers: forwarded };
    expect(await ask('POST', '/api/v1/session', wrong)).toMatchObject({ status: 401 });
    const { body } = await ask('GET', '/api/v1/audit', { headers: bearer });
    expect(body.items[0]).toMatchObject({ action: 'session.refused', origin: '192.168.1.77' });

    const signedIn = await ask('POST', '/api/v1/session', { ...wrong, body: { password: PASSWORD } });
    expect(signedIn.cookie).toMatchObject({ secure: true });
    const headers = { ...forwarded, cookie: `sallyport_session=${signedIn.cookie?.value}` };
    expect(await ask('GET', '/api/v1/status', { from: PROXY, headers })).toMatchObject({ status: 200 });
    expect(
      await ask('GET', '/api/v1/status', {
        from: PROXY,
        headers: { ...headers, 'x-forwarded-for': '192.168.1.78' },
      }),
    ).toMatchObject({ status: 401 });
  });

  test('from anybody else the headers are nothing', async () => {
    const { ask } = await setUp(behind);
    const direct = { 'x-forwarded-for': '192.168.1.77', 'x-forwarded-proto': 'https' };
    const signedIn = await ask('POST', '/api/v1/session', { body: { password: PASSWORD }, headers: direct });
    expect(signedIn.cookie).not.toHaveProperty('secure');
    const { body } = await ask('GET', '/api/v1/audit', { headers: bearer });
    expect(body.items[0]).toMatchObject({ action: 'session.open', origin: '192.168.1.9' });
  });

  test('a guesser does not get more tries by inventing addresses', async () => {
    const { ask } = await setUp(behind);
    const guess = (n: number) =>
      ask('POST', '/api/v1/session', {
        body: { user: `u${n}`, password: 'wrong' },
        from: PROXY,
        headers: { ...forwarded, 'x-forwarded-for': `10.0.0.${n}, 192.168.20.5` },
      });
    for (let n = 0; n < 5; n++) expect(await guess(n)).toMatchObject({ status: 401 });
    expect(await guess(5)).toMatchObject({ status: 429 });
  });

  test('a host made up beside ours is refused', async () => {
    const { ask } = createClient(world, 'web', behind);
    const headers = { ...forwarded, 'x-forwarded-host': 'evil.example' };
    expect(await ask('GET', '/', { from: PROXY, headers })).toMatchObject({ status: 421 });
    expect(
      await ask('GET', '/', {
        from: PROXY,
        headers: { ...headers, host: 'evil.example', 'x-forwarded-host': 'gate.example.org' },
      }),
    ).toMatchObject({ status: 421 });
  });

  test('a page that came encrypted changes nothing from one that did not', async () => {
    const { ask } = await setUp(behind);
    const change = (origin: string) =>
      ask('POST', '/api/v1/session', {
        body: { password: PASSWORD },
        from: PROXY,
        headers: { ...forwarded, origin },
      });
    expect(await change('http://gate.example.org')).toMatchObject({ status: 403 });
    expect(await change('https://gate.example.org')).toMatchObject({ status: 200 });
  });

  test('the base path may be left on or taken off by the proxy, and by nobody else', async () => {
    const { ask } = createClient(world, 'web', { ...behind, basePath: '/sallyport' });
    const session = (url: string, from: string) => ask('GET', url, { from, headers: forwarded });
    expect(await session('/sallyport/api/v1/session', PROXY)).toMatchObject({ status: 200 });
    expect(await session('/api/v1/session', PROXY)).toMatchObject({ status: 200 });
    expect(await session('/healthz', '192.168.1.9')).toMatchObject({ status: 200 });
    expect(await session('/api/v1/session', '192.168.1.9')).toMatchObject({
      status: 404,
      body: { hint: 'Everything is below /sallyport/ here.' },
    });
  });

  test('the command line has no base path before it', async () => {
    const { ask } = createClient(world, 'socket', { basePath: '/sallyport' });
    expect(await ask('GET', '/api/v1/status')).toMatchObject({ status: 200 });
  });

  test('under a public URL with https the cookie is never sent in clear text', async () => {
    const publicUrl = new URL('https://gate.example.org');
    const { ask } = await setUp({ publicUrl, allowedHosts: ['gate.example.org'] });
    const signIn = (host: string) =>
      ask('POST', '/api/v1/session', { body: { password: PASSWORD }, headers: { host } });
    expect((await signIn('gate.example.org')).cookie).toMatchObject({ secure: true });
    expect((await signIn('192.168.1.20')).cookie).not.toHaveProperty('secure');
  });
});

test('signing in again ends the session that was there before: no cookie survives', async () => {
  const { ask, headers } = await setUp();
  const { cookie } = await ask('POST', '/api/v1/session', { body: { password: PASSWORD }, headers });
  expect(cookie?.value).not.toBe(headers.cookie.split('=')[1]);
  expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 401 });
});
