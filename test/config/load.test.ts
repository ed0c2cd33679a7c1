import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { KnownError } from '../../src/base/errors.ts';
import { formatPrefix } from '../../src/base/ip-address.ts';
import { VARIABLES } from '../../src/config/environment.ts';
import { type LoadOptions, loadConfig } from '../../src/config/load.ts';
import { type JsonSchema, writtenSchema } from '../../src/config/schema/sections.ts';
import { formatPattern } from '../../src/policy/pattern.ts';

const DOC = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const EXAMPLE = /```yaml\n([\s\S]*?)```/.exec(DOC)?.[1] ?? '';
const SECRETS = { '/run/secrets/opnsense_key': 'k3y\n', '/run/secrets/opnsense_secret': 's3cret\n' };

interface Written extends Partial<Omit<LoadOptions, 'readFile'>> {
  readonly yaml?: string;
  readonly files?: Readonly<Record<string, string>>;
}

function load({ yaml, files = {}, env = {}, ...rest }: Written = {}) {
  const all: Record<string, string> = { ...files, ...(yaml === undefined ? {} : { 'sallyport.yaml': yaml }) };
  return loadConfig({
    databaseSettings: {},
    env,
    ...rest,
    readFile(path) {
      const text = all[path];
      if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return text;
    },
  });
}

