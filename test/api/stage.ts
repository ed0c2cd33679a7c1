/** The API on the world of the actions' tests, asked without sockets. */
import { fileURLToPath } from 'node:url';
import type { Channel } from '../../src/api/access/identity.ts';
import { createLimits } from '../../src/api/access/limits.ts';
import { createSetupToken } from '../../src/api/access/setup-token.ts';
import { createEvents } from '../../src/api/events/events.ts';
import { createPlaces } from '../../src/api/events/places.ts';
import { type ApiDeps, createApi } from '../../src/api/server.ts';
import { silentLog } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import type { World } from '../actions/world.ts';

export const TOKEN = 'a-token-of-more-than-twenty-characters';
export const PASSWORD = 'correct horse battery';
export const bearer = { authorization: `Bearer ${TOKEN}` };

export function apiDeps(world: World, change: Partial<ApiDeps> = {}): ApiDeps {
  return {
    ...world,
    events: createEvents({ ...world, log: silentLog() }),
    places: createPlaces(),
    limits: createLimits(world.clock),
    underWay: new Map(),
    log: silentLog(),
    setupToken: createSetupToken(world.clock),
    apiToken: new Secret(TOKEN),
    allowedHosts: [],
    trustedProxies: [],
    passwordLogin: true,
    basePath: '',
    webRoot: fileURLToPath(new URL('../../web', import.meta.url)),
    ...change,
  };
}

/** Asks as a browser or script on the LAN would; bodies go as JSON. */
export function createClient(world: World, channel: Channel = 'web', change: Partial<ApiDeps> = {}) {
  const deps = apiDeps(world, change);
  const app = createApi(channel, deps);
  const ask = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    options: { body?: unknown; headers?: Record<string, string>; from?: string } = {},
  ) => {
    const { body, headers = {}, from = '192.168.1.9' } = options;
    const response = await app.inject({
      method,
      url,
      remoteAddress: from,
      headers: { host: '192.168.1.20:8080', ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const cookie = response.cookies.find((one) => one.name === 'sallyport_session');
    return {
      status: response.statusCode,
      headers: response.headers,
      cookie,
      text: response.body,
      body: /^application\/(problem\+)?json/.test(String(response.headers['content-type']))
        ? response.json()
        : undefined,
    };
  };
  return { app, ask, setupToken: deps.setupToken?.token ?? '' };
}
