/** Another site in the owner's browser: it can send what a form can send, with the owner's cookie. */
import { expect, test } from 'vitest';
import { createProvider } from '../../src/api/access/oidc/provider.ts';
import { createApi } from '../../src/api/server.ts';
import { apiDeps } from '../api/stage.ts';
import { standing, worlds } from './stage.ts';

const stage = worlds();

/** With a provider, so that its routes are among them. */
const withProvider = () => {
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
  return { publicUrl, provider: createProvider(settings, publicUrl, stage.world.clock) };
};

async function changingRoutes(): Promise<readonly (readonly [string, string])[]> {
  const routes: [string, string][] = [];
  const app = createApi('web', apiDeps(stage.world, withProvider()), (fresh) => {
    fresh.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.push([one, url.replaceAll(/:[a-z]+/gi, '1')]);
    });
  });
  await app.ready();
  await app.close();
  return routes.filter(([method]) => !['GET', 'HEAD', 'OPTIONS'].includes(method));
}

test.each([
  ['another site, as browsers say', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['a sibling of our site', { 'sec-fetch-site': 'same-site' }],
  ['another site, as old browsers say', { origin: 'https://evil.example' }],
  ['the protected server on the same host', { origin: 'http://192.168.1.20:32400' }],
  ['a sandboxed frame', { origin: 'null' }],
  [
    'our site over https, said by a page that has our address',
    { origin: 'http://192.168.1.20:8080.evil.example' },
  ],
])('every change asked for by %s is refused and logged', async (_what, extra) => {
  const { ask, headers, expectLogged, audit } = await standing(stage.world, withProvider());
  const before = audit().length;
  const routes = await changingRoutes();
  expect(routes.length).toBeGreaterThan(35);
  for (const [method, url] of routes) {
    const answer = await ask(method as 'POST', url, { body: {}, headers: { ...headers, ...extra } });
    expect([method, url, answer.status, answer.body?.code]).toEqual([method, url, 403, 'not-allowed']);
  }
  expectLogged('not-allowed');
  expect(audit().length).toBe(before);
  expect(stage.world.calls).toEqual([]);
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'every change as %s is refused and logged, though the browser says nothing of the site',
  async (type) => {
    const { ask, headers, expectLogged, audit } = await standing(stage.world, withProvider());
    const before = audit().length;
    for (const [method, url] of await changingRoutes()) {
      const answer = await ask(method as 'POST', url, {
        body: '{"name":"x"}',
        headers: { ...headers, 'content-type': type },
      });
      expect([method, url, answer.status, answer.body?.code]).toEqual([method, url, 415, 'body-not-json']);
    }
    expectLogged('body-not-json');
    expect(audit().length).toBe(before);
  },
);

test('nobody else may ask first: there is no answer to a preflight', async () => {
  const { app } = await standing(stage.world);
  const answer = await app.inject({
    method: 'OPTIONS',
    url: '/api/v1/groups',
    headers: {
      host: '192.168.1.20:8080',
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
  expect(answer.statusCode).toBe(404);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test.each([
  ['as browsers say', { 'sec-fetch-site': 'cross-site' }],
  ['as old browsers say', { origin: 'https://evil.example' }],
  ['from the protected server on the same host', { 'sec-fetch-site': 'same-site' }],
])(
  'live events are not for another site, %s: refused, logged, and no place is taken',
  async (_what, extra) => {
    const { ask, headers, places, expectLogged } = await standingWithPlaces();
    for (let i = 0; i < 20; i++) {
      const answer = await ask('GET', '/api/v1/events', { headers: { ...headers, ...extra } });
      expect([answer.status, answer.body?.code]).toEqual([403, 'not-allowed']);
    }
    expectLogged('not-allowed');
    expect(places.taken).toBe(0);
  },
);

async function standingWithPlaces() {
  const places = { taken: 0 };
  const take = () => {
    places.taken++;
    return () => {};
  };
  return { places, ...(await standing(stage.world, { places: { take } })) };
}
