/** Signing in at a real provider on loopback, and at one that cheats. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLimits } from '../../src/api/access/limits.ts';
import { createProvider, type OidcSettings } from '../../src/api/access/oidc/provider.ts';
import { Secret } from '../../src/base/secret.ts';
import { createWorld, HOUR, MINUTE, type World } from '../actions/world.ts';
import { type OpenIdServer, startHostileProvider, startRealProvider, visit } from '../support/openid.ts';
import { bearer, createClient, PASSWORD } from './stage.ts';

const HOST = 'gate.example.org';
const PUBLIC = `https://${HOST}/sallyport`;
const CALLBACK = `${PUBLIC}/api/v1/session/oidc/callback`;
const from = { host: HOST, origin: `https://${HOST}`, 'sec-fetch-site': 'same-origin' };

let world: World;
let server: OpenIdServer;
let person = 'anna';
const accounts: Record<string, Record<string, unknown>> = {};
beforeEach(() => {
  world = createWorld();
  person = 'anna';
  for (const name of Object.keys(accounts)) delete accounts[name];
  accounts['anna'] = { preferred_username: 'Anna', groups: ['family', 'gate-admins'] };
});
afterEach(async () => {
  await server.close();
  world.close();
});

const settings = (issuer: string, change: Partial<OidcSettings> = {}): OidcSettings => ({
  issuer: new URL(issuer),
  clientId: 'sallyport',
  clientSecret: new Secret('s3cret-of-the-client'),
  scopes: ['openid', 'profile', 'email', 'groups'],
  name: 'Home',
  roleClaim: 'groups',
  admin: ['gate-admins'],
  approver: ['family'],
  viewer: ['guests'],
  ...change,
});

async function stage(
  change: Partial<OidcSettings> = {},
  inIdToken = false,
  passwordLogin = true,
  limits = createLimits(world.clock),
) {
  server = await startRealProvider({
    clientId: 'sallyport',
    clientSecret: 's3cret-of-the-client',
    redirectUri: CALLBACK,
    logoutUri: `${PUBLIC}/`,
    accounts,
    person: () => person,
    inIdToken,
  });
  return client(settings(server.issuer, change), passwordLogin, limits);
}

function client(oidc: OidcSettings, passwordLogin = true, limits = createLimits(world.clock)) {
  const publicUrl = new URL(PUBLIC);
  const made = createClient(world, 'web', {
    provider: createProvider(oidc, publicUrl, world.clock),
    publicUrl,
    basePath: '/sallyport',
    allowedHosts: [HOST],
    passwordLogin,
    limits,
  });
  const { ask } = made;
  const inject = (url: string, cookie: string, headers: Record<string, string> = {}) =>
    made.app.inject({
      method: 'GET',
      url: url.replace(`https://${HOST}`, ''),
      remoteAddress: '192.168.1.9',
      headers: { host: HOST, cookie: `sallyport_flow=${cookie}`, ...headers },
    });
  /** Up to where the browser is sent, with the cookie that was set. */
  const begin = async (returnTo?: string) => {
    const begun = await made.app.inject({
      method: 'POST',
      url: '/sallyport/api/v1/session/oidc',
      remoteAddress: '192.168.1.9',
      headers: from,
      payload: returnTo === undefined ? {} : { returnTo },
    });
    const cookie = begun.cookies.find(({ name }) => name === 'sallyport_flow');
    return { begun, cookie, flow: cookie?.value ?? '', location: begun.json().location as string };
  };
  /** Back from the provider with a session, or with a problem. */
  const signIn = async (headers: Record<string, string> = {}) => {
    const { flow, location } = await begin();
    const back = await inject(await visit(location, oidc.issuer.origin), flow, headers);
    return { back, session: back.cookies.find(({ name }) => name === 'sallyport_session') };
  };
  const as = (session: { readonly value: string } | undefined) => ({
    host: HOST,
    cookie: `sallyport_session=${session?.value}`,
  });
  const whoAmI = async (session: { readonly value: string } | undefined) =>
    (await ask('GET', '/sallyport/api/v1/session', { headers: as(session) })).body;
  const audit = async () =>
    (await ask('GET', '/sallyport/api/v1/audit', { headers: bearer })).body.items as Record<
      string,
      unknown
    >[];
  return { ...made, inject, begin, signIn, as, whoAmI, audit };
}

