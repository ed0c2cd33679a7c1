import { TOTP } from 'otpauth';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/store/audit.ts';
import type { Role } from '../../src/store/users.ts';
import { createWorld, group, HOUR, MINUTE, refused, type World } from '../actions/world.ts';
import { bearer, createClient, PASSWORD } from './stage.ts';

const DAY = 24 * HOUR;

let world: World;
let client: ReturnType<typeof createClient>;
beforeEach(async () => {
  world = createWorld();
  client = createClient(world);
  await client.ask('POST', '/api/v1/setup', { body: { token: client.setupToken, password: PASSWORD } });
});
afterEach(() => world.close());

interface Options {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly from?: string;
}
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, options: Options = {}) =>
  client.ask(method, `/api/v1${path}`, options);
const admin = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
  ask(method, path, { headers: bearer, ...(body === undefined ? {} : { body }) });

async function signIn(user = 'admin', more: object = {}, from = '192.168.1.9') {
  const { status, body, cookie } = await ask('POST', '/session', {
    body: { user, password: PASSWORD, ...more },
    from,
  });
  return { status, body, headers: { cookie: `sallyport_session=${cookie?.value}` } };
}

async function person(name: string, role: Role) {
  await admin('POST', '/users', { name, password: PASSWORD, role });
  return signIn(name);
}

describe('users', () => {
  test('are made by an admin, sign in under their name, and do what their role may', async () => {
    const { headers, body } = await person('anna', 'viewer');
    expect(body).toMatchObject({ user: 'anna', role: 'viewer' });
    expect(await ask('GET', '/status', { headers })).toMatchObject({ status: 200 });
    expect(await ask('GET', '/users', { headers })).toMatchObject({ status: 403 });
    await admin('PATCH', '/users/anna', { role: 'admin' });
    expect(await ask('GET', '/users', { headers })).toMatchObject({
      status: 200,
      body: { items: [{ name: 'admin' }, { name: 'anna', role: 'admin', secondFactor: false }] },
    });
  });

  test('the last admin stays one', async () => {
    await person('anna', 'viewer');
    for (const change of [
      () => admin('PATCH', '/users/admin', { role: 'viewer' }),
      () => admin('DELETE', '/users/admin'),
      () => admin('PATCH', '/users/admin', { disabled: true }),
    ]) {
      expect(await change()).toMatchObject({ status: 409, body: { code: 'last-admin' } });
    }
    await admin('PATCH', '/users/anna', { role: 'admin' });
    expect(await admin('DELETE', '/users/admin')).toMatchObject({ status: 200 });
  });

  test('one who is disabled is out at once, stays out with the right password, and may come back', async () => {
    const { headers } = await person('anna', 'viewer');
    await admin('PATCH', '/users/anna', { disabled: true });
    expect(await ask('GET', '/status', { headers })).toMatchObject({ status: 401 });
    expect(await signIn('anna')).toMatchObject({ status: 403, body: { code: 'account-disabled' } });
    expect((await admin('GET', '/audit')).body.items.slice(0, 2)).toMatchObject([
      { action: 'session.refused', subject: 'anna' },
      { action: 'user.disable', subject: 'anna' },
    ]);
    await admin('PATCH', '/users/anna', { disabled: false });
    expect(await signIn('anna')).toMatchObject({ status: 200 });
  });

  test('one who is removed is out at once', async () => {
    const { headers } = await person('anna', 'viewer');
    await admin('DELETE', '/users/anna');
    expect(await ask('GET', '/status', { headers })).toMatchObject({ status: 401 });
    expect(await signIn('anna')).toMatchObject({ status: 401 });
    expect(await admin('DELETE', '/users/anna')).toMatchObject({
      status: 404,
      body: { hint: 'Users: admin.' },
    });
  });

  test('a new password by an admin signs the user out', async () => {
    const { headers } = await person('anna', 'viewer');
    await admin('PATCH', '/users/anna', { password: 'another good one' });
    expect(await ask('GET', '/status', { headers })).toMatchObject({ status: 401 });
  });

  test('changing one’s own needs the old one, ends the other sessions, and keeps this one', async () => {
    const elsewhere = await signIn();
    const here = await signIn();
    const change = (password: string) =>
      ask('POST', '/session/password', {
        body: { password, newPassword: 'another good one' },
        headers: here.headers,
      });
    expect(await change('not the old one')).toMatchObject({ status: 403, body: { code: 'wrong-password' } });
    const { status, cookie } = await change(PASSWORD);
    expect(status).toBe(200);
    expect(await ask('GET', '/status', { headers: elsewhere.headers })).toMatchObject({ status: 401 });
    const renewed = { cookie: `sallyport_session=${cookie?.value}` };
    expect(await ask('GET', '/status', { headers: renewed })).toMatchObject({ status: 200 });
  });

  test('what happened is in the audit, chained, and no password is', async () => {
    await person('anna', 'viewer');
    await admin('PATCH', '/users/anna', { role: 'approver', password: 'another good one' });
    await admin('DELETE', '/users/anna');
    const { text, body } = await admin('GET', '/audit');
    expect(body.items.map(({ action }: { action: string }) => action).slice(0, 5)).toEqual([
      'user.remove',
      'user.password',
      'user.role',
      'session.open',
      'user.create',
    ]);
    expect(text).not.toContain('good one');
    expect(verifyAudit(world.db).sound).toBe(true);
  });
});

