/**
 * The product, with a thread that throws at SIGUSR2 (CRASH_PLANE names it): the product itself has no such door.
 */
import { BroadcastChannel } from 'node:worker_threads';
import { startApp } from '../../src/app.ts';
import { createLog } from '../../src/base/log.ts';
import type { PlaneName } from '../../src/plane/supervision.ts';
import { start } from '../../src/start.ts';
import { CRASH_CHANNEL } from './crashing-thread.ts';

const entryOf = (plane: PlaneName) => new URL(`crashing-thread.ts?${plane}`, import.meta.url);
const entries = { control: entryOf('control'), data: entryOf('data'), log: entryOf('log') };
const prepared = await start(process.argv.slice(2), entries);
const app = startApp({
  ...prepared,
  log: createLog(prepared.logLevel, 'main'),
  say: (lines) => console.log(lines.join('\n')),
  entries,
});

const channel = new BroadcastChannel(CRASH_CHANNEL);
process.on('SIGUSR2', () => channel.postMessage(process.env['CRASH_PLANE']));
process.on('SIGTERM', () => void app.stop().then(() => process.exit(0)));
await app.started;
