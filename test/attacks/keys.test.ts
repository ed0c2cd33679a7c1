/** Guessed, planted and stolen keys: passwords, cookies, tokens. */
import { expect, test } from 'vitest';
import { type Api, createApi } from '../../src/api/server.ts';
import { HOUR, MINUTE } from '../actions/world.ts';
import { apiDeps, createClient, PASSWORD } from '../api/stage.ts';
import { readableLog, standing, worlds } from './stage.ts';

const stage = worlds();
/** Where nobody has set a password yet. */
const empty = worlds();

test('a cookie planted before the sign-in is worth nothing after it', async () => {
  const { ask, audit } = await standing(stage.world);
  const planted = { cookie: 'sallyport_session=chosen-by-somebody-else' };
  const { cookie } = await ask('POST', '/api/v1/session', { body: { password: PASSWORD }, headers: planted });
  expect(cookie?.value).not.toBe('chosen-by-somebody-else');
  expect(await ask('GET', '/api/v1/status', { headers: planted })).toMatchObject({ status: 401 });
  expect(audit()[0]).toMatchObject({ action: 'session.open', subject: 'admin' });
});

test('an attacker’s own session planted in a browser ends when its owner signs in there', async () => {
  const { ask, bearer } = await standing(stage.world);
  await ask('POST', '/api/v1/users', { body: { name: 'eve', password: PASSWORD }, headers: bearer });
  const eve = await ask('POST', '/api/v1/session', { body: { user: 'eve', password: PASSWORD } });
  const headers = { cookie: `sallyport_session=${eve.cookie?.value}` };
  await ask('POST', '/api/v1/session', { body: { password: PASSWORD }, headers });
  expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 401 });
});

test.each([
  [
    'revoked',
    async ({ ask, bearer }: Standing, id: number) =>
      ask('DELETE', `/api/v1/tokens/${id}`, { headers: bearer }),
  ],
  ['expired', async (_: Standing) => stage.world.clock.advance(2 * HOUR)],
])('a token that was %s opens nothing; its use is logged', async (_what, end) => {
  const made = await standing(stage.world);
  const { ask, bearer, lines, audit } = made;
  const { body } = await ask('POST', '/api/v1/tokens', {
    body: { name: 't', role: 'admin', for: '1h' },
    headers: bearer,
  });
  const headers = { authorization: `Bearer ${body.secret}` };
  expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 200 });
  await end(made, body.token.id);
  expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 401 });
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'an API token was refused', from: '192.168.1.9' }),
  );
  expect(JSON.stringify([lines, audit()])).not.toContain(body.secret);
});
type Standing = Awaited<ReturnType<typeof standing>>;

test('guessing one user from many addresses, and many users from one, ends after five; both are written down', async () => {
  const { ask, audit, lines, expectLogged } = await standing(stage.world);
  const guess = (user: string, from: string) =>
    ask('POST', '/api/v1/session', { body: { user, password: 'wr0ng guess' }, from });
  for (let i = 0; i < 5; i++) expect((await guess('admin', `10.0.0.${i}`)).status).toBe(401);
  expect(await guess('admin', '10.0.0.9')).toMatchObject({
    status: 429,
    body: { code: 'too-many-attempts' },
  });
  expect(audit().filter(({ action }) => action === 'session.refused')).toHaveLength(5);

  stage.world.clock.advance(MINUTE);
  for (let i = 0; i < 5; i++) expect((await guess(`user${i}`, '192.168.1.9')).status).toBe(401);
  expect((await guess('user9', '192.168.1.9')).status).toBe(429);
  expectLogged('too-many-attempts');
  expect(JSON.stringify([lines, audit()])).not.toContain('wr0ng');
});

test('five guesses are five, whichever of our addresses they are made at', async () => {
  const deps = apiDeps(stage.world);
  const guess = (app: Api) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/session',
      remoteAddress: '192.168.1.9',
      headers: { host: '192.168.1.20' },
      payload: { password: 'a guess' },
    });
  const [one, other] = [createApi('web', deps), createApi('web', deps)];
  for (let i = 0; i < 5; i++) expect((await guess(one)).statusCode).toBe(401);
  expect((await guess(other)).statusCode).toBe(429);
});