describe('guessing from elsewhere', () => {
  const guess = (from: string, user = 'admin') =>
    ask('POST', '/session', { body: { user, password: 'wrong' }, from });

  test('does not lock a person out where that person signed in before', async () => {
    await signIn();
    for (let i = 0; i < 5; i++) await guess(`192.168.20.${i}`);
    expect(await guess('192.168.20.77')).toMatchObject({ status: 429 });
    expect(await signIn()).toMatchObject({ status: 200 });
    expect(await signIn('admin', {}, '192.168.1.10')).toMatchObject({ status: 429 });
  });

  test('all addresses of one IPv6 network are one guesser', async () => {
    for (let i = 0; i < 5; i++) await guess(`2001:db8::${i + 1}`, `user${i}`);
    expect(await guess('2001:db8::77', 'another')).toMatchObject({ status: 429 });
    expect(await guess('2001:db8:1::77', 'another')).toMatchObject({ status: 401 });
  });

  test('five wrong tokens a minute from one client, and a right one elsewhere still works', async () => {
    const headers = { authorization: 'Bearer sallyport_wrong' };
    for (let i = 0; i < 5; i++)
      expect(await ask('GET', '/status', { headers })).toMatchObject({ status: 401 });
    expect(await ask('GET', '/status', { headers })).toMatchObject({ status: 429 });
    expect(await admin('GET', '/status')).toMatchObject({ status: 200 });
    world.clock.advance(MINUTE);
    expect(await ask('GET', '/status', { headers })).toMatchObject({ status: 401 });
  });
});

describe('sessions', () => {
  test('are listed with where from and what, one’s own only, and are ended one by one', async () => {
    const anna = await person('anna', 'viewer');
    const mine = (await ask('GET', '/sessions', { headers: anna.headers })).body.items;
    expect(mine).toMatchObject([{ user: 'anna', from: '192.168.1.9', current: true }]);
    const all = (await admin('GET', '/sessions')).body.items as { id: string; user: string }[];
    expect(all.map(({ user }) => user).sort()).toEqual(['admin', 'anna']);
    const admins = all.find(({ user }) => user === 'admin')?.id;
    expect(await ask('DELETE', `/sessions/${admins}`, { headers: anna.headers })).toMatchObject({
      status: 404,
    });
    expect(await admin('DELETE', `/sessions/${mine[0].id}`)).toMatchObject({ status: 200 });
    expect(await ask('GET', '/status', { headers: anna.headers })).toMatchObject({ status: 401 });
  });

  test('one that was set by somebody else is not taken over at the sign-in', async () => {
    const planted = { cookie: `sallyport_session=${'A'.repeat(43)}` };
    const answer = await ask('POST', '/session', { body: { password: PASSWORD }, headers: planted });
    expect(answer.cookie?.value).not.toBe('A'.repeat(43));
    expect(await ask('GET', '/status', { headers: planted })).toMatchObject({ status: 401 });
  });

  test('one by password is over when passwords are switched off, and is not listed', async () => {
    const { headers } = await signIn();
    const off = createClient(world, 'web', { passwordLogin: false });
    expect(await off.ask('GET', '/api/v1/status', { headers })).toMatchObject({ status: 401 });
    expect((await off.ask('GET', '/api/v1/sessions', { headers: bearer })).body.items).toEqual([]);
  });

  test('tokens have none', async () => {
    expect(await admin('POST', '/session/password', { password: 'x', newPassword: 'y' })).toMatchObject({
      status: 403,
      body: { code: 'not-allowed' },
    });
  });
});

