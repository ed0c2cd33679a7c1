/** Boxes without an API: the packet filter of a network namespace, and a list that is fetched. */
import { execFileSync, spawnSync } from 'node:child_process';
import { parseIpAddress, parsePrefix } from '../../../src/base/ip-address.ts';
import type { Addition, Driver } from '../../../src/firewall/driver.ts';
import { createFeedDriver } from '../../../src/firewall/feed/driver.ts';
import { createNftablesDriver } from '../../../src/firewall/nftables/driver.ts';
import { box } from './boxes.ts';

const TABLE = 'inet sallyport';
let count = 0;

export const nftablesBox = () =>
  box(undefined, async ({ onChange }) => {
    const name = `sp-faults-${process.pid}-${count++}`;
    execFileSync('ip', ['netns', 'add', name]);
    const usual = ['ip', 'netns', 'exec', name, 'nft'];
    const command = [...usual];
    const nft = (script: string) =>
      execFileSync('ip', [...usual.slice(1), '-f', '-'], { input: `${script}\n` });
    const elements = (set: string) => {
      const { stdout } = spawnSync('ip', [...usual.slice(1), 'list', 'set', 'inet', 'sallyport', set], {
        encoding: 'utf8',
      });
      return [...stdout.matchAll(/([0-9a-f]*[.:][0-9a-f.:]+) (?:counter|timeout)/g)].map(
        ([, address = '']) => address,
      );
    };
    const driver = createNftablesDriver({ alias: 'plex', table: TABLE, command });
    return {
      simulator: {
        name,
        table: TABLE,
        nft,
        /** From now on nft is called like this; without arguments as it should be. */
        callBy(...other: readonly string[]) {
          command.splice(0, command.length, ...(other.length === 0 ? usual : other));
        },
        close: async () => void execFileSync('ip', ['netns', 'del', name]),
      },
      table: () => [...elements('plex_v4'), ...elements('plex_v6')],
      driver: () => watched(driver, onChange),
    };
  });

export const feedBox = () =>
  box(undefined, async ({ clock, onChange }) => {
    const driver = createFeedDriver({ sources: [parsePrefix('192.168.1.1')], clock });
    const { served } = driver;
    let fetched: readonly string[] = [];
    return {
      simulator: {
        fetch() {
          fetched = [...served.addresses];
          served.noteFetch(served.addresses, parseIpAddress('192.168.1.1'), 'pfSense/2.8.1');
          onChange();
        },
        close: async () => undefined,
      },
      // What it has fetched, and what it would fetch next.
      table: () => (fetched.length === 0 ? [...served.addresses] : fetched),
      driver: () => driver,
    };
  });

/** The kernel does not tell of its changes, so it is looked at after each of ours. */
function watched(driver: Driver, look: () => void): Driver {
  const { open } = driver;
  return {
    ...driver,
    async apply(changes, signal) {
      await driver.apply(changes, signal).finally(look);
    },
    ...(open && {
      open: (additions: readonly Addition[], signal: AbortSignal) => open(additions, signal).finally(look),
    }),
  };
}
