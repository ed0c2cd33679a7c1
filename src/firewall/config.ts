import { isIP } from 'node:net';
import type { Secret } from '../base/secret.ts';

export type FirewallKind = 'opnsense' | 'pfsense' | 'nftables' | 'memory';

/** One alias on one firewall, as the owner wrote it down. */
export interface FirewallConfig {
  readonly name: string;
  readonly driver: FirewallKind;
  readonly alias: string;
  readonly url?: string;
  readonly key?: Secret;
  readonly secret?: Secret;
  readonly tls?: FirewallTls;
  /** pfsense only: whether our apply may apply what somebody else has saved and not applied yet. Without: it waits. */
  readonly pending?: 'wait' | 'apply';
  /** opnsense, pfsense: cut what is open to an address that a person closes. */
  readonly killStates?: boolean;
  /** nftables only: family and name of the table that holds the sets. */
  readonly table?: string;
  /** nftables only: how to call nft, for a machine where that takes more than its name. */
  readonly command?: readonly string[];
}

export interface FirewallTls {
  readonly caFile?: string;
  /** PEM text; wins over caFile. */
  readonly ca?: string;
  readonly pin?: string;
  readonly serverName?: string;
}

export interface ConfigProblem {
  /** The key below the firewall's own section: 'url', 'tls.pin'. */
  readonly key: string;
  readonly message: string;
}

export const DEFAULT_NFTABLES_TABLE = 'inet sallyport';

/** Everything that is wrong at once; empty when a driver can be made of it. */
export function checkFirewallConfig(config: FirewallConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const complain = (key: string, message: string) => problems.push({ key, message });
  const rule = ALIAS_NAME[config.driver];
  if (!rule.pattern.test(config.alias)) {
    complain(
      'alias',
      `${JSON.stringify(config.alias)} cannot be a name on ${config.driver}: ${rule.inWords}`,
    );
  } else if (RESERVED_TABLES.has(config.alias.toLowerCase())) {
    complain('alias', `${config.alias} is a table the firewall needs for itself: make an alias of your own`);
  }
  if (config.driver === 'opnsense' || config.driver === 'pfsense') {
    for (const problem of checkRemote(config)) problems.push(problem);
  }
  if (config.driver === 'nftables' && !TABLE.test(config.table ?? DEFAULT_NFTABLES_TABLE)) {
    complain(
      'table',
      `${JSON.stringify(config.table)} is not a table: write family and name, as in "inet sallyport"`,
    );
  }
  if (config.driver === 'nftables' && FOREIGN_TABLE.test(config.table ?? '')) {
    complain(
      'table',
      `${JSON.stringify(config.table)} is kept by another program, which makes it anew as it likes: make a table of your own, as in "inet sallyport"`,
    );
  }
  return problems;
}

/** What a firewall is reached by, the same for all aliases on it; the stand-in in memory is one of its own each. */
export function boxOf({ name, driver, url, command }: FirewallConfig): string {
  if (driver === 'memory') return `memory ${name}`;
  return driver === 'nftables' ? `nftables ${command?.join(' ') ?? ''}` : `${driver} ${originOf(url ?? '')}`;
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

function checkRemote({ driver, url, key, secret, tls = {} }: FirewallConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const complain = (at: string, message: string) => problems.push({ key: at, message });
  const where = driver === 'opnsense' ? 'System > Access > Users' : 'System > REST API > Keys';
  if (url === undefined)
    complain('url', `${driver} needs the address of its web page, as in https://192.168.1.1`);
  else if (!URL.canParse(url))
    complain('url', `${JSON.stringify(url)} is not a URL; as in https://192.168.1.1`);
  else if (!isSafeForKey(new URL(url))) {
    complain('url', `${JSON.stringify(url)} would send the key in clear: use https://`);
  }
  if (key === undefined) complain('key', `${driver} needs an API key (${where})`);
  if (driver === 'opnsense' && secret === undefined) {
    complain(
      'secret',
      'opnsense needs the secret that belongs to the key; it is in the file OPNsense let you download',
    );
  }
  if (tls.pin !== undefined && !PIN.test(tls.pin)) {
    complain('tls.pin', `${JSON.stringify(tls.pin)} is not sha256/ and 44 base64 characters`);
  }
  return problems;
}

/** A key goes over TLS, or it stays on this machine (the simulators). */
function isSafeForKey(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return url.protocol === 'http:' && loopback;
}

const PIN = /^sha256\/[A-Za-z0-9+/]{43}=$/;
/** Of iptables-nft, firewalld, libvirt and CrowdSec. `inet filter` is the one of /etc/nftables.conf, and its owner's. */
const FOREIGN_TABLE =
  /^(?:(?:ip|ip6) (?:filter|nat|mangle|raw|security)|\S+ (?:firewalld|libvirt_network|crowdsec6?))$/;
const TABLE = /^(inet|ip|ip6|bridge|netdev) [A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** OPNsense: AliasNameField.php. pfSense: is_validaliasname in util.inc. nftables: its scanner, less what would need quoting. */
const ALIAS_NAME: Record<FirewallKind, { readonly pattern: RegExp; readonly inWords: string }> = {
  opnsense: {
    pattern: /^([a-zA-Z]|(([_a-zA-Z][a-zA-Z0-9]|[a-zA-Z][_a-zA-Z0-9])[_a-zA-Z0-9]{0,29}))$/,
    inWords: '1 to 31 letters, digits and underscores, beginning with a letter',
  },
  pfsense: {
    pattern: /^(?!pkg_)(?=.*[A-Za-z])[A-Za-z0-9_]{1,31}$/,
    inWords: '1 to 31 letters, digits and underscores with a letter among them, not beginning with pkg_',
  },
  nftables: {
    pattern: /^[A-Za-z][A-Za-z0-9_]{0,30}$/,
    inWords: '1 to 31 letters, digits and underscores, beginning with a letter',
  },
  memory: { pattern: /^.{1,63}$/, inWords: '1 to 63 characters' },
};

/** The keys in question may change every table of the box, so these are never ours to touch, whatever a person wrote. */
const RESERVED_TABLES: ReadonlySet<string> = new Set([
  'bogons',
  'bogonsv6',
  'negate_networks',
  'snort2c',
  'sshguard',
  'sshlockout',
  'tonatsubnets',
  'virusprot',
  'vpn_networks',
]);