describe('API tokens', () => {
  test('are shown once, kept as a hash, do what their role may, and say when they were used', async () => {
    const { body } = await admin('POST', '/tokens', { name: 'homepage', for: '30d' });
    expect(body.secret).toMatch(/^sallyport_[\w-]{43}$/);
    const headers = { authorization: `Bearer ${body.secret}` };
    expect(await ask('GET', '/status', { headers, from: '192.168.1.30' })).toMatchObject({ status: 200 });
    expect(
      await ask('POST', '/groups', { headers, body: { name: 'x' }, from: '192.168.1.30' }),
    ).toMatchObject({ status: 403 });
    const { text, body: list } = await admin('GET', '/tokens');
    expect(list.items).toMatchObject([
      { name: 'homepage', prefix: body.secret.slice(0, 14), role: 'viewer', usedFrom: '192.168.1.30' },
    ]);
    expect(text).not.toContain(body.secret);
    const stored = JSON.stringify(world.db.all(world.db.query.selectFrom('api_tokens').selectAll()));
    expect(stored).not.toContain(body.secret);
  });

  test('stand under their own name in the audit', async () => {
    const { body } = await admin('POST', '/tokens', { name: 'ansible', role: 'admin' });
    await ask('POST', '/groups', {
      headers: { authorization: `Bearer ${body.secret}` },
      body: { name: 'x' },
    });
    const { items } = (await admin('GET', '/audit')).body;
    expect(items[0]).toMatchObject({ actor: 'token:ansible', action: 'group.create' });
    expect(JSON.stringify(items)).not.toContain(body.secret);
  });

  describe('are worth no more than who made them is now', () => {
    const listed = async () =>
      ((await admin('GET', '/tokens')).body.items as { name: string; role: string; worth: string }[]).map(
        ({ name, role, worth }) => [name, role, worth],
      );
    const made = async () => {
      const anna = await person('anna', 'admin');
      const { body } = await ask('POST', '/tokens', {
        headers: anna.headers,
        body: { name: 'hers', role: 'admin' },
      });
      const headers = { authorization: `Bearer ${body.secret}` };
      const mayChange = async () =>
        (await ask('POST', '/cache/flush', { headers, body: { name: 'plex.tv' } })).status;
      const mayRead = async () => (await ask('GET', '/status', { headers })).status;
      return { headers, mayChange, mayRead };
    };

    test('a lower role of their maker is theirs, and a higher one again', async () => {
      const { mayChange, mayRead } = await made();
      expect(await mayChange()).toBe(200);
      await admin('PATCH', '/users/anna', { role: 'viewer' });
      expect([await mayChange(), await mayRead()]).toEqual([403, 200]);
      expect(await listed()).toEqual([['hers', 'admin', 'viewer']]);
      await admin('PATCH', '/users/anna', { role: 'admin' });
      expect(await mayChange()).toBe(200);
    });

    test('of an account that is disabled or gone they are worth nothing, also where the name comes back', async () => {
      const { mayRead } = await made();
      await admin('PATCH', '/users/anna', { disabled: true });
      expect(await mayRead()).toBe(401);
      expect(await listed()).toEqual([['hers', 'admin', 'nothing']]);
      await admin('PATCH', '/users/anna', { disabled: false });
      expect(await mayRead()).toBe(200);
      await admin('DELETE', '/users/anna');
      world.clock.advance(MINUTE);
      await person('anna', 'admin');
      expect(await mayRead()).toBe(401);
    });

    test('one that was made with another is its maker’s too', async () => {
      const { headers } = await made();
      const { body } = await ask('POST', '/tokens', { headers, body: { name: 'second', role: 'admin' } });
      expect(body.token).toMatchObject({ createdBy: 'user:anna', worth: 'admin' });
      await admin('PATCH', '/users/anna', { role: 'approver' });
      expect(await listed()).toEqual([
        ['hers', 'admin', 'approver'],
        ['second', 'admin', 'approver'],
      ]);
    });

    test('those made on the machine or with its token have no account behind them', async () => {
      await admin('POST', '/tokens', { name: 'ansible', role: 'admin' });
      expect(await listed()).toEqual([['ansible', 'admin', 'admin']]);
    });
  });

  test('end by themselves and by a person', async () => {
    const short = (await admin('POST', '/tokens', { name: 'short', for: '1d' })).body;
    const long = (await admin('POST', '/tokens', { name: 'long', for: 'always' })).body;
    const use = (secret: string) => ask('GET', '/status', { headers: { authorization: `Bearer ${secret}` } });
    world.clock.advance(DAY);
    expect(await use(short.secret)).toMatchObject({ status: 401 });
    expect(await use(long.secret)).toMatchObject({ status: 200 });
    await admin('DELETE', `/tokens/${long.token.id}`);
    expect(await use(long.secret)).toMatchObject({ status: 401 });
    expect(await admin('DELETE', `/tokens/${long.token.id}`)).toMatchObject({ status: 404 });
    expect(await admin('POST', '/tokens', { name: 'short' })).toMatchObject({
      status: 409,
      body: { code: 'name-taken' },
    });
  });
});

