/** Made from the routes themselves, so that a new one cannot be forgotten. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createProvider } from '../../src/api/access/oidc/provider.ts';
import { createApi, permissionOf } from '../../src/api/server.ts';
import type { Role } from '../../src/store/users.ts';
import { createWorld, MINUTE, type World } from '../actions/world.ts';
import { type Line, readableLog } from '../attacks/stage.ts';
import { apiDeps, bearer, createClient, PASSWORD } from './stage.ts';

interface Route {
  readonly method: string;
  readonly url: string;
  readonly permission: string;
}

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

/** What a stranger may ask for: to sign in, whether we live, the files of the page, a list by its token. */
const OPEN = [
  'DELETE /api/v1/session',
  'GET /',
  'GET /api/v1/session',
  'GET /assets/:file',
  'GET /audit',
  'GET /domains',
  'GET /feed/:token/:file',
  'GET /firewall',
  'GET /healthz',
  'GET /icon.svg',
  'GET /learn',
  'GET /log',
  'GET /problem.css',
  'GET /readyz',
  'GET /refused',
  'GET /settings',
  'GET /setup',
  'POST /api/v1/session',
  'POST /api/v1/setup',
];
/** What an approver may and a viewer may not. */
const APPROVE = [
  'DELETE /api/v1/groups/:name/reproduce',
  'POST /api/v1/denials/:id/allow',
  'POST /api/v1/denials/:id/mute',
  'POST /api/v1/denials/:id/unmute',
  'POST /api/v1/groups/:name/reproduce',
  'POST /api/v1/groups/:name/reproduce/allow',
  'POST /api/v1/groups/:name/reproduce/drop',
  'POST /api/v1/groups/:name/reproduce/verify',
];

const MAY: Readonly<Record<Role, readonly string[]>> = {
  viewer: ['open', 'read'],
  approver: ['open', 'read', 'approve'],
  admin: ['open', 'read', 'approve', 'admin'],
};

async function routesOf(change: Parameters<typeof apiDeps>[1] = {}): Promise<readonly Route[]> {
  const routes: Route[] = [];
  const app = createApi('web', apiDeps(world, change), (fresh) => {
    fresh.addHook('onRoute', ({ method, url, config }) => {
      for (const one of [method].flat()) routes.push({ method: one, url, permission: permissionOf(config) });
    });
  });
  await app.ready();
  return routes.filter(({ method }) => method !== 'HEAD');
}

const named = ({ method, url }: Route) => `${method} ${url}`;

test('the routes that ask for nothing are these, and none of them changes anything but a session', async () => {
  const routes = await routesOf();
  expect(routes.length).toBeGreaterThan(50);
  expect(
    routes
      .filter(({ permission }) => permission === 'open')
      .map(named)
      .sort(),
  ).toEqual(OPEN);
});

test('with a provider two more ask for nothing: to begin there, and to come back', async () => {
  const publicUrl = new URL('https://gate.example.org');
  const settings = {
    issuer: new URL('https://auth.example.org'),
    clientId: 'sallyport',
    scopes: [],
    name: 'Home',
    roleClaim: 'groups',
    admin: ['admins'],
    approver: [],
    viewer: [],
  };
  const known = (await routesOf()).map(named);
  const routes = await routesOf({ publicUrl, provider: createProvider(settings, publicUrl, world.clock) });
  expect(routes.filter((route) => !known.includes(named(route)))).toEqual([
    { method: 'POST', url: '/api/v1/session/oidc', permission: 'open' },
    { method: 'GET', url: '/api/v1/session/oidc/callback', permission: 'open' },
  ]);
});

test('what an approver may do is these', async () => {
  const routes = await routesOf();
  expect(
    routes
      .filter(({ permission }) => permission === 'approve')
      .map(named)
      .sort(),
  ).toEqual(APPROVE);
});

test('nothing that changes something asks for less than to approve, but what is one’s own and what only looks', async () => {
  const routes = await routesOf();
  const changing = routes.filter(({ method, permission }) => method !== 'GET' && permission === 'read');
  expect(changing.map(named).sort()).toEqual([
    'DELETE /api/v1/sessions/:id',
    'POST /api/v1/groups/:name/enforce/preview',
    'POST /api/v1/names/look',
    'POST /api/v1/replay',
    'POST /api/v1/rules/bulk/preview',
    'POST /api/v1/session/password',
    'POST /api/v1/session/second-factor',
    'POST /api/v1/session/second-factor/confirm',
    'POST /api/v1/session/second-factor/remove',
  ]);
});

describe('each route, asked by', () => {
  const request = ({ method, url }: Route, headers: Record<string, string>, ask: Ask) =>
    ask(method as 'GET', url.replaceAll(/:[a-z]+/gi, '1'), { headers });
  type Ask = ReturnType<typeof createClient>['ask'];

  /** A minute apart, so that each is a line of its own. */
  const expectLogged = ({ url }: Route, code: string, lines: readonly Line[]) => {
    expect(lines.at(-1)).toMatchObject({ msg: 'refused', code, route: url, from: '192.168.1.9' });
    world.clock.advance(MINUTE);
  };

  test.each(['before an admin exists', 'after'])('nobody, %s, is refused and logged', async (when) => {
    const routes = await routesOf();
    const { log, lines } = readableLog();
    const { ask, setupToken } = createClient(world, 'web', { log });
    if (when === 'after') {
      await ask('POST', '/api/v1/setup', { body: { token: setupToken, password: PASSWORD } });
    }
    for (const route of routes.filter(({ permission }) => permission !== 'open')) {
      const { status, body } = await request(route, {}, ask);
      expect([named(route), status, body?.code]).toEqual(
        when === 'after' ? [named(route), 401, 'not-signed-in'] : [named(route), 403, 'setup-needed'],
      );
      expectLogged(route, body?.code, lines);
    }
  });

  test.each(['viewer', 'approver'] as const)(
    'a %s by token and by session is refused and logged',
    async (role) => {
      const routes = await routesOf();
      const { log, lines } = readableLog();
      const { ask } = createClient(world, 'web', { log });
      const user = { name: 'anna', password: PASSWORD, role };
      await ask('POST', '/api/v1/users', { body: user, headers: bearer });
      const { cookie } = await ask('POST', '/api/v1/session', { body: { user: 'anna', password: PASSWORD } });
      const token = await ask('POST', '/api/v1/tokens', { body: { name: 't', role }, headers: bearer });
      for (const headers of [
        { cookie: `sallyport_session=${cookie?.value}` },
        { authorization: `Bearer ${token.body.secret}` },
      ] as Record<string, string>[]) {
        for (const route of routes.filter(({ permission }) => !MAY[role].includes(permission))) {
          const { status, body } = await request(route, headers, ask);
          expect([named(route), status, body?.code]).toEqual([named(route), 403, 'not-allowed']);
          expectLogged(route, 'not-allowed', lines);
        }
      }
    },
  );
});
