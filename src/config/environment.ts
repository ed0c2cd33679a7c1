/** The environment: a name for each key that a container or a unit file sets, each secret also as <NAME>_FILE. */
import { type Layer, merge, type Written, withValue } from './layers.ts';
import type { Problem } from './problems.ts';
import { nearest } from './problems.ts';

interface Variable {
  readonly path: readonly string[];
  /** `pem` is a secret that keeps the path of its file: it may be replaced while we run. */
  readonly kind: 'text' | 'list' | 'flag' | 'secret' | 'pem';
}

/** SALLYPORT_CONFIG is read before all others; the firewall's make one firewall named "default". */
export const VARIABLES: Readonly<Record<string, Variable>> = {
  SALLYPORT_DATA_DIR: { path: ['dataDir'], kind: 'text' },
  SALLYPORT_LOG_LEVEL: { path: ['logLevel'], kind: 'text' },
  SALLYPORT_DNS_LISTEN: { path: ['dns', 'listen'], kind: 'list' },
  SALLYPORT_WEB_LISTEN: { path: ['web', 'listen'], kind: 'list' },
  SALLYPORT_ALLOWED_HOSTS: { path: ['web', 'allowedHosts'], kind: 'list' },
  SALLYPORT_BASE_PATH: { path: ['web', 'basePath'], kind: 'text' },
  SALLYPORT_PUBLIC_URL: { path: ['web', 'publicUrl'], kind: 'text' },
  SALLYPORT_TRUSTED_PROXIES: { path: ['web', 'trustedProxies'], kind: 'list' },
  SALLYPORT_TLS: { path: ['web', 'tls', 'mode'], kind: 'text' },
  SALLYPORT_TLS_CERT: { path: ['web', 'tls', 'cert'], kind: 'text' },
  SALLYPORT_TLS_KEY: { path: ['web', 'tls', 'key'], kind: 'pem' },
  SALLYPORT_PASSWORD_LOGIN: { path: ['web', 'passwordLogin'], kind: 'flag' },
  SALLYPORT_OIDC_ISSUER: { path: ['oidc', 'issuer'], kind: 'text' },
  SALLYPORT_OIDC_CLIENT_ID: { path: ['oidc', 'clientId'], kind: 'text' },
  SALLYPORT_OIDC_CLIENT_SECRET: { path: ['oidc', 'clientSecret'], kind: 'secret' },
  SALLYPORT_OIDC_ROLE_CLAIM: { path: ['oidc', 'roleClaim'], kind: 'text' },
  SALLYPORT_OIDC_ADMIN: { path: ['oidc', 'admin'], kind: 'list' },
  SALLYPORT_OIDC_APPROVER: { path: ['oidc', 'approver'], kind: 'list' },
  SALLYPORT_OIDC_VIEWER: { path: ['oidc', 'viewer'], kind: 'list' },
  SALLYPORT_OIDC_SCOPES: { path: ['oidc', 'scopes'], kind: 'list' },
  SALLYPORT_OIDC_NAME: { path: ['oidc', 'name'], kind: 'text' },
  SALLYPORT_OIDC_ALLOW_HTTP: { path: ['oidc', 'allowHttp'], kind: 'flag' },
  SALLYPORT_UPSTREAMS: { path: ['upstreams'], kind: 'list' },
  SALLYPORT_BOOTSTRAP: { path: ['bootstrap'], kind: 'list' },
  SALLYPORT_ADMIN_PASSWORD: { path: ['adminPassword'], kind: 'secret' },
  SALLYPORT_API_TOKEN: { path: ['apiToken'], kind: 'secret' },
  SALLYPORT_FIREWALL_DRIVER: { path: ['firewall', 'driver'], kind: 'text' },
  SALLYPORT_FIREWALL_URL: { path: ['firewall', 'url'], kind: 'text' },
  SALLYPORT_FIREWALL_KEY: { path: ['firewall', 'key'], kind: 'secret' },
  SALLYPORT_FIREWALL_SECRET: { path: ['firewall', 'secret'], kind: 'secret' },
  SALLYPORT_FIREWALL_ALIAS: { path: ['firewall', 'alias'], kind: 'text' },
  SALLYPORT_FIREWALL_PIN: { path: ['firewall', 'tls', 'pin'], kind: 'text' },
};