describe('a second factor', () => {
  const codeOf = (secret: string, at = world.clock.now()) => new TOTP({ secret }).generate({ timestamp: at });

  async function enrol() {
    const { headers } = await signIn();
    const offered = await ask('POST', '/session/second-factor', { body: { password: PASSWORD }, headers });
    expect(offered.body.uri).toMatch(/^otpauth:\/\/totp\/Sallyport:admin\?/);
    const secret: string = offered.body.secret;
    const confirmed = await ask('POST', '/session/second-factor/confirm', {
      body: { code: codeOf(secret) },
      headers,
    });
    world.clock.advance(MINUTE);
    return { headers, secret, recoveryCodes: confirmed.body.recoveryCodes as string[] };
  }

  test('is asked for from the moment it was confirmed', async () => {
    const { headers } = await signIn();
    await ask('POST', '/session/second-factor', { body: { password: PASSWORD }, headers });
    expect(await signIn()).toMatchObject({ status: 200 });
    const { secret } = await enrol();
    expect(await signIn()).toMatchObject({ status: 401, body: { code: 'second-factor-needed' } });
    expect(await signIn('admin', { code: '000000' })).toMatchObject({
      status: 401,
      body: { code: 'wrong-code' },
    });
    expect(await signIn('admin', { code: codeOf(secret) })).toMatchObject({ status: 200 });
  });

  test('a code counts once, and the step before and after count too', async () => {
    const { secret } = await enrol();
    const now = world.clock.now();
    const before = codeOf(secret, now - 30_000);
    expect(await signIn('admin', { code: before })).toMatchObject({ status: 200 });
    expect(await signIn('admin', { code: before })).toMatchObject({ body: { code: 'wrong-code' } });
    expect(await signIn('admin', { code: codeOf(secret, now + 30_000) })).toMatchObject({ status: 200 });
    // A code of before the last one that was used is worth nothing, though the clock would take it.
    expect(await signIn('admin', { code: codeOf(secret, now) })).toMatchObject({
      body: { code: 'wrong-code' },
    });
    expect(await signIn('admin', { code: codeOf(secret, now - 120_000) })).toMatchObject({ status: 401 });
  });

  test('a recovery code lets in once, however it is typed', async () => {
    const { recoveryCodes } = await enrol();
    const [first = '', second = ''] = recoveryCodes;
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await signIn('admin', { code: first.toUpperCase().replaceAll('-', ' ') })).toMatchObject({
      status: 200,
    });
    expect(await signIn('admin', { code: first })).toMatchObject({ status: 401 });
    expect(await signIn('admin', { code: second })).toMatchObject({ status: 200 });
  });

  test('six digits are not guessed', async () => {
    await enrol();
    world.clock.advance(MINUTE);
    for (let i = 0; i < 5; i++) await signIn('admin', { code: String(100_000 + i) });
    expect(await signIn('admin', { code: '123456' })).toMatchObject({ status: 429 });
    const { items } = (await admin('GET', '/audit')).body;
    expect(items[0]).toMatchObject({ action: 'session.refused', subject: 'admin' });
  });

  test('is taken away with the password, by an admin, or on the machine', async () => {
    const { headers } = await enrol();
    const remove = (password: string) =>
      ask('POST', '/session/second-factor/remove', { body: { password }, headers });
    expect(await remove('wrong')).toMatchObject({ status: 403 });
    expect(await remove(PASSWORD)).toMatchObject({ status: 200 });
    expect(await signIn()).toMatchObject({ status: 200 });
    await enrol();
    expect(await admin('DELETE', '/users/admin/second-factor')).toMatchObject({ status: 200 });
    expect(await signIn()).toMatchObject({ status: 200 });
    world.clock.advance(MINUTE);
    await enrol();
    const socket = createClient(world, 'socket');
    await socket.ask('POST', '/api/v1/reset-password', { body: { password: PASSWORD } });
    expect(await signIn()).toMatchObject({ status: 200 });
  });
});

describe('an approver', () => {
  test.each([
    [{}, 200],
    [{ for: '7d' }, 200],
    [{ for: '8d' }, 403],
    [{ for: 'always' }, 403],
    [{ scope: 'subtree' }, 403],
    [{ types: ['TXT'] }, 403],
  ])('allowing %j gives %i', async (body, status) => {
    const { id } = refused(world, group(world), 'image.tmdb.org');
    const { headers } = await person('anna', 'approver');
    expect(await ask('POST', `/denials/${id}/allow`, { body, headers })).toMatchObject({ status });
  });
});
