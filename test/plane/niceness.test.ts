import { once } from 'node:events';
import { constants, getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { clockOrigin } from '../../src/base/clock.ts';
import type { FromWorker, PlaneName } from '../../src/plane/supervision.ts';
import { spawnThread } from '../../src/threads.ts';

const entry = new URL('polite-thread.ts', import.meta.url);

test.runIf(process.platform === 'linux')(
  'answers go before leases and the API, those before reports, and the log comes last, whatever we were started with',
  async () => {
    const ours = getPriority(0);
    const isAt = { data: 0, control: 10, query: 15, log: 19 };
    for (const [plane, nice] of Object.entries(isAt))
      expect(await niceOf(plane as PlaneName), plane).toBe(
        Math.min(ours + nice, constants.priority.PRIORITY_LOW),
      );
    expect(getPriority(0)).toBe(ours);
  },
);

async function niceOf(plane: PlaneName): Promise<number> {
  const start = { plane, clockOrigin: clockOrigin(), logLevel: 'silent', config: undefined } as const;
  const worker = spawnThread(start, { [plane]: entry });
  const [message]: FromWorker[] = await once(worker, 'message');
  await worker.terminate();
  if (message?.kind !== 'say') throw new Error(`said ${JSON.stringify(message)}`);
  return Number(message.lines[0]);
}