export type Environment = Readonly<Record<string, string | undefined>>;
export type ReadFile = (path: string) => string;

export interface EnvironmentLayer extends Layer {
  readonly problems: readonly Problem[];
}

export function readEnvironment(env: Environment, readFile: ReadFile): EnvironmentLayer {
  const problems: Problem[] = [...misspelt(env)];
  const names = new Map<string, string>();
  let values: { readonly [key: string]: Written } = {};
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const found = readVariable(name, variable, { env, readFile, problems });
    if (found === undefined) continue;
    names.set(placeOf(variable).join('.'), found.name);
    values = merge(values, withValue(variable.path, found.value));
  }
  const { firewall, ...rest } = values;
  return {
    values:
      firewall === undefined ? rest : { ...rest, firewalls: [{ name: 'default', ...(firewall as object) }] },
    problems,
    sourceOf(path) {
      const key = path.join('.');
      const exact = names.get(key) ?? [...names].find(([at]) => key.startsWith(`${at}.`))?.[1];
      if (exact !== undefined) return `env ${exact}`;
      const missing = Object.entries(VARIABLES).find(([, v]) => placeOf(v).join('.') === key)?.[0];
      return `env ${missing ?? [...names].find(([at]) => at.startsWith(key))?.[1] ?? 'SALLYPORT_FIREWALL_*'}`;
    },
  };
}

interface Reading {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly problems: Problem[];
}

function readVariable(name: string, { kind }: Variable, { env, readFile, problems }: Reading) {
  const text = env[name];
  const file = kind === 'secret' || kind === 'pem' ? env[`${name}_FILE`] : undefined;
  // Compose writes an empty string for a variable that is not set.
  const isSet = text !== undefined && text !== '';
  if (file !== undefined && file !== '') {
    if (isSet) {
      problems.push({ key: `env ${name}`, wanted: `set either ${name} or ${name}_FILE, not both` });
      return undefined;
    }
    try {
      const value = readFile(file).trim();
      return { name: `${name}_FILE`, value: kind === 'pem' ? { file } : value };
    } catch {
      problems.push({ key: `env ${name}_FILE`, value: file, wanted: 'name a file that Sallyport may read' });
      return undefined;
    }
  }
  if (!isSet) return undefined;
  return { name, value: asWritten(kind, text) };
}

/** As the same would stand in the file; what is no flag is left for the schema to refuse. */
function asWritten(kind: Variable['kind'], text: string): Written {
  if (kind === 'flag' && ['true', 'false'].includes(text)) return text === 'true';
  if (kind !== 'list') return text;
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function placeOf({ path }: Variable): readonly string[] {
  return path[0] === 'firewall' ? ['firewalls', '0', ...path.slice(1)] : path;
}

/** Names of other things may begin like ours, so only what looks like a slip of the pen is refused. */
function misspelt(env: Environment): readonly Problem[] {
  const secrets = Object.entries(VARIABLES).filter(([, v]) => v.kind === 'secret' || v.kind === 'pem');
  const known = ['SALLYPORT_CONFIG', ...Object.keys(VARIABLES), ...secrets.map(([name]) => `${name}_FILE`)];
  return Object.keys(env)
    .filter((name) => name.startsWith('SALLYPORT_') && !known.includes(name))
    .map((name) => ({ name, near: nearest(name, known) }))
    .filter(({ near }) => near !== undefined)
    .map(({ name, near }) => ({ key: `env ${name}`, wanted: `not a setting; did you mean ${near}?` }));
}
