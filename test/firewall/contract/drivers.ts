/** Every kind of firewall, ready for a test: the real kernel where it can be, a simulator where not. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as mikrotik from '../../../scripts/simulators/mikrotik.ts';
import * as opnsense from '../../../scripts/simulators/opnsense.ts';
import { OPNSENSE_VERSIONS, type OpnsenseVersion } from '../../../scripts/simulators/opnsense-versions.ts';
import * as pfsense from '../../../scripts/simulators/pfsense.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { parseIpAddress, parsePrefix } from '../../../src/base/ip-address.ts';
import { Secret } from '../../../src/base/secret.ts';
import { createFeedDriver } from '../../../src/firewall/feed/driver.ts';
import { createMemoryDriver } from '../../../src/firewall/memory/driver.ts';
import { createMikrotikDriver } from '../../../src/firewall/mikrotik/driver.ts';
import { createNftablesDriver } from '../../../src/firewall/nftables/driver.ts';
import { createOpnsenseDriver } from '../../../src/firewall/opnsense/driver.ts';
import { createPfsenseDriver } from '../../../src/firewall/pfsense/driver.ts';
import { createWebhookDriver } from '../../../src/firewall/webhook/driver.ts';
import { scriptOfTheGuide } from './guide-script.ts';
import type { Ability, FirewallUnderTest, Kind } from './promises.ts';

const REMOTE: readonly Ability[] = ['breakDown', 'stall', 'openConnections', 'refused'];

export const DRIVERS: Readonly<Record<string, Kind>> = {
  memory: {
    can: ['breakDown', 'knock'],
    make: async () => {
      const driver = createMemoryDriver();
      let down = false;
      const failing = <T>(call: () => Promise<T>) => (down ? Promise.reject(new Error('down')) : call());
      return {
        driver: {
          ...driver,
          read: (stop) => failing(() => driver.read(stop)),
          apply: (plan, stop) => failing(() => driver.apply(plan, stop)),
        },
        breakDown: async () => {
          down = true;
        },
        knock: (address) => driver.packets.set(parseIpAddress(address), 1),
        dispose: async () => {},
      };
    },
  },

  nftables: {
    can: ['breakDown', 'knock'],
    make: async () => {
      const name = `sp-contract-${process.pid}-${count++}`;
      execFileSync('ip', ['netns', 'add', name]);
      execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
      let isThere = true;
      const remove = async () => {
        if (isThere) execFileSync('ip', ['netns', 'del', name]);
        isThere = false;
      };
      const inside = ['netns', 'exec', name];
      return {
        driver: createNftablesDriver({
          alias: 'plex',
          table: 'inet sallyport',
          command: ['ip', ...inside, 'nft'],
        }),
        breakDown: remove,
        knock(address) {
          const rules = `add chain inet sallyport out { type filter hook output priority 0; }
add rule inet sallyport out ip daddr @plex_v4 accept`;
          execFileSync('ip', [...inside, 'nft', '-f', '-'], { input: `${rules}\n` });
          execFileSync('ip', ['-n', name, 'addr', 'add', `${address}/32`, 'dev', 'lo']);
          spawnSync('ip', [...inside, 'bash', '-c', `echo > /dev/udp/${address}/9`]);
        },
        dispose: remove,
      };
    },
  },

  ...Object.fromEntries(
    OPNSENSE_VERSIONS.map(
      (version) =>
        [
          `opnsense ${version}`,
          { can: [...REMOTE, 'withoutAlias', 'knock'], make: () => opnsenseOf(version) },
        ] as const,
    ),
  ),

  pfsense: {
    can: [...REMOTE, 'withoutAlias', 'budget'],
    make: async () => {
      const simulator = await pfsense.start({ switches: { reloadMs: 5 } });
      const make = (change: { alias?: string; key?: string }) =>
        createPfsenseDriver({
          url: simulator.url,
          key: new Secret(change.key ?? pfsense.DEFAULT_USER.key),
          alias: change.alias ?? 'Plex_Allowed',
          reload: { pollMs: 5, limitMs: 5000 },
          ...COMMON,
        });
      return {
        driver: make({}),
        ...remote(simulator),
        withoutAlias: () => make({ alias: 'Plex_Other' }),
        refused: () => ({ driver: make({ key: WRONG }), secrets: [WRONG] }),
      };
    },
  },

  mikrotik: {
    can: REMOTE,
    make: async () => {
      const simulator = await mikrotik.start();
      const { name, password } = mikrotik.DEFAULT_USER;
      const make = (given: string) =>
        createMikrotikDriver({
          url: simulator.url,
          user: new Secret(name),
          password: new Secret(given),
          alias: mikrotik.DEFAULT_LIST,
          ...COMMON,
        });
      return {
        driver: make(password),
        ...remote(simulator),
        refused: () => ({ driver: make(WRONG), secrets: [WRONG, `${name}:${WRONG}`] }),
      };
    },
  },

  webhook: {
    can: ['breakDown', 'stall', 'refused', 'withoutAlias'],
    make: async () => {
      const script = await scriptOfTheGuide('plex');
      const make = (change: { alias?: string; secret?: string }) =>
        createWebhookDriver({
          url: script.url,
          secret: new Secret(change.secret ?? script.secret),
          alias: change.alias ?? 'plex',
          ...COMMON,
        });
      return {
        driver: make({}),
        breakDown: script.stop,
        stall: script.freeze,
        withoutAlias: () => make({ alias: 'other' }),
        refused: () => ({ driver: make({ secret: WRONG }), secrets: [WRONG] }),
        dispose: script.stop,
      };
    },
  },

  feed: {
    can: ['fetchList'],
    make: async () => {
      const driver = createFeedDriver({ sources: [parsePrefix('192.0.2.1')], clock: systemClock() });
      const { served } = driver;
      return {
        driver,
        fetchList: () => served.noteFetch(served.addresses, parseIpAddress('192.0.2.1'), 'pfSense/2.8.1'),
        dispose: async () => {},
      };
    },
  },
};

async function opnsenseOf(version: OpnsenseVersion): Promise<FirewallUnderTest> {
  const simulator = await opnsense.start({ version, switches: { loginDelayMs: 0 } });
  const { key, secret } = opnsense.DEFAULT_USER;
  const alias = simulator.state.aliases.get(OPNSENSE_ALIAS);
  if (alias !== undefined) alias.counters = true;
  const make = (change: { alias?: string; secret?: string }) =>
    createOpnsenseDriver({
      url: simulator.url,
      key: new Secret(key),
      secret: new Secret(change.secret ?? secret),
      alias: change.alias ?? OPNSENSE_ALIAS,
      ...COMMON,
    });
  return {
    driver: make({}),
    ...remote(simulator),
    withoutAlias: () => make({ alias: 'plexfw_other' }),
    refused: () => ({ driver: make({ secret: WRONG }), secrets: [WRONG, key, `${key}:${WRONG}`] }),
    knock: (address) => simulator.count(OPNSENSE_ALIAS, address, { inPass: 0, outPass: 1 }),
  };
}

const OPNSENSE_ALIAS = 'plexfw_live';

let count = 0;

const COMMON = { tls: {}, clock: systemClock() };

const WRONG = 'a-wrong-secret-0123456789';

function remote({
  close,
  misbehave,
  openConnections,
}: Pick<Awaited<ReturnType<typeof mikrotik.start>>, 'close' | 'misbehave' | 'openConnections'>) {
  return {
    breakDown: close,
    stall: () => misbehave({ stalled: true }),
    openConnections,
    dispose: close,
  };
}
