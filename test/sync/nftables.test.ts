// The sync over real sets in the kernel, in a network namespace made for each test. Needs root, nft and ip.
import { execFileSync, spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { createNftablesDriver } from '../../src/firewall/nftables/driver.ts';
import { SENTINEL } from '../../src/sync/table-loss.ts';
import { HOUR, ip, START, type StageOptions, stage } from './stage.ts';

let count = 0;

function kernel(options: StageOptions = {}) {
  const name = `sp-sync-${process.pid}-${count++}`;
  execFileSync('ip', ['netns', 'add', name]);
  onTestFinished(() => void execFileSync('ip', ['netns', 'del', name]));
  const command = ['ip', 'netns', 'exec', name, 'nft'];
  const driver = createNftablesDriver({ alias: 'plex', table: 'inet sallyport', command });
  return {
    ...stage({}, { ...options, driver }),
    /** As a person at a shell would. */
    nft: (script: string) => execFileSync('ip', [...command.slice(1), '-f', '-'], { input: `${script}\n` }),
    ip: (...args: readonly string[]) => execFileSync('ip', ['-n', name, ...args]),
    knock: (address: string) =>
      spawnSync('ip', ['netns', 'exec', name, 'bash', '-c', `echo > /dev/udp/${address}/9`]),
    held: async () => [...(await driver.read(new AbortController().signal)).keys()].sort(),
  };
}

test.each(['flush set inet sallyport plex_v4', 'delete table inet sallyport', 'flush ruleset'])(
  'after "%s" the sets are filled again in one run, with and without a sentinel',
  async (loss) => {
    for (const sentinel of [false, true]) {
      const { sync, want, nft, held } = kernel({ sentinel });
      const all = sentinel ? [ip(1), ip(2), ip(3), SENTINEL].sort() : [1, 2, 3].map(ip);
      want(1, 2, 3);
      await sync.run('start');
      expect(await held()).toEqual(all);
      nft(loss);
      expect(await sync.run('schedule')).toMatchObject({ outcome: 'applied' });
      expect(await held()).toEqual(all);
      expect(sync.status().loss).toEqual({ at: START, entries: all.length });
    }
  },
);

test('one address and a sentinel are enough to see that a set was flushed', async () => {
  const { sync, want, nft, held } = kernel({ sentinel: true });
  want(1);
  await sync.run('start');
  nft('flush set inet sallyport plex_v4');
  await sync.run('schedule');
  expect(sync.status().loss).toEqual({ at: START, entries: 2 });
  expect(await held()).toEqual([SENTINEL, ip(1)].sort());
});

test('use is seen across a renewal, which takes the element out and puts it back', async () => {
  const { sync, want, wantUntil, nft, ip: run, knock, clock } = kernel();
  run('link', 'set', 'lo', 'up');
  run('addr', 'add', `${ip(1)}/32`, 'dev', 'lo');
  want(1);
  await sync.run('start');
  nft(`add chain inet sallyport out { type filter hook output priority 0; }
add rule inet sallyport out ip daddr @plex_v4 accept`);
  knock(ip(1));
  await sync.run('schedule');
  const since = clock.now();
  clock.advance(1000);
  wantUntil(1, START + 2 * HOUR);
  expect(await sync.run('schedule')).toMatchObject({ changes: [{ change: 'renew', confirmed: true }] });
  expect(sync.usedSince(ip(1), since)).toBe(false);
  knock(ip(1));
  clock.advance(1000);
  await sync.run('schedule');
  expect(sync.usedSince(ip(1), since)).toBe(true);
});
