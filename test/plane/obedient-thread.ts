/** A thread of the house that does nothing; the control thread says what the test tells it to, and tells it what it hears. */
import { BroadcastChannel, workerData } from 'node:worker_threads';
import { runWorker } from '../../src/plane/worker.ts';

runWorker(({ need, config }) => {
  const { plane } = workerData as { plane: string };
  const channel = new BroadcastChannel(String(config));
  channel.onmessage = ({ data }: { data: unknown }) => {
    if (plane === 'control' && (data === 'wanted' || data === 'unwanted')) need(data, 'query');
  };
  return {
    peer() {},
    planes(states) {
      if (plane === 'control') channel.postMessage(states);
    },
    stop: () => channel.close(),
  };
});
