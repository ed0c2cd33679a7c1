import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Endpoint, type PresenceDeps, watchPresence } from '../../src/control/presence.ts';
import type { SyncStatus } from '../../src/sync/sync-status.ts';
import { NOON, SECOND } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle, until } from '../support/settle.ts';

function stage(urls: readonly (string | undefined)[], listens?: PresenceDeps['listens']) {
  const clock = manualClock(NOON);
  const calls: string[] = [];
  const asked: Endpoint[] = [];
  const world = { here: true, status: { state: 'up', lastSuccessAt: NOON } as Partial<SyncStatus> };
  const stop = watchPresence({
    clock,
    listens:
      listens ??
      (async (endpoint) => {
        asked.push(endpoint);
        return world.here;
      }),
    firewalls: urls.map((url, n) => ({
      spec: url === undefined ? {} : { reach: { url } },
      sync: {
        status: () => world.status as SyncStatus,
        nudge: () => void calls.push(`nudge ${n}`),
        async run() {
          calls.push(`run ${n}`);
          return {} as never;
        },
      },
    })),
  });
  onTestFinished(stop);
  return {
    world,
    calls,
    asked,
    stop,
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= SECOND) {
        clock.advance(SECOND);
        await settle(2);
      }
    },
  };
}

test('one that goes is asked for at once, and once; one that comes back is synced at once', async () => {
  const { world, calls, pass } = stage(['https://192.168.1.1']);
  await pass(20 * SECOND);
  expect(calls).toEqual([]);
  world.here = false;
  await pass(20 * SECOND);
  expect(calls).toEqual(['nudge 0']);
  world.here = true;
  await pass(20 * SECOND);
  expect(calls).toEqual(['nudge 0', 'run 0']);
});

test('one that is there and down for another reason is left to its back-off', async () => {
  const { world, calls, pass } = stage(['https://192.168.1.1']);
  world.status = { state: 'down', lastSuccessAt: NOON };
  await pass(60 * SECOND);
  expect(calls).toEqual([]);
});

test('what was just read is asked nothing', async () => {
  const { world, asked, pass } = stage(['https://192.168.1.1']);
  world.status = { state: 'up', lastSuccessAt: Number.POSITIVE_INFINITY };
  await pass(20 * SECOND);
  expect(asked).toEqual([]);
});

test('aliases of one box are one place; what is on this machine is none', async () => {
  const { world, calls, asked, pass } = stage([
    'https://[2001:db8::1]:8443/api',
    'https://[2001:db8::1]:8443',
    undefined,
    'http://fw.home.arpa',
  ]);
  world.here = false;
  await pass(6 * SECOND);
  expect(asked).toEqual([
    { host: '2001:db8::1', port: 8443 },
    { host: 'fw.home.arpa', port: 80 },
  ]);
  expect(calls).toEqual(['nudge 0', 'nudge 1', 'nudge 3']);
});

test('nothing is asked once it is stopped', async () => {
  const { asked, pass, stop } = stage(['https://192.168.1.1']);
  stop();
  await pass(20 * SECOND);
  expect(asked).toEqual([]);
});

test('a real port that closes and opens again', async () => {
  const open = async (port: number) => {
    const server = createServer((socket) => socket.on('error', () => socket.destroy()));
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    return server;
  };
  const first = await open(0);
  const address = first.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const clock = manualClock(NOON + 60 * SECOND);
  const calls: string[] = [];
  const stop = watchPresence({
    clock,
    firewalls: [
      {
        spec: { reach: { url: `http://127.0.0.1:${address.port}` } },
        sync: {
          status: () => ({ state: 'down', lastSuccessAt: NOON }) as SyncStatus,
          nudge: () => void calls.push('nudge'),
          async run() {
            calls.push('run');
            return {} as never;
          },
        },
      },
    ],
  });
  onTestFinished(stop);
  await new Promise((done) => first.close(done));
  clock.advance(5 * SECOND);
  await until('it is missed', () => calls.includes('nudge'));
  await open(address.port);
  clock.advance(5 * SECOND);
  await until('it is back', () => calls.includes('run'));
  expect(calls).toEqual(['nudge', 'run']);
});
