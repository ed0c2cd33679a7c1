import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '../base/clock.ts';
import { KnownError } from '../base/errors.ts';
import type { HttpTls } from '../base/http.ts';
import { Secret } from '../base/secret.ts';
import {
  boxOf,
  checkFirewallConfig,
  DEFAULT_NFTABLES_TABLE,
  type FirewallConfig,
  type FirewallTls,
} from './config.ts';
import type { Driver } from './driver.ts';
import { createFeedDriver } from './feed/driver.ts';
import { createKeyLockouts, type KeyLockouts } from './key-lockout.ts';
import { createMemoryDriver } from './memory/driver.ts';
import { createMikrotikDriver } from './mikrotik/driver.ts';
import { createNftablesDriver } from './nftables/driver.ts';
import { createOpnsenseDriver } from './opnsense/driver.ts';
import { createPfsenseDriver } from './pfsense/driver.ts';
import { createWebhookDriver } from './webhook/driver.ts';

/** The driver for a configured firewall; those of one box share `lockouts`. Speaks to nobody yet; throws KnownError that names every key that is wrong. */
export function createDriver(
  config: FirewallConfig,
  {
    clock = systemClock(),
    lockouts = createKeyLockouts(clock),
  }: { readonly clock?: Clock; readonly lockouts?: KeyLockouts } = {},
): Driver {
  const problems = checkFirewallConfig(config);
  if (problems.length > 0) {
    const list = problems.map(({ key, message }) => `${key}: ${message}`).join('; ');
    throw new KnownError('config-invalid', `firewall ${config.name}: ${list}`);
  }
  const {
    alias,
    killStates: kills = false,
    url = '',
    key = new Secret(''),
    secret = new Secret(''),
  } = config;
  const tls = () => loadTls(config.name, config.tls);
  const lockout = lockouts.of(boxOf(config));
  switch (config.driver) {
    case 'memory':
      return createMemoryDriver();
    case 'nftables':
      return createNftablesDriver({
        alias,
        table: config.table ?? DEFAULT_NFTABLES_TABLE,
        ...(config.command === undefined ? {} : { command: config.command }),
      });
    case 'opnsense':
      return createOpnsenseDriver({ url, key, secret, alias, tls: tls(), clock, lockout, kills });
    case 'pfsense':
      return createPfsenseDriver({
        url,
        key,
        alias,
        tls: tls(),
        clock,
        lockout,
        kills,
        ...(config.pending === undefined ? {} : { pending: config.pending }),
      });
    case 'mikrotik':
      return createMikrotikDriver({ url, user: key, password: secret, alias, tls: tls(), clock, lockout });
    case 'webhook':
      return createWebhookDriver({ url, secret, alias, tls: tls(), clock, lockout });
    case 'feed':
      return createFeedDriver({ sources: config.sources ?? [], clock });
  }
}

/** What is to be believed of a firewall's certificate; throws KnownError when the file of its authority cannot be read. */
export function loadTls(firewall: string, { caFile, ca, pin, serverName }: FirewallTls = {}): HttpTls {
  const pem = ca ?? (caFile === undefined ? undefined : readCa(firewall, caFile));
  return {
    ...(pem === undefined ? {} : { ca: pem }),
    ...(pin === undefined ? {} : { pin }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function readCa(firewall: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new KnownError('config-invalid', `firewall ${firewall}: tls.ca: cannot read ${file}`, {
      cause,
      hint: 'It has to be a PEM file that Sallyport may read.',
    });
  }
}
