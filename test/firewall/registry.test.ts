import { describe, expect, test } from 'vitest';
import type { KnownError } from '../../src/base/errors.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { Secret } from '../../src/base/secret.ts';
import { checkFirewallConfig, type FirewallConfig } from '../../src/firewall/config.ts';
import { createDriver } from '../../src/firewall/registry.ts';

const key = new Secret('k');
const secret = new Secret('s3cret');
const good: Record<string, FirewallConfig> = {
  opnsense: {
    name: 'edge',
    driver: 'opnsense',
    alias: 'plexfw_live',
    url: 'https://192.168.1.1',
    key,
    secret,
  },
  pfsense: { name: 'edge', driver: 'pfsense', alias: 'Plex_Allowed', url: 'https://192.168.1.1:8443', key },
  nftables: { name: 'here', driver: 'nftables', alias: 'plex' },
  mikrotik: {
    name: 'edge',
    driver: 'mikrotik',
    alias: 'plex_allowed',
    url: 'https://192.168.88.1',
    key,
    secret,
  },
  webhook: {
    name: 'edge',
    driver: 'webhook',
    alias: 'plex',
    url: 'https://192.168.1.1:8443/hook?site=1',
    secret,
  },
  feed: { name: 'edge', driver: 'feed', alias: 'plex', sources: [parsePrefix('192.168.1.1')] },
  memory: { name: 'try', driver: 'memory', alias: 'anything at all' },
};

describe('a firewall as it should be written down', () => {
  test.each(Object.entries(good))('%s', async (_, config) => {
    expect(checkFirewallConfig(config)).toEqual([]);
    const driver = createDriver(config);
    expect(driver.capabilities.enforces).toBe(config.driver !== 'memory');
    await driver.close();
  });

  test.each([
    { table: 'inet sallyport' },
    { table: 'inet sallyport_edge' },
    { table: 'inet filter', adoptTable: true },
  ])('a table that is ours, or its owner says it may be: %o', (change) => {
    expect(checkFirewallConfig({ ...(good['nftables'] as FirewallConfig), ...change })).toEqual([]);
  });

  test('a simulator on this machine may go without TLS', () => {
    for (const url of ['http://127.0.0.1:9443', 'http://[::1]:9443', 'http://localhost:9443']) {
      expect(checkFirewallConfig({ ...(good['pfsense'] as FirewallConfig), url })).toEqual([]);
    }
  });
});

describe('a name the box keeps for itself is no alias', () => {
  const names = ['port', 'pass', 'http', 'https', 'any', 'tcp', 'SSH'];
  test.each([
    ...[...names, 'WAN', 'opt3', 'IPsec', 'LAN__NETWORK'].map((alias) => ['pfsense', alias]),
    ...names.map((alias) => ['opnsense', alias]),
  ])('%s: %s', (driver, alias) => {
    const [problem, ...more] = checkFirewallConfig({
      ...(good[String(driver)] as FirewallConfig),
      alias: String(alias),
    });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ key: 'alias', message: expect.stringContaining('as in plexfw_live') });
  });

  test.each(['plex', 'plexfw_live', 'port_s', 'allowed'])('%s may be one', (alias) => {
    for (const driver of ['pfsense', 'opnsense']) {
      expect(checkFirewallConfig({ ...(good[driver] as FirewallConfig), alias })).toEqual([]);
    }
  });

  test('elsewhere the same word may be one', () => {
    for (const driver of ['nftables', 'feed', 'webhook', 'mikrotik']) {
      expect(checkFirewallConfig({ ...(good[driver] as FirewallConfig), alias: 'http' })).toEqual([]);
    }
  });
});

describe('what is wrong is named by its key', () => {
  test.each([
    ['opnsense', { url: 'not a url' }, 'url'],
    ['opnsense', { url: 'http://192.168.1.1' }, 'url'],
    ['pfsense', { url: 'http://127.evil.example' }, 'url'],
    ['opnsense', { alias: 'plex-fw' }, 'alias'],
    ['opnsense', { alias: 'sshlockout' }, 'alias'],
    ['pfsense', { alias: 'pkg_plex' }, 'alias'],
    ['pfsense', { alias: '123_' }, 'alias'],
    ['nftables', { alias: 'plex; flush ruleset' }, 'alias'],
    ['nftables', { table: 'inet x; flush ruleset' }, 'table'],
    ['nftables', { table: 'ip6 sallyport' }, 'table'],
    ['nftables', { table: 'bridge filter', adoptTable: true }, 'table'],
    ['nftables', { table: 'netdev x', adoptTable: true }, 'table'],
    ['nftables', { table: 'inet fw4', adoptTable: true }, 'table'],
    ['nftables', { table: 'inet lxd', adoptTable: true }, 'table'],
    ['nftables', { table: 'inet filter' }, 'table'],
    ['nftables', { table: 'inet sallyportal' }, 'table'],
    ['pfsense', { tls: { pin: 'sha256/short' } }, 'tls.pin'],
    ['mikrotik', { url: 'http://192.168.88.1' }, 'url'],
    ['mikrotik', { alias: 'plex"; /system reset-configuration' }, 'alias'],
    ['webhook', { url: 'http://192.168.1.1/hook' }, 'url'],
    ['webhook', { alias: '../plex' }, 'alias'],
    ['feed', { alias: 'plex/../../x' }, 'alias'],
    ['feed', { sources: [] }, 'sources'],
    ['feed', { url: 'https://192.168.1.1' }, 'url'],
    ['opnsense', { sources: [parsePrefix('192.168.1.1')] }, 'sources'],
  ])('%s with %o', (driver, change, at) => {
    const config = { ...(good[driver] as FirewallConfig), ...change };
    expect(checkFirewallConfig(config).map((problem) => problem.key)).toEqual([at]);
  });

  test('everything at once, and no secret among it', () => {
    const config: FirewallConfig = { name: 'edge', driver: 'opnsense', alias: '', secret };
    expect(checkFirewallConfig(config).map((problem) => problem.key)).toEqual(['alias', 'url', 'key']);
    let error: KnownError | undefined;
    try {
      createDriver(config);
    } catch (thrown) {
      error = thrown as KnownError;
    }
    expect(error).toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/^firewall edge: alias: /),
    });
    expect(error?.message).not.toContain('s3cret');
  });

  test('a CA file that cannot be read', () => {
    const config = { ...(good['pfsense'] as FirewallConfig), tls: { caFile: '/nonexistent/ca.pem' } };
    expect(() => createDriver(config)).toThrow('firewall edge: tls.ca: cannot read /nonexistent/ca.pem');
  });
});
