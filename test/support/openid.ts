/** Providers on loopback: a real one (oidc-provider), and one that answers whatever it is told to. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider as RealProvider } from 'oidc-provider';

export interface OpenIdServer {
  readonly issuer: string;
  close(): Promise<void>;
}

export interface RealOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly logoutUri: string;
  /** Claims by account; whoever comes is `person`. */
  readonly accounts: Record<string, Record<string, unknown>>;
  readonly person: () => string;
  /** Claims go into the ID token besides the user info. */
  readonly inIdToken?: boolean;
}

export async function startRealProvider(options: RealOptions): Promise<OpenIdServer> {
  const server = createServer();
  const issuer = await listen(server);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new RealProvider(issuer, {
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: [options.redirectUri],
        post_logout_redirect_uris: [options.logoutUri],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'k1' }] },
    cookies: { keys: ['only-for-tests'] },
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email'], groups: ['groups'] },
    conformIdTokenClaims: options.inIdToken !== true,
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...options.accounts[id] }),
    }),
    async loadExistingGrant({ oidc }: GrantContext) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId,
      });
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response);
    void provider.interactionFinished(request, response, { login: { accountId: options.person() } });
  });
  return { issuer, close: () => close(server) };
}

interface GrantContext {
  readonly oidc: {
    readonly provider: {
      Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<string> };
    };
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
  };
}

/** What the browser does at the provider, until it is sent to an address that is not the provider's. */
export async function visit(start: string, issuer: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = start;
  for (let hops = 0; hops < 10; hops++) {
    if (!url.startsWith(issuer)) return url;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${response.status} at ${url}: ${await response.text()}`);
    url = new URL(location, url).href;
  }
  throw new Error('the provider sends the browser in a circle');
}

export interface HostileProvider extends OpenIdServer {
  /** The ID token it gives next. */
  token: string;
  /** What it answers instead of metadata, tokens, keys: for a broken one. */
  broken: { readonly status: number; readonly body: string } | undefined;
  /** Signs as the provider does, or with another key or algorithm. */
  sign(claims: object, options?: { readonly alg?: string; readonly key?: KeyObject }): string;
}

export async function startHostileProvider(): Promise<HostileProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'k1' };
  const server = createServer((request, response) => {
    const { broken } = hostile;
    const json = (body: object) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (broken !== undefined) {
      response.writeHead(broken.status, { 'content-type': 'application/json' }).end(broken.body);
      return;
    }
    const path = request.url?.split('?')[0];
    if (path === '/.well-known/openid-configuration') {
      json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      });
    } else if (path === '/jwks') json({ keys: [jwk] });
    else json({ access_token: 'a', token_type: 'Bearer', id_token: hostile.token });
  });
  const issuer = await listen(server);
  const hostile: HostileProvider = {
    issuer,
    token: '',
    broken: undefined,
    sign(claims, { alg = 'RS256', key = privateKey } = {}) {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const text = `${part({ alg, kid: 'k1' })}.${part(claims)}`;
      return `${text}.${alg === 'none' ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')}`;
    },
    close: () => close(server),
  };
  return hostile;
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