describe('at a real provider', () => {
  test.each([true, false])('an admin sets the server up; groups in the ID token: %s', async (inIdToken) => {
    const { signIn, whoAmI, audit, ask } = await stage({}, inIdToken);
    expect((await ask('GET', '/sallyport/api/v1/session')).body).toMatchObject({
      setUp: false,
      signIn: { password: true, provider: 'Home' },
    });
    const { back, session } = await signIn();
    expect(back.statusCode).toBe(303);
    expect(back.headers.location).toBe(`${PUBLIC}/`);
    expect(session).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/sallyport/' });
    expect(await whoAmI(session)).toMatchObject({ setUp: true, signedIn: true, user: 'anna', role: 'admin' });
    expect(await audit()).toMatchObject([
      { action: 'session.open', actor: 'user:anna', origin: '192.168.1.9', note: `by ${server.issuer}` },
      { action: 'user.create', subject: 'anna', after: { role: 'admin', subject: 'anna' } },
    ]);
  });

  test('what is sent to the provider has PKCE, state and nonce; the cookie is for the way back only', async () => {
    const { begin } = await stage();
    const { location, cookie } = await begin();
    const query = Object.fromEntries(new URL(location).searchParams);
    expect(query).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: CALLBACK,
      scope: 'openid profile email groups',
    });
    for (const key of ['state', 'nonce', 'code_challenge']) expect(query[key]?.length).toBeGreaterThan(40);
    expect(cookie).toMatchObject({
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
      path: '/sallyport/api/v1/session/oidc',
      maxAge: 600,
    });
  });

  test('the role is that of now: read at each sign-in, and taken from open sessions too', async () => {
    const { signIn, whoAmI, audit } = await stage();
    const first = await signIn();
    accounts['anna'] = { preferred_username: 'Anna', groups: ['guests'] };
    // A second admin, because of whom a viewer may come in at all.
    accounts['zoe'] = { preferred_username: 'zoe', groups: ['gate-admins'] };
    person = 'zoe';
    await signIn();
    person = 'anna';
    const second = await signIn();
    expect(await whoAmI(second.session)).toMatchObject({ user: 'anna', role: 'viewer' });
    expect(await whoAmI(first.session)).toMatchObject({ user: 'anna', role: 'viewer' });
    expect(await audit()).toContainEqual(
      expect.objectContaining({
        action: 'user.role',
        subject: 'anna',
        before: { role: 'admin' },
        after: { role: 'viewer' },
      }),
    );
  });

  test('without a group that counts nobody gets in; the page says which came, and earlier sessions end', async () => {
    const { signIn, whoAmI, audit } = await stage();
    const first = await signIn();
    accounts['anna'] = { groups: ['cooks', 'plumbers'] };
    const { back, session } = await signIn({ accept: 'text/html' });
    expect(back.statusCode).toBe(403);
    expect(back.headers['content-type']).toContain('text/html');
    expect(back.body).toContain('the claim groups had &#34;cooks&#34;, &#34;plumbers&#34;');
    expect(session).toBeUndefined();
    expect(await whoAmI(first.session)).toMatchObject({ signedIn: false });
    expect(await audit()).toContainEqual(
      expect.objectContaining({ action: 'user.role', subject: 'anna', after: { role: 'viewer' } }),
    );
    expect(await audit()).toContainEqual(
      expect.objectContaining({
        action: 'session.refused',
        subject: 'anna',
        note: expect.stringContaining('cooks'),
      }),
    );
  });

  test('a disabled account stays out, and its sessions end', async () => {
    const { signIn, whoAmI, ask } = await stage();
    const setUp = await signIn();
    person = 'ben';
    accounts['ben'] = { preferred_username: 'ben', groups: ['family'] };
    const ben = await signIn();
    expect(await whoAmI(ben.session)).toMatchObject({ user: 'ben', role: 'approver' });
    await ask('PATCH', '/sallyport/api/v1/users/ben', { body: { disabled: true }, headers: bearer });
    expect(await whoAmI(ben.session)).toMatchObject({ signedIn: false });
    expect((await signIn()).back.json()).toMatchObject({ status: 403, code: 'account-disabled' });
    expect(await whoAmI(setUp.session)).toMatchObject({ signedIn: true });

    await ask('PATCH', '/sallyport/api/v1/users/ben', { body: { disabled: false }, headers: bearer });
    expect((await signIn()).back.statusCode).toBe(303);
  });

  test('whoever is called admin there is not admin here, and keeps off the account of that name', async () => {
    const { signIn, whoAmI, ask, setupToken } = await stage();
    await ask('POST', '/sallyport/api/v1/setup', { body: { token: setupToken, password: PASSWORD } });
    accounts['anna'] = { preferred_username: 'admin', groups: ['guests'] };
    expect(await whoAmI((await signIn()).session)).toMatchObject({ user: 'admin-2', role: 'viewer' });
    person = 'other';
    accounts['other'] = { preferred_username: 'admin', groups: ['guests'] };
    expect(await whoAmI((await signIn()).session)).toMatchObject({ user: 'admin-3' });
  });

  test('until an admin exists nobody else gets in', async () => {
    const { signIn, ask } = await stage();
    accounts['anna'] = { groups: ['guests'] };
    expect((await signIn()).back.json()).toMatchObject({ status: 403, code: 'setup-needed' });
    expect((await ask('GET', '/sallyport/api/v1/session')).body).toMatchObject({ setUp: false });
  });

  test('a password, a second factor and another role are the provider’s business', async () => {
    const { signIn, as, ask } = await stage();
    const headers = as((await signIn()).session);
    for (const [method, path, body] of [
      ['POST', '/session/password', { password: PASSWORD, newPassword: PASSWORD }],
      ['POST', '/session/second-factor', { password: PASSWORD }],
      ['PATCH', '/users/anna', { role: 'viewer' }],
      ['PATCH', '/users/anna', { password: PASSWORD }],
    ] as const) {
      expect(await ask(method, `/sallyport/api/v1${path}`, { body, headers })).toMatchObject({
        status: 409,
        body: { code: 'account-of-provider' },
      });
    }
    expect(
      await ask('POST', '/sallyport/api/v1/session', { body: { user: 'anna', password: '' } }),
    ).toMatchObject({ status: 401 });
  });

  test('such a session ends after a day, however busy it is', async () => {
    const { signIn, whoAmI } = await stage();
    const { session } = await signIn();
    for (let hours = 0; hours < 22; hours += 11) {
      world.clock.advance(11 * HOUR);
      expect(await whoAmI(session)).toMatchObject({ signedIn: true });
    }
    world.clock.advance(2 * HOUR);
    expect(await whoAmI(session)).toMatchObject({ signedIn: false });
  });

  test('signing out leads to the provider’s sign-out, and back to the page', async () => {
    const { signIn, as, ask } = await stage();
    const { body } = await ask('DELETE', '/sallyport/api/v1/session', {
      headers: as((await signIn()).session),
    });
    const url = new URL(body.location);
    expect(url.origin).toBe(server.issuer);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'sallyport',
      post_logout_redirect_uri: `${PUBLIC}/`,
    });
  });

  test('passwords can be switched off, for set-up too', async () => {
    const { signIn, whoAmI, ask, setupToken } = await stage({}, false, false);
    expect((await ask('GET', '/sallyport/api/v1/session')).body.signIn).toEqual({
      password: false,
      provider: 'Home',
    });
    for (const [path, body] of [
      ['session', { password: PASSWORD }],
      ['setup', { token: setupToken, password: PASSWORD }],
    ] as const) {
      expect(await ask('POST', `/sallyport/api/v1/${path}`, { body })).toMatchObject({
        status: 403,
        body: { code: 'password-login-off' },
      });
    }
    expect(await whoAmI((await signIn()).session)).toMatchObject({ role: 'admin' });
  });

  test('the session of before does not survive: none can be planted', async () => {
    const { begin, inject, whoAmI, ask, setupToken } = await stage();
    const planted = await ask('POST', '/sallyport/api/v1/setup', {
      body: { token: setupToken, password: PASSWORD },
    });
    const { flow, location } = await begin();
    const cookie = `sallyport_flow=${flow}; sallyport_session=${planted.cookie?.value}`;
    const back = await inject(await visit(location, server.issuer), flow, { cookie });
    const session = back.cookies.find(({ name }) => name === 'sallyport_session');
    expect(await whoAmI(session)).toMatchObject({ signedIn: true, user: 'anna' });
    expect(session?.value).not.toBe(planted.cookie?.value);
    expect(await whoAmI(planted.cookie)).toMatchObject({ signedIn: false });
  });

  test('a role that was taken away is gone also where nobody is admin any more', async () => {
    const { signIn, whoAmI } = await stage();
    await signIn();
    person = 'ben';
    accounts['ben'] = { groups: ['family'] };
    const ben = await signIn();
    person = 'anna';
    accounts['anna'] = { groups: ['family'] };
    await signIn();

    person = 'ben';
    accounts['ben'] = { groups: ['guests'] };
    expect((await signIn()).back.json()).toMatchObject({ code: 'setup-needed' });
    expect(await whoAmI(ben.session)).toMatchObject({ role: 'viewer' });
  });
});