/** The lines of the message, without their indentation. */
function problemsOf(written: Written): readonly string[] {
  try {
    load(written);
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    expect(error.code).toBe('config-invalid');
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

test('without any configuration everything has its default', () => {
  const { config, sources, file } = load();
  expect(config).toEqual({
    dataDir: './data',
    logLevel: 'info',
    dns: { listen: ['127.0.0.1:1053'] },
    web: {
      listen: ['127.0.0.1:8080'],
      allowedHosts: [],
      trustedProxies: [],
      basePath: '',
      passwordLogin: true,
    },
    upstreamStrategy: 'ordered',
    bootstrap: [],
    forward: [],
    feeds: [],
    firewalls: [],
    sync: { schedule: '* * * * *' },
    limits: {
      client: { rate: 200, burst: 1000 },
      wildcard: { names: 1000, labelLength: 40, nameLength: 100 },
      wildcards: new Map(),
      addresses: { name: 16, rule: 1000, group: 5000, learn: 2000 },
    },
    file: 'managed',
    neverList: [],
    records: [],
  });
  expect(sources.get('dns')).toBe('default');
  expect(file).toBeUndefined();
});

test('a small group lets no rule have more than itself', () => {
  const { config } = load({ yaml: 'limits: { addresses: { group: 500 } }' });
  expect(config.limits.addresses).toMatchObject({ rule: 500, group: 500 });
});

test('the documented example becomes what the house is given', () => {
  const { config, sources, file } = load({ yaml: EXAMPLE, files: SECRETS });
  const [group] = config.groups ?? [];
  expect(group?.clients.map(formatPrefix)).toEqual(['192.168.20.5', '2001:db8:20::/64']);
  expect(group?.settings).toEqual({
    mode: 'enforce',
    enforceOverride: true,
    holdLimitMs: 2000,
    onHoldLimit: 'answer',
    presets: ['plex-core', 'plex-updates'],
  });
  expect(group?.rules.map((r) => [r.action, formatPattern(r.pattern), r.types, r.until])).toEqual([
    ['allow', '.plex.tv', undefined, undefined],
    ['allow', '_v2-origintunneld._tcp.argotunnel.com', ['SRV', 'TXT'], Date.UTC(2027, 0, 1)],
    ['deny', 'analytics.plex.tv', undefined, undefined],
  ]);
  expect(group?.pins).toMatchObject([{ ports: [7844], note: 'cloudflared', until: Date.UTC(2027, 0, 1) }]);
  const [firewall] = config.firewalls;
  expect(firewall).toMatchObject({ name: 'edge', driver: 'opnsense', groups: ['plex'], required: true });
  expect(firewall?.key?.reveal()).toBe('k3y');
  expect(firewall?.secret?.reveal()).toBe('s3cret');
  expect(inspect(config, { depth: 9 })).not.toContain('s3cret');
  expect(sources.get('groups[0].rules[2].deny')).toBe('sallyport.yaml:16');
  expect(file).toBe('sallyport.yaml');
});

test('limits are joined key by key, and another budget takes what it does not say from the general one', () => {
  const yaml = `limits:
  clientRate: 500
  wildcard: { labelLength: 63 }
  wildcards:
    - { pattern: "*.googlevideo.com", names: 2000 }
    - { pattern: .Example.ORG, nameLength: 255 }
  addresses: { rule: 300 }
`;
  expect(load({ yaml }).config.limits).toEqual({
    client: { rate: 500, burst: 1000 },
    wildcard: { names: 1000, labelLength: 63, nameLength: 100 },
    wildcards: new Map([
      ['*.googlevideo.com', { names: 2000, labelLength: 63, nameLength: 100 }],
      ['.example.org', { names: 1000, labelLength: 63, nameLength: 255 }],
    ]),
    addresses: { name: 16, rule: 300, group: 5000, learn: 2000 },
  });
});

test('arguments go over the environment, that over the file, that over the database', () => {
  const yaml = `logLevel: debug
sync: { schedule: "1 * * * *" }
upstreams: [192.168.1.9]
web: { basePath: /fw }
`;
  const { config, sources } = load({
    yaml,
    env: {
      SALLYPORT_UPSTREAMS: '192.168.1.1, tcp://[2001:db8::1]',
      SALLYPORT_WEB_LISTEN: '127.0.0.1:1',
      SALLYPORT_LOG_LEVEL: '',
    },
    argv: ['--lan', '192.168.1.20'],
    databaseSettings: {
      'sync.schedule': '2 * * * *',
      neverList: ['10.9.0.0/16'],
      'setup-token': 'x',
      dataDir: '/elsewhere',
    },
  });
  expect(config).toMatchObject({
    dataDir: './data',
    logLevel: 'debug',
    sync: { schedule: '1 * * * *' },
    upstreams: ['udp://192.168.1.1:53', 'tcp://[2001:db8::1]:53'],
    web: { listen: ['192.168.1.20:8080'], basePath: '/fw' },
    dns: { listen: ['192.168.1.20:53'] },
    neverList: [{ address: '10.9.0.0', length: 16 }],
  });
  const asked = ['dataDir', 'logLevel', 'upstreams', 'web.listen', 'web.basePath', 'neverList'];
  expect(asked.map((key) => sources.get(key))).toEqual([
    'default',
    'sallyport.yaml:1',
    'env SALLYPORT_UPSTREAMS',
    'argument --lan',
    'sallyport.yaml:4',
    'database',
  ]);
});

test('an IPv6 address behind --lan gets its brackets', () => {
  expect(load({ argv: ['--lan', '2001:db8::20'] }).config.dns.listen).toEqual(['[2001:db8::20]:53']);
});

test('the environment alone makes one firewall, for all groups', () => {
  const { config } = load({
    env: {
      SALLYPORT_FIREWALL_DRIVER: 'opnsense',
      SALLYPORT_FIREWALL_URL: 'https://192.168.1.1',
      SALLYPORT_FIREWALL_KEY_FILE: '/run/secrets/opnsense_key',
      SALLYPORT_FIREWALL_SECRET: 'abc',
      SALLYPORT_FIREWALL_ALIAS: 'plexfw_live',
    },
    files: SECRETS,
  });
  const [firewall] = config.firewalls;
  expect(firewall).toMatchObject({
    name: 'default',
    driver: 'opnsense',
    alias: 'plexfw_live',
    required: true,
  });
  expect(firewall).not.toHaveProperty('groups');
  expect(firewall?.key?.reveal()).toBe('k3y');
});

test('everything that is wrong is said at once, with its place, its value and what would be right', () => {
  const yaml = `upstream: [udp://192.168.1.1]
groups:
  - name: plex
    clients: [192.168.20.500, 10.0.0.1]
    gate: { holdLimit: 20 }
    rules:
      - allow: "*.*.tv"
      - { allow: a.org, deny: b.org }
  - name: arr
    clients: [10.0.0.1]
    modes: learn
`;
  const env = { SALLYPORT_DNS_LISTEN: 'everywhere', SALLYPORT_UPSTREM: 'x' };
  expect(problemsOf({ yaml, env, argv: ['--lam', '--lan'] })).toEqual([
    'argument --lam: unknown; known are --lan <address> and --config <path>',
    'argument --lan: write an address behind it',
    'env SALLYPORT_UPSTREM: not a setting; did you mean SALLYPORT_UPSTREAMS?',
    'sallyport.yaml:1 upstream: unknown key; did you mean upstreams?',
    'env SALLYPORT_DNS_LISTEN: "everywhere": write an address and a port, as in 192.168.1.20:53 or [2001:db8::1]:53',
    'sallyport.yaml:4 groups[0].clients[0]: "192.168.20.500": write an address or a prefix, as in 192.168.20.5 or 2001:db8:20::/64',
    'sallyport.yaml:5 groups[0].gate.holdLimit: 20: write a number with its unit (ms, s, m, h, d) from 0ms to 5s, as in 10m',
    'sallyport.yaml:7 groups[0].rules[0].allow: "*.*.tv": write example.org (that name), *.example.org (everything below it) or .example.org (both) (* stands only at the front, as in *.example.org)',
    'sallyport.yaml:8 groups[0].rules[1]: write either `allow: <pattern>` or `deny: <pattern>`',
    'sallyport.yaml:11 groups[1].modes: unknown key; did you mean mode?',
  ]);
});

const FIREWALL = 'driver: memory, alias: a';

test.each<[string, string, string]>([
  [
    'a client in two groups',
    'groups: [{ name: a, clients: [10.0.0.0/8] }, { name: b, clients: [10.1.2.3/8] }]',
    'groups[1].clients[0]: "10.1.2.3/8": group a has this client already; a client belongs to one group',
  ],
  [
    'one alias of a box twice',
    'firewalls: [{ name: a, driver: nftables, alias: open }, { name: b, driver: nftables, alias: open, table: inet sallyport }]',
    'firewalls[1].alias: "open": firewall a has this alias on the same box; write one entry, and name all its groups there',
  ],
  [
    'two groups of one name',
    'groups: [{ name: a }, { name: a }]',
    'groups[1].name: "a": this name is taken by another one above; give each its own',
  ],
  [
    'a firewall for a group that is not there',
    `{ groups: [{ name: plex }], firewalls: [{ name: f, ${FIREWALL}, groups: [plx] }] }`,
    'firewalls[0].groups[0]: "plx": name a group of this file: there are plex',
  ],
  [
    'a feed without a list',
    '{ groups: [{ name: plex }], feeds: [{ name: push, groups: [plex], note: x }] }',
    'feeds[0]: write `url`, `file`, `addresses` or `preset`',
  ],
  [
    'a feed whose secret anybody on the way could read',
    `{ groups: [{ name: plex }], feeds: [{ name: push, groups: [plex], url: 'http://lists.example/', headers: { X-Key: s3cretvalue } }] }`,
    'feeds[0].url: "http://lists.example/": write https: what is sent with it is secret',
  ],
  [
    'a header of several lines',
    `{ groups: [{ name: plex }], feeds: [{ name: push, groups: [plex], url: 'https://lists.example/', headers: { X-Key: "one\\ntwo" } }] }`,
    'feeds[0].headers.X-Key: "[redacted]": write one line of plain characters: this is sent in a header',
  ],
  [
    'a header that is not the owner’s to write',
    `{ groups: [{ name: plex }], feeds: [{ name: push, groups: [plex], url: 'https://lists.example/', headers: { Host: elsewhere } }] }`,
    'feeds[0].headers.Host: "[redacted]": name another header: this one is ours to send',
  ],
  [
    'a list in XML without a way to it',
    `{ groups: [{ name: plex }], feeds: [{ name: push, groups: [plex], url: 'https://lists.example/', format: xml }] }`,
    'feeds[0].path: write the elements with dots between them, and the attribute, as in Server@host',
  ],
  [
    'a token for a feed of one’s own',
    `{ groups: [{ name: plex }], feeds: [{ name: push, groups: [plex], url: 'https://lists.example/', token: s3cretvalue }] }`,
    'feeds[0].token: "[redacted]": goes with `preset` only; write other secrets below `headers`',
  ],
  [
    'addresses of a feed that are never opened',
    '{ groups: [{ name: plex }], feeds: [{ name: push, groups: [plex], addresses: [192.168.1.1] }] }',
    'feeds[0].addresses[0]: "192.168.1.1": name another address: private and special addresses, public resolvers and those of `neverList` are never opened',
  ],
  [
    'a Plex server that is one’s own and shared',
    `groups: [{ name: plex, plexDirect: { hashes: [${'a'.repeat(32)}], shared: [{ hash: ${'A'.repeat(32)}, addresses: [203.0.113.9] }] } }]`,
    `groups[0].plexDirect.shared[0].hash: "${'A'.repeat(32)}": name each server once, in \`hashes\` or in \`shared\``,
  ],
  [
    'a shared Plex server at home',
    `groups: [{ name: plex, plexDirect: { shared: [{ hash: ${'a'.repeat(32)}, addresses: [10.0.0.9] }] } }]`,
    'groups[0].plexDirect.shared[0].addresses[0]: "10.0.0.9": name the public address of the server: private and special addresses, public resolvers and those of `neverList` are never opened',
  ],
  [
    'a driver that there is none of',
    'firewalls: [{ name: edge, driver: iptables, alias: a }]',
    'firewalls[0].driver: "iptables": write opnsense, pfsense, nftables, mikrotik, webhook, feed or memory',
  ],
  [
    'a list that anybody might fetch',
    'firewalls: [{ name: edge, driver: feed, alias: a }]',
    'firewalls[0].sources: name the addresses the firewall fetches the list from, as in [192.168.1.1]',
  ],
  [
    'waiting for a firewall that fetches when it pleases',
    '{ groups: [{ name: plex, gate: { onHoldLimit: servfail } }], firewalls: [{ name: edge, driver: feed, alias: a, sources: [192.168.1.1] }] }',
    'groups[0].gate.onHoldLimit: "servfail": write answer, or `required: false` for firewall edge: it fetches its list when it pleases, so each new name would fail until then',
  ],
  [
    'a list that is only compared',
    'firewalls: [{ name: edge, driver: feed, alias: a, sources: [192.168.1.1], mode: verify }]',
    'firewalls[0].mode: "verify": leave it out: feed serves a list, there is none to compare',
  ],
  [
    'a secret of the environment that is not there',
    'apiToken: { env: NO_SUCH }',
    'apiToken: the environment has no NO_SUCH',
  ],
  ['a value instead of keys', 'web: 5', 'web: 5: write keys of its own below it'],
  ['a value instead of a list', 'neverList: 10.0.0.1', 'neverList: "10.0.0.1": write a list, as in [a, b]'],
  [
    'every address as one that is never opened',
    'neverList: ["::/0"]',
    'neverList[0]: "::/0": name the networks that may never be opened: this is every address, and none would ever be',
  ],
  [
    'a day that is not there',
    'groups: [{ name: a, rules: [{ allow: a.org, until: 2026-02-31 }] }]',
    'groups[0].rules[0].until: "2026-02-31": write a day as in 2026-12-31 (until its end, UTC), or a moment as in 2026-12-31T18:00:00Z',
  ],
  [
    'a record of the wrong family',
    'records: [{ name: a.home.arpa, type: AAAA, data: 10.0.0.1 }]',
    'records[0].data: "10.0.0.1": an A record has an IPv4 address, an AAAA record an IPv6 address',
  ],
  [
    'a name with a CNAME and something else',
    'records: [{ name: a.home.arpa, type: CNAME, data: b.org }, { name: a.home.arpa, type: TXT, data: x }]',
    'records: a.home.arpa has a CNAME, and then nothing else; take one of its records out',
  ],
  [
    'a CNAME to itself',
    'records: [{ name: a.home.arpa, type: CNAME, data: A.home.arpa }]',
    'records: the CNAME of a.home.arpa leads back to it; name another target',
  ],
  [
    'an SRV record without its numbers',
    'records: [{ name: a.home.arpa, type: SRV, data: b.org }]',
    'records[0].data: "b.org": write priority, weight, port and target, as in "0 5 32400 plex.home.arpa"',
  ],
  [
    'an upstream by name',
    'upstreams: [udp://dns.example.org]',
    'upstreams[0]: "udp://dns.example.org": write udp://, tcp://, tls:// or https:// and an address, as in udp://192.168.1.1, tls://9.9.9.9#dns.quad9.net or https://dns.quad9.net/dns-query (an IP address, and a port behind a colon; IPv6 in brackets)',
  ],
  [
    'an encrypted upstream by name that nobody can find',
    'upstreams: [tls://dns.quad9.net]',
    'upstreams[0]: "tls://dns.quad9.net": add `bootstrap: [9.9.9.9]`, a plain resolver that is asked only where dns.quad9.net is, or write its address with the name behind #, as in tls://9.9.9.9#dns.quad9.net',
  ],
  [
    'an upstream of another kind',
    'upstreams: [5]',
    'upstreams[0]: 5: write udp://, tcp://, tls:// or https:// and an address, as in udp://192.168.1.1, tls://9.9.9.9#dns.quad9.net or https://dns.quad9.net/dns-query, or { url: <that>, ca: <path of a PEM file> }',
  ],
  [
    'an authority that is not there',
    'upstreams: [{ url: tls://192.0.2.1, ca: /missing.pem }]',
    'upstreams[0].ca: "/missing.pem": write the path of a PEM file that Sallyport may read, or its text',
  ],
  [
    'an encrypted bootstrap resolver',
    'bootstrap: [tls://9.9.9.9]',
    'bootstrap[0]: "tls://9.9.9.9": write the IP address of a plain resolver, as in 9.9.9.9 or [2620:fe::fe]:53',
  ],
  [
    'an upstream that is ourselves',
    'upstreams: [udp://192.168.1.1, "udp://127.0.0.1:1053"]',
    'upstreams[1]: "udp://127.0.0.1:1053": name another resolver: this is where Sallyport itself listens (dns.listen), so questions would come back to it',
  ],
  [
    'an upstream that is an address of ours, where all of them are listened on',
    '{ dns: { listen: ["0.0.0.0:53"] }, forward: [{ domain: .a.org, upstreams: [tcp://127.0.0.1] }] }',
    'forward[0].upstreams[0]: "tcp://127.0.0.1": name another resolver: this is where Sallyport itself listens (dns.listen), so questions would come back to it',
  ],
  [
    'half a question',
    'limits: { clientRate: 0.5 }',
    'limits.clientRate: 0.5: write a whole number from 0 to 1000000',
  ],
  [
    'a budget of one name',
    'limits: { wildcards: [{ pattern: a.org, names: 5 }] }',
    'limits.wildcards[0].pattern: "a.org": write a pattern that covers many names: *.example.org or .example.org',
  ],
  [
    'a cap that opens nothing',
    'limits: { addresses: { name: 0 } }',
    'limits.addresses.name: 0: write a whole number from 1 to 1000000',
  ],
  [
    'a cap of a rule that its group never lets it reach',
    'limits: { addresses: { rule: 600, group: 500 } }',
    'limits.addresses.rule: 600: write at most what a group may have open (limits.addresses.group: 500)',
  ],
  [
    'the sentinel, opened by hand',
    'groups: [{ name: plex, addresses: [{ cidr: 192.0.2.254 }] }]',
    'groups[0].addresses[0].cidr: "192.0.2.254": name another address: this one is the sentinel, which shows that a firewall lost its table (firewalls[].sentinel)',
  ],
  [
    'a listener without a port',
    'dns: { listen: [192.168.1.20] }',
    'dns.listen[0]: "192.168.1.20": write an address and a port, as in 192.168.1.20:53 or [2001:db8::1]:53',
  ],
  ['a key that nothing is like', 'sync: { whatever: 1 }', 'sync.whatever: unknown key; known are schedule'],
])('%s is refused', (_, yaml, problem) => {
  expect(problemsOf({ yaml })).toEqual([`sallyport.yaml:1 ${problem}`]);
});

test.each<[string, Written, string]>([
  [
    'what a driver needs',
    {
      env: {
        SALLYPORT_FIREWALL_DRIVER: 'pfsense',
        SALLYPORT_FIREWALL_URL: 'https://fw',
        SALLYPORT_FIREWALL_ALIAS: 'a',
      },
    },
    'env SALLYPORT_FIREWALL_KEY: pfsense needs an API key (System > REST API > Keys)',
  ],
  [
    'a secret twice',
    { env: { SALLYPORT_API_TOKEN: 'a', SALLYPORT_API_TOKEN_FILE: 'b' } },
    'env SALLYPORT_API_TOKEN: set either SALLYPORT_API_TOKEN or SALLYPORT_API_TOKEN_FILE, not both',
  ],
  [
    'a secret file that is not there',
    { env: { SALLYPORT_API_TOKEN_FILE: '/run/none' } },
    'env SALLYPORT_API_TOKEN_FILE: "/run/none": name a file that Sallyport may read',
  ],
  [
    'a file that was named and is not there',
    { env: { SALLYPORT_CONFIG: '/etc/sallyport.yaml' } },
    'env SALLYPORT_CONFIG: "/etc/sallyport.yaml": there is no such file',
  ],
  ['a key twice', { yaml: 'file: off\nfile: seed' }, 'sallyport.yaml:2: Map keys must be unique'],
  [
    'a cron field out of range',
    { yaml: "sync: { schedule: '61 * * * *' }" },
    'sallyport.yaml:1 sync.schedule: "61 * * * *": write five cron fields (six with seconds), as in * * * * *',
  ],
  [
    'a group name that no command could say',
    { yaml: 'groups:\n  - name: Plex Box' },
    'sallyport.yaml:2 groups[0].name: "Plex Box": write 1 to 63 lower-case letters, digits, dots, dashes and underscores',
  ],
  [
    'an alias inside what it repeats',
    { yaml: 'records: &a [*a]' },
    'sallyport.yaml: an alias (*) must not stand inside what it repeats',
  ],
  ['a list instead of keys', { yaml: '- a' }, 'sallyport.yaml:1: write `key: value` lines'],
  [
    'a setting of the database',
    { databaseSettings: { 'sync.schedule': 'hourly' } },
    'database sync.schedule: "hourly": write five cron fields (six with seconds), as in * * * * *',
  ],
])('%s is refused', (_, written, problem) => {
  expect(problemsOf(written)).toEqual([problem]);
});

test('no secret is ever printed', () => {
  const yaml = `adminPassword: [hunter2]
apiTokn: hunter2
firewalls:
  - { name: f, driver: opnsense, url: "ftp://me:hunter2@fw", key: { fil: hunter2 }, sceret: hunter2, alias: a }
web: { tls: { cert: /none, key: hunter2 } }
`;
  const problems = problemsOf({ yaml });
  expect(problems.length).toBeGreaterThanOrEqual(7);
  expect(problems.join('\n')).not.toContain('hunter2');
});

test('certificate and key of the page may be paths, which are kept to be read again, or text', () => {
  const cert = '-----BEGIN CERTIFICATE-----';
  const files = { 'cert.pem': cert, 'key.pem': '-----BEGIN PRIVATE KEY-----' };
  const fromFile = (path: string) => ({ kind: 'file', path });
  for (const [written, expected] of [
    [{ env: { SALLYPORT_TLS_CERT: 'cert.pem', SALLYPORT_TLS_KEY_FILE: 'key.pem' } }, fromFile('cert.pem')],
    [{ env: { SALLYPORT_TLS_CERT: 'cert.pem', SALLYPORT_TLS_KEY: 'key.pem' } }, fromFile('cert.pem')],
    [{ yaml: `web: { tls: { cert: "${cert}", key: { file: key.pem } } }` }, { kind: 'text' }],
  ] as const) {
    const { tls } = load({ ...written, files }).config.web;
    expect(tls).toMatchObject({ mode: 'files', cert: expected, key: fromFile('key.pem') });
  }
});

const OIDC = {
  SALLYPORT_PUBLIC_URL: 'https://gate.example.org/sallyport',
  SALLYPORT_OIDC_ISSUER: 'https://auth.example.org',
  SALLYPORT_OIDC_CLIENT_ID: 'sallyport',
  SALLYPORT_OIDC_CLIENT_SECRET_FILE: 'secret',
  SALLYPORT_OIDC_ADMIN: 'admins,owners',
};

test('single sign-on is set up from the environment alone', () => {
  const env = { ...OIDC, SALLYPORT_PASSWORD_LOGIN: 'false', SALLYPORT_OIDC_SCOPES: 'openid groups' };
  const { web, oidc } = load({ env, files: { secret: 's3cret\n' } }).config;
  expect(web).toMatchObject({
    basePath: '/sallyport',
    allowedHosts: ['gate.example.org'],
    passwordLogin: false,
  });
  expect(oidc).toMatchObject({
    clientId: 'sallyport',
    admin: ['admins', 'owners'],
    roleClaim: 'groups',
    scopes: ['openid', 'groups'],
  });
  expect(oidc?.clientSecret?.reveal()).toBe('s3cret');
});

test('hosts are compared as browsers send them', () => {
  const env = { SALLYPORT_ALLOWED_HOSTS: 'Gate.Example.org:8080,[2001:db8::1]:8080,gate.lan.' };
  expect(load({ env }).config.web.allowedHosts).toEqual(['gate.example.org', '2001:db8::1', 'gate.lan']);
});

test.each([
  ['no public URL', { SALLYPORT_PUBLIC_URL: '' }, /^web\.publicUrl: set SALLYPORT_PUBLIC_URL/],
  ['no groups', { SALLYPORT_OIDC_ADMIN: '' }, /^oidc\.admin: name the groups of at least one role/],
  [
    'a provider in clear text',
    { SALLYPORT_OIDC_ISSUER: 'http://auth.example.org' },
    /write an https:\/\/ issuer/,
  ],
  [
    'a base path of its own',
    { SALLYPORT_BASE_PATH: '/other' },
    /write the path of publicUrl \(\/sallyport\)/,
  ],
  [
    'no admin and no passwords',
    { SALLYPORT_OIDC_ADMIN: '', SALLYPORT_OIDC_VIEWER: 'all', SALLYPORT_PASSWORD_LOGIN: 'false' },
    /no admin could sign in/,
  ],
  [
    'a flag that is none',
    { SALLYPORT_PASSWORD_LOGIN: 'no' },
    /^env SALLYPORT_PASSWORD_LOGIN: "no": write true or false/,
  ],
  [
    'two certificates',
    { SALLYPORT_TLS: 'self-signed', SALLYPORT_TLS_CERT: 'secret' },
    /write either self-signed, or cert and key/,
  ],
  [
    'a certificate without its key',
    { SALLYPORT_TLS_CERT: 'secret' },
    /write the path of a PEM file, or its text/,
  ],
  ['a proxy by name', { SALLYPORT_TRUSTED_PROXIES: 'traefik' }, /write an address or a prefix/],
])('single sign-on or TLS with %s is refused', (_what, change, problem) => {
  const problems = problemsOf({ env: { ...OIDC, ...change }, files: { secret: 's3cret' } });
  expect(problems).toEqual([expect.stringMatching(problem)]);
});

test('variables of other parts that begin like ours are left alone', () => {
  expect(load({ env: { SALLYPORT_DEMO_SPEED: '2' } }).config.logLevel).toBe('info');
});

test('keys that would reach into prototypes are only unknown keys', () => {
  expect(problemsOf({ yaml: '__proto__: { logLevel: debug }\nconstructor: 1' })).toHaveLength(2);
});

test('the documentation names every key and every variable', () => {
  const keys = keysOf(writtenSchema(), '');
  expect(keys).toContain('groups[].rules[].private');
  expect(keys.filter((key) => !DOC.includes(`\`${key}\``))).toEqual([]);
  expect(Object.keys(VARIABLES).filter((name) => !DOC.includes(`\`${name}\``))).toEqual([]);
});

function keysOf(schema: JsonSchema, path: string): readonly string[] {
  // The only choice between shapes is how a secret is written; { file } and { env } are told once.
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
    keysOf(value, path === '' ? key : `${path}.${key}`),
  );
  const items = schema.items === undefined ? [] : keysOf(schema.items, `${path}[]`).slice(1);
  return [...(path === '' ? [] : [path]), ...items, ...properties];
}

test('upstreams of every kind, by address or by name, with an authority of the owner’s own', () => {
  const { config } = load({
    yaml: `
upstreams: [udp://192.168.1.1, tls://9.9.9.9#dns.quad9.net, 'https://dns.quad9.net/dns-query', { url: 'tls://192.168.1.2', ca: /ca.pem }, { url: 192.168.1.4 }]
bootstrap: [9.9.9.9, '[2620:fe::fe]:5353']
upstreamStrategy: race
forward: [{ domain: .int.example.org, upstreams: [{ url: 'https://192.168.1.3', ca: "-----BEGIN CERTIFICATE-----" }] }]
`,
    files: { '/ca.pem': '-----BEGIN CERTIFICATE-----\n' },
  });
  expect(config.upstreams).toEqual([
    'udp://192.168.1.1:53',
    'tls://9.9.9.9:853#dns.quad9.net',
    'https://dns.quad9.net/dns-query',
    { url: 'tls://192.168.1.2:853', ca: '-----BEGIN CERTIFICATE-----' },
    'udp://192.168.1.4:53',
  ]);
  expect(config.bootstrap).toEqual(['udp://9.9.9.9:53', 'udp://[2620:fe::fe]:5353']);
  expect(config.upstreamStrategy).toBe('race');
  expect(config.forward[0]?.upstreams).toEqual([
    { url: 'https://192.168.1.3/dns-query', ca: '-----BEGIN CERTIFICATE-----' },
  ]);
});
