import { BroadcastChannel, isMainThread, workerData } from 'node:worker_threads';

export const CRASH_CHANNEL = 'sallyport-test-crash';

if (!isMainThread) {
  const { plane } = workerData as { plane: string };
  const channel = new BroadcastChannel(CRASH_CHANNEL);
  channel.onmessage = ({ data }: { data: unknown }) => {
    if (data === plane) throw new Error(`the ${plane} thread met a bug`);
  };
  channel.unref();
  await import(`../../src/${plane}-thread.ts`);
}
