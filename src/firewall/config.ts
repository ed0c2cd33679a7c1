import { isIP } from 'node:net';
import type { Prefix } from '../base/ip-address.ts';
import type { Secret } from '../base/secret.ts';
import { isReservedOn } from './reserved-names.ts';

export const FIREWALL_KINDS = [
  'opnsense',
  'pfsense',
  'nftables',
  'mikrotik',
  'webhook',
  'feed',
  'memory',
] as const;
export type FirewallKind = (typeof FIREWALL_KINDS)[number];

/** Kinds that fetch their list when they please: no answer can wait for them. */
export const FETCHING_KINDS: ReadonlySet<FirewallKind> = new Set(['feed']);

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
  /** nftables only: the table is the owner's, though its name is not one of ours. */
  readonly adoptTable?: boolean;
  /** nftables only: how to call nft, for a machine where that takes more than its name. */
  readonly command?: readonly string[];
  /** feed only: where the firewall fetches the list from. */
  readonly sources?: readonly Prefix[];
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
  } else if (isReservedOn(config.driver, config.alias)) {
    complain(
      'alias',
      `${config.alias} cannot be a name on ${config.driver}: pf, a protocol, a service or an interface is called that; put an underscore in it, as in plexfw_live`,
    );
  }
  const remote = REMOTES[config.driver];
  if (remote !== undefined) problems.push(...checkRemote(config, remote));
  if (config.driver === 'feed') problems.push(...checkFeed(config));
  else if (config.sources !== undefined) complain('sources', 'goes with `driver: feed` only');
  if (config.driver === 'nftables') problems.push(...checkTable(config));
  return problems;
}

/** What a firewall is reached by, the same for all aliases on it; a list, and the stand-in in memory, is one of its own each. */
export function boxOf({ name, driver, url = '', command }: FirewallConfig): string {
  switch (driver) {
    case 'memory':
    case 'feed':
      return `${driver} ${name}`;
    case 'nftables':
      return `nftables ${command?.join(' ') ?? ''}`;
    // Two scripts may share a server.
    case 'webhook':
      return `webhook ${url}`;
    default:
      return `${driver} ${originOf(url)}`;
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** What the kinds that are reached over HTTP need besides the address; absent: not needed. */
interface Remote {
  /** What `url` has to be. */
  readonly url: string;
  readonly key?: string;
  readonly secret?: string;
}

const WEB_PAGE = 'the address of its web page, as in https://192.168.1.1';

const REMOTES: Readonly<Partial<Record<FirewallKind, Remote>>> = {
  opnsense: {
    url: WEB_PAGE,
    key: 'an API key (System > Access > Users)',
    secret: 'the secret that belongs to the key; it is in the file OPNsense let you download',
  },
  pfsense: { url: WEB_PAGE, key: 'an API key (System > REST API > Keys)' },
  mikrotik: {
    url: 'the address of its service www-ssl, as in https://192.168.88.1',
    key: 'the name of a RouterOS user (System > Users)',
    secret: 'the password of that user',
  },
  webhook: {
    url: 'the address of your script, as in https://192.168.1.1:8443/sallyport',
    secret: 'the secret that your script knows as well',
  },
};

function checkRemote(
  { driver, url, key, secret, tls = {} }: FirewallConfig,
  needs: Remote,
): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const complain = (at: string, message: string) => problems.push({ key: at, message });
  if (url === undefined) complain('url', `${driver} needs ${needs.url}`);
  else if (!URL.canParse(url))
    complain('url', `${JSON.stringify(url)} is not a URL; as in https://192.168.1.1`);
  else if (!isSafeForKey(new URL(url))) {
    complain('url', `${JSON.stringify(url)} would send the key in clear: use https://`);
  }
  if (needs.key !== undefined && key === undefined) complain('key', `${driver} needs ${needs.key}`);
  if (needs.secret !== undefined && secret === undefined)
    complain('secret', `${driver} needs ${needs.secret}`);
  if (tls.pin !== undefined && !PIN.test(tls.pin)) {
    complain('tls.pin', `${JSON.stringify(tls.pin)} is not sha256/ and 44 base64 characters`);
  }
  return problems;
}

function checkFeed({ url, sources = [] }: FirewallConfig): readonly ConfigProblem[] {
  return [
    ...(url === undefined
      ? []
      : [{ key: 'url', message: 'leave it out: the firewall fetches the list, nobody calls it' }]),
    // Whoever else reads the list must not count as the firewall holding it.
    ...(sources.length > 0
      ? []
      : [
          {
            key: 'sources',
            message: 'name the addresses the firewall fetches the list from, as in [192.168.1.1]',
          },
        ]),
  ];
}

/** A table of somebody else is made anew without our sets, or is not where the rules look; only its owner can say that it is not. */
function checkTable({
  table = DEFAULT_NFTABLES_TABLE,
  adoptTable = false,
}: FirewallConfig): readonly ConfigProblem[] {
  const complain = (message: string) => [{ key: 'table', message: `${JSON.stringify(table)} ${message}` }];
  if (!TABLE.test(table)) {
    return complain(
      'is not family and name of a table of family inet, the one for IPv4 and IPv6 alike: make a table of your own, as in "inet sallyport"',
    );
  }
  if (FOREIGN_TABLE.test(table)) {
    return complain(
      'is kept by another program, which makes it anew as it likes: make a table of your own, as in "inet sallyport"',
    );
  }
  if (OWN_TABLE.test(table) || adoptTable) return [];
  return complain(
    'may be another program\'s: take "inet sallyport", or "inet sallyport_" and a name; where you keep that table yourself, write `adoptTable: true` beside it',
  );
}

/** A key goes over TLS, or it stays on this machine (the simulators). */
function isSafeForKey(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return url.protocol === 'http:' && loopback;
}

const PIN = /^sha256\/[A-Za-z0-9+/]{43}=$/;
/** Both families of addresses go into one table, and rules only see the sets of theirs. */
const TABLE = /^inet [A-Za-z_][A-Za-z0-9_]{0,62}$/;
const OWN_TABLE = /^inet sallyport(?:_[A-Za-z0-9_]+)?$/;
/** Of firewalld, OpenWrt, LXD, Incus, libvirt and CrowdSec. */
const FOREIGN_TABLE = /^inet (?:firewalld|fw4|lxd|incus|libvirt_network|crowdsec6?)$/;

const PLAIN_NAME = {
  pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/,
  inWords: '1 to 63 letters, digits, dots, dashes and underscores, beginning with a letter',
};

/** mikrotik, webhook and feed: what needs no quotes in a script or a path. OPNsense: AliasNameField.php. pfSense: is_validaliasname in util.inc. nftables: its scanner, less what would need quoting. */
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
  mikrotik: PLAIN_NAME,
  webhook: PLAIN_NAME,
  feed: PLAIN_NAME,
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
