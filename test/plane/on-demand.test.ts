import { BroadcastChannel } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../src/app.ts';
import { clockOrigin } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { PlaneState } from '../../src/plane/supervision.ts';
import { spawnThread } from '../../src/threads.ts';

const program = new URL('obedient-thread.ts', import.meta.url);

test('the query thread runs while it is wanted, and rests before and afterwards', async () => {
  const config = `sallyport-test-on-demand-${process.pid}`;
  const channel = new BroadcastChannel(config);
  const seen: (readonly PlaneState[])[] = [];
  let look = () => {};
  channel.onmessage = ({ data }: { data: unknown }) => {
    seen.push(data as readonly PlaneState[]);
    look();
  };
  const queryComesTo = (state: PlaneState['state']) =>
    new Promise<PlaneState | undefined>((resolve) => {
      look = () => {
        const query = seen.at(-1)?.find(({ name }) => name === 'query');
        if (query?.state === state) resolve(query);
      };
      look();
    });

  const entries = { control: program, data: program, log: program, query: program };
  const origin = clockOrigin();
  const start = { plane: 'control', clockOrigin: origin, logLevel: 'silent', config } as const;
  const app = startApp({
    log: silentLog(),
    logLevel: 'silent',
    config,
    clockOrigin: origin,
    control: spawnThread(start, entries),
    say() {},
    entries,
  });
  onTestFinished(async () => {
    channel.close();
    await app.stop();
  });
  await app.started;
  await queryComesTo('resting');

  channel.postMessage('wanted');
  await queryComesTo('running');
  channel.postMessage('unwanted');
  await queryComesTo('resting');

  // Wanted again while it is still on its way down.
  channel.postMessage('wanted');
  expect(await queryComesTo('running')).toMatchObject({ restarts: 0 });
});