describe('refused, and written down', () => {
  const refusedWith = async (
    made: Awaited<ReturnType<typeof stage>>,
    back: { json(): unknown },
    code: string,
  ) => {
    expect(back.json()).toMatchObject({ code });
    expect((await made.audit())[0]).toMatchObject({
      action: 'session.refused',
      actor: 'nobody',
      origin: '192.168.1.9',
      note: expect.stringMatching(/./),
    });
  };

  test('a state that is not the browser’s', async () => {
    const made = await stage();
    const { flow, location } = await made.begin();
    const back = new URL(await visit(location, server.issuer));
    back.searchParams.set('state', 'x'.repeat(43));
    await refusedWith(made, await made.inject(back.href, flow), 'sign-in-stale');
  });

  test('another browser: the way back without the cookie, or with another one', async () => {
    const made = await stage();
    const [mine, others] = [await made.begin(), await made.begin()];
    const back = await visit(mine.location, server.issuer);
    await refusedWith(made, await made.inject(back, others.flow), 'sign-in-stale');
    await refusedWith(made, await made.inject(back, ''), 'sign-in-stale');
  });

  test('a second use of the same way back, and of a code', async () => {
    const made = await stage();
    const { flow, location } = await made.begin();
    const back = await visit(location, server.issuer);
    expect((await made.inject(back, flow)).statusCode).toBe(303);
    await refusedWith(made, await made.inject(back, flow), 'sign-in-stale');

    const again = await made.begin();
    const replayed = new URL(back);
    replayed.searchParams.set('state', new URL(again.location).searchParams.get('state') ?? '');
    await refusedWith(made, await made.inject(replayed.href, again.flow), 'provider-refused');
  });

  test('after ten minutes', async () => {
    const made = await stage();
    const { flow, location } = await made.begin();
    const back = await visit(location, server.issuer);
    world.clock.advance(10 * MINUTE);
    await refusedWith(made, await made.inject(back, flow), 'sign-in-stale');
  });

  test('a nonce that was changed on the way', async () => {
    const made = await stage();
    const { flow, location } = await made.begin();
    const changed = new URL(location);
    changed.searchParams.set('nonce', 'chosen-by-somebody-else');
    await refusedWith(
      made,
      await made.inject(await visit(changed.href, server.issuer), flow),
      'provider-refused',
    );
  });

  test('a wrong client secret, which is in no answer and no audit', async () => {
    const made = await stage({ clientSecret: new Secret('wr0ng-secret') });
    const { flow, location } = await made.begin();
    const back = await made.inject(await visit(location, server.issuer), flow);
    await refusedWith(made, back, 'provider-refused');
    expect(back.json()).toMatchObject({ detail: expect.stringContaining('invalid_client') });
    expect(back.body + JSON.stringify(await made.audit())).not.toContain('wr0ng');
  });

  test('what the provider says no to', async () => {
    const made = await stage();
    const { flow, location } = await made.begin();
    const state = new URL(location).searchParams.get('state') ?? '';
    const query = new URLSearchParams({
      state,
      error: 'access_denied',
      error_description: '<script>',
      iss: server.issuer,
    });
    const back = await made.inject(`${CALLBACK}?${query}`, flow, { accept: 'text/html' });
    expect(back.statusCode).toBe(403);
    expect(back.body).toContain('access_denied');
    expect(back.body).not.toContain('<script');
  });

  test('more than a person needs, from one client', async () => {
    const made = await stage();
    for (let i = 0; i < 20; i++) await made.inject(`${CALLBACK}?state=x&code=y`, '');
    expect((await made.inject(`${CALLBACK}?state=x&code=y`, '')).statusCode).toBe(429);
  });

  test('nor by coming to two of our listeners in turn', async () => {
    const limits = createLimits(world.clock);
    const one = await stage({}, false, true, limits);
    const other = client(settings(server.issuer), true, limits);
    for (let i = 0; i < 20; i++) await one.inject(`${CALLBACK}?state=x&code=y`, '');
    expect((await other.inject(`${CALLBACK}?state=x&code=y`, '')).statusCode).toBe(429);
  });
});

