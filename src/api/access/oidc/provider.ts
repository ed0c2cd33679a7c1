/**
 * Signing in at an OpenID provider: authorization code with PKCE, state and nonce. openid-client does what the
 * specifications ask for; what it does not ask by itself, such as the signature of the ID token, is switched on here.
 */
import type * as OpenId from 'openid-client';
import type { Clock } from '../../../base/clock.ts';
import { KnownError } from '../../../base/errors.ts';
import type { Secret } from '../../../base/secret.ts';
import { type Claims, hasClaim, type RoleRules } from './claims.ts';
import { boundedFetch } from './fetch.ts';
import { createFlows, type Flow, type Flows } from './flows.ts';

export interface OidcSettings extends RoleRules {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret?: Secret | undefined;
  readonly scopes: readonly string[];
  /** Text of the button. */
  readonly name: string;
}

export interface Provider {
  readonly settings: OidcSettings;
  readonly publicUrl: URL;
  readonly flows: Flows;
  /** Where to send the browser, and what to remember of it. Throws provider-unreachable. */
  begin(returnTo: string): Promise<{ readonly url: URL; readonly flow: Flow }>;
  /** Who came back with this query. Throws provider-unreachable or provider-refused. */
  finish(query: string, flow: Flow): Promise<Vouching>;
  /** Where the browser signs out at the provider too; undefined where that is not offered, or nobody answers. */
  signOutUrl(): Promise<URL | undefined>;
}

export interface Vouching {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Claims;
}

export const CALLBACK_PATH = '/api/v1/session/oidc/callback';

/** Seconds the provider's clock and ours may differ. */
const CLOCK_SKEW_S = 60;
/** Seconds for an answer of the provider; a browser waits for it. */
const ANSWER_LIMIT_S = 10;
/** Milliseconds after which the provider is asked anew what it can: it may have moved an address. */
const DISCOVERY_LIFETIME_MS = 3_600_000;

/** Nothing is asked before somebody wants to sign in; a provider that is down now may be up for the next one. */
export function createProvider(settings: OidcSettings, publicUrl: URL, clock: Clock): Provider {
  const redirectUri = `${withoutSlash(publicUrl)}${CALLBACK_PATH}`;
  let known: { readonly config: Promise<OpenId.Configuration>; readonly at: number } | undefined;

  const configuration = (client: typeof OpenId): Promise<OpenId.Configuration> => {
    if (known !== undefined && clock.now() - known.at < DISCOVERY_LIFETIME_MS) return known.config;
    const config = discover(client, settings);
    known = { config, at: clock.now() };
    config.catch(() => {
      if (known?.config === config) known = undefined;
    });
    return config;
  };

  return {
    settings,
    publicUrl,
    flows: createFlows(clock),
    async begin(returnTo) {
      const client = await import('openid-client');
      const config = await asked(settings, () => configuration(client));
      const flow = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
        returnTo,
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: [...new Set(['openid', ...settings.scopes])].join(' '),
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(flow.codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url, flow };
    },
    async finish(query, flow) {
      const client = await import('openid-client');
      return asked(settings, async () => {
        const config = await configuration(client);
        const tokens = await client.authorizationCodeGrant(config, new URL(`${redirectUri}${query}`), {
          pkceCodeVerifier: flow.codeVerifier,
          expectedState: flow.state,
          expectedNonce: flow.nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new Error('no ID token');
        const { iss: issuer, sub: subject } = claims;
        const canTellMore = config.serverMetadata().userinfo_endpoint !== undefined;
        if (hasClaim(claims, settings.roleClaim) || !canTellMore) return { issuer, subject, claims };
        const more = await client.fetchUserInfo(config, tokens.access_token, subject);
        return { issuer, subject, claims: { ...more, ...claims } };
      });
    },
    async signOutUrl() {
      const client = await import('openid-client');
      try {
        const config = await configuration(client);
        if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
        return client.buildEndSessionUrl(config, {
          post_logout_redirect_uri: `${withoutSlash(publicUrl)}/`,
        });
      } catch {
        // Signed out here is what was asked for; that it is not offered there, or nobody answers, changes nothing.
        return undefined;
      }
    },
  };
}

export function withoutSlash(url: URL): string {
  return url.href.replace(/\/$/, '');
}

function discover(client: typeof OpenId, settings: OidcSettings): Promise<OpenId.Configuration> {
  const { issuer, clientId, clientSecret } = settings;
  // Only where the configuration let http:// through, for this machine or by name of the setting.
  const insecure = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  return client.discovery(
    issuer,
    clientId,
    { [client.clockTolerance]: CLOCK_SKEW_S },
    clientSecret === undefined ? client.None() : secretAs(client, clientSecret),
    {
      execute: [client.enableNonRepudiationChecks, ...insecure],
      timeout: ANSWER_LIMIT_S,
      [client.customFetch]: boundedFetch,
    },
  );
}

/** In the header, as is usual; in the body where the provider takes it only there. */
function secretAs(client: typeof OpenId, secret: Secret): OpenId.ClientAuth {
  const basic = client.ClientSecretBasic(secret.reveal());
  const post = client.ClientSecretPost(secret.reveal());
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isOnlyPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
    (isOnlyPost ? post : basic)(server, ...rest);
  };
}

/** Errors of the library carry answers, tokens and codes with them: only their kind goes on. */
async function asked<T>({ issuer }: OidcSettings, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
      if (at instanceof KnownError) throw at;
    }
    throw new KnownError('provider-refused', `${issuer.host} did not sign you in: ${kindOf(error)}`, {
      hint: 'Begin anew. If it stays so, compare client id, secret and redirect URI with what the provider has: docs/sign-in.md.',
    });
  }
}

/** `access_denied` of the provider (with a challenge it is always about the client), or the code of the check that failed; both come from a closed set of characters. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const told = 'error' in error ? error.error : undefined;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') return 'invalid_client';
  const text = [told, code].find((one) => typeof one === 'string') ?? error.name;
  return String(text)
    .replaceAll(/[^A-Za-z0-9_ .-]/g, '')
    .slice(0, 80);
}