test('an account of one’s own buys no more guesses at another’s, not even from where that one signs in', async () => {
  const { ask, bearer } = await standing(stage.world);
  await ask('POST', '/api/v1/users', { body: { name: 'eve', password: PASSWORD }, headers: bearer });
  const signIn = (body: object) => ask('POST', '/api/v1/session', { body });
  for (let i = 0; i < 4; i++) expect((await signIn({ password: `guess ${i}` })).status).toBe(401);
  expect((await signIn({ user: 'eve', password: PASSWORD })).status).toBe(200);
  expect((await signIn({ password: 'guess 4' })).status).toBe(401);
  expect(await signIn({ password: 'guess 5' })).toMatchObject({
    status: 429,
    body: { code: 'too-many-attempts' },
  });
});

test('guessing the set-up token, and a password in an open session, is in the log; what was typed is not', async () => {
  const { ask, headers, lines, expectLogged } = await standing(stage.world);
  const body = { password: 'wr0ng guess', newPassword: 'another good one' };
  expect(await ask('POST', '/api/v1/session/password', { body, headers })).toMatchObject({ status: 403 });
  expectLogged('wrong-password');
  expect(JSON.stringify(lines)).not.toContain('wr0ng');

  const { log, lines: early } = readableLog();
  const { ask: askEarly } = createClient(empty.world, 'web', { log });
  const guess = { token: 'wr0ng-token', password: PASSWORD };
  expect(await askEarly('POST', '/api/v1/setup', { body: guess })).toMatchObject({ status: 403 });
  expect(early).toMatchObject([{ msg: 'refused', code: 'setup-token-invalid', from: '192.168.1.9' }]);
  expect(JSON.stringify(early)).not.toContain('wr0ng');
});

test('a cookie that was stolen opens nothing elsewhere, and its use there is a warning', async () => {
  const { ask, headers, lines } = await standing(stage.world);
  expect(await ask('GET', '/api/v1/status', { headers, from: '192.168.20.5' })).toMatchObject({
    status: 401,
  });
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 40, code: 'session-elsewhere', from: '192.168.20.5', user: 'admin' }),
  );
  expect(await ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 200 });
  expect(JSON.stringify(lines)).not.toContain(headers.cookie.split('=')[1]);
});

test('signing in again and again without a wrong password is no guessing', async () => {
  const { ask } = await standing(stage.world);
  for (let i = 0; i < 8; i++) {
    expect((await ask('POST', '/api/v1/session', { body: { password: PASSWORD } })).status).toBe(200);
  }
});

test('guessing tokens ends after five, and an honest one still works elsewhere', async () => {
  const { ask, bearer, expectLogged } = await standing(stage.world);
  const guess = (n: number) =>
    ask('GET', '/api/v1/status', { headers: { authorization: `Bearer guess-${n}` } });
  for (let n = 0; n < 5; n++) expect((await guess(n)).status).toBe(401);
  expect((await guess(9)).status).toBe(429);
  expectLogged('too-many-attempts');
  expect((await ask('GET', '/api/v1/status', { headers: bearer, from: '192.168.1.10' })).status).toBe(200);
});

test.each(['viewer', 'approver'] as const)(
  'a %s reaches no address that we would fetch from',
  async (role) => {
    const { ask, bearer, expectLogged, audit } = await standing(stage.world);
    const { body } = await ask('POST', '/api/v1/tokens', { body: { name: 't', role }, headers: bearer });
    const before = audit().length;
    const headers = { authorization: `Bearer ${body.secret}` };
    for (const [method, url] of [
      ['POST', '/api/v1/firewalls/edge/sync'],
      ['POST', '/api/v1/firewalls/edge/trust'],
      ['GET', '/api/v1/firewalls/edge/certificate'],
      ['POST', '/api/v1/feeds/push/refresh'],
      ['POST', '/api/v1/groups/plex/plex-direct/find'],
      ['POST', '/api/v1/doctor'],
    ] as const) {
      const answer = await ask(method, url, { headers, ...(method === 'POST' ? { body: {} } : {}) });
      expect([url, answer.status]).toEqual([url, 403]);
    }
    expectLogged('not-allowed');
    expect(audit().length).toBe(before);
    expect(stage.world.calls).toEqual([]);
  },
);