test.each([
  ['/sallyport/denials?x=1#y', `${PUBLIC}/denials?x=1#y`],
  ['denials', `${PUBLIC}/denials`],
  ['https://evil.example/', `${PUBLIC}/`],
  ['//evil.example/', `${PUBLIC}/`],
  ['/\\evil.example', `${PUBLIC}/`],
  ['/sallyport/..//evil.example', `${PUBLIC}/`],
  ['https://gate.example.org@evil.example/sallyport/', `${PUBLIC}/`],
  ['https://gate.example.org.evil.example/sallyport/', `${PUBLIC}/`],
  ['javascript:alert(1)', `${PUBLIC}/`],
  ['/sallyport/\r\nset-cookie: a=b', `${PUBLIC}/set-cookie:%20a=b`],
])('back to %j is back to %s', async (returnTo, location) => {
  const { begin, inject } = await stage();
  const begun = await begin(returnTo);
  const back = await inject(await visit(begun.location, server.issuer), begun.flow);
  expect(back.headers.location).toBe(location);
});

test('under another name than the public one the browser is sent to the public one first', async () => {
  const { ask } = await stage();
  expect(await ask('POST', '/sallyport/api/v1/session/oidc', { body: {} })).toMatchObject({
    status: 200,
    body: { location: `${PUBLIC}/` },
  });
});

test('without a provider there is nothing of it', async () => {
  server = await startHostileProvider();
  const { ask } = createClient(world);
  expect((await ask('GET', '/api/v1/session')).body.signIn).toEqual({ password: true });
  expect(await ask('POST', '/api/v1/session/oidc', { body: {} })).toMatchObject({ status: 404 });
});

test('a provider that is down is named with a remedy; passwords work, and it is asked again', async () => {
  const made = await stage();
  const issuer = server.issuer;
  await server.close();
  const { begun } = await made.begin();
  expect(begun.json()).toMatchObject({
    status: 502,
    code: 'provider-unreachable',
    detail: `the provider does not answer: ${new URL(issuer).host}, ECONNREFUSED`,
    hint: expect.stringContaining('password'),
  });
  const { setupToken, ask } = made;
  expect(
    await ask('POST', '/sallyport/api/v1/setup', { body: { token: setupToken, password: PASSWORD } }),
  ).toMatchObject({ status: 200 });

  server = await startHostileProvider();
  const up = client(settings(server.issuer));
  expect((await up.begin()).begun.statusCode).toBe(200);
});

describe('a provider that cheats', () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  async function hostile() {
    const provider = await startHostileProvider();
    server = provider;
    const made = client(settings(provider.issuer));
    const come = async (change: object, options?: Parameters<typeof provider.sign>[1]) => {
      const { flow, location } = await made.begin();
      const { nonce, state } = Object.fromEntries(new URL(location).searchParams);
      const claims = {
        iss: provider.issuer,
        aud: 'sallyport',
        sub: 'anna',
        iat: seconds(),
        exp: seconds() + 300,
        nonce,
        groups: ['gate-admins'],
        ...change,
      };
      provider.token = provider.sign(claims, options);
      return made.inject(`${CALLBACK}?${new URLSearchParams({ code: 'c', state: state ?? '' })}`, flow);
    };
    return { ...made, provider, come };
  }
  const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  test('an honest token, and one whose clock is off by less than a minute', async () => {
    const { come } = await hostile();
    expect((await come({})).statusCode).toBe(303);
    expect((await come({ iat: seconds() + 40, exp: seconds() - 40 })).statusCode).toBe(303);
  });

  test.each([
    ['for another audience', { aud: 'other' }, undefined],
    ['for several, authorised for another', { aud: ['sallyport', 'other'], azp: 'other' }, undefined],
    ['of another issuer', { iss: 'https://evil.example' }, undefined],
    ['of another sign-in', { nonce: 'x' }, undefined],
    ['without a nonce', { nonce: undefined }, undefined],
    ['that has expired', { exp: 1000 }, undefined],
    ['without an end', { exp: undefined }, undefined],
    ['of nobody', { sub: undefined }, undefined],
    ['signed by nobody', {}, { alg: 'none' }],
    ['signed by somebody else', {}, { key: otherKey }],
    ['signed with what it says is a shared key', {}, { alg: 'HS256' }],
  ])('a token %s', async (_what, change, options) => {
    const { come, audit } = await hostile();
    const back = await come(change, options);
    expect(back.json()).toMatchObject({ status: 403, code: 'provider-refused' });
    expect(back.cookies.find(({ name }) => name === 'sallyport_session')).toBeUndefined();
    expect((await audit())[0]).toMatchObject({ action: 'session.refused' });
  });

  test.each([
    ['a number', 5],
    ['an object', { 'gate-admins': true }],
    ['a list of lists', [['gate-admins']]],
    ['one long text', 'gate-admins,family'],
    ['terminal escapes', ['\u001b[2Jgate-admins', '\u202egate']],
    ['very many', Array.from({ length: 5000 }, (_, i) => `g${i}`)],
    ['prototypes', ['__proto__', 'constructor']],
    ['nothing', null],
  ])('groups that are %s give no role, and a sentence of bounded length', async (_what, groups) => {
    const { come } = await hostile();
    const { code, detail } = (await come({ groups })).json();
    expect(code).toBe('no-role');
    expect(detail.length).toBeLessThan(1000);
    expect([...detail].filter((one) => one < ' ' || one === '\u202e')).toEqual([]);
  });

  test.each([
    ['<script>alert(1)</script>', 'script-alert-1-script'],
    ['../../etc/passwd', 'etc-passwd'],
    ['Änne', 'a-nne'],
    ['a\r\nSet-Cookie: x', 'a-set-cookie-x'],
    ['x'.repeat(300), 'x'.repeat(63)],
    ['💥', 'anna'],
  ])('a name %s is %s here', async (preferred_username, name) => {
    const { come, whoAmI } = await hostile();
    const back = await come({ preferred_username });
    expect(back.statusCode).toBe(303);
    expect(await whoAmI(back.cookies.find((one) => one.name === 'sallyport_session'))).toMatchObject({
      user: name,
    });
  });

  test.each([
    ['a page of its own', 200, '<html>', 'provider-refused'],
    ['an error', 500, '{}', 'provider-unreachable'],
    ['a redirect', 302, '', 'provider-refused'],
    ['metadata of somebody else', 200, '{"issuer":"https://evil.example"}', 'provider-refused'],
    ['more than anybody needs', 200, `"${'x'.repeat(2_000_000)}"`, 'provider-unreachable'],
  ])('metadata that is %s', async (_what, status, body, code) => {
    const { provider, begin } = await hostile();
    provider.broken = { status, body };
    const { begun } = await begin();
    expect(begun.json()).toMatchObject({ code });
    provider.broken = undefined;
    expect((await begin()).begun.statusCode).toBe(200);
  });
});
