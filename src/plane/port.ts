import type { MessagePort } from 'node:worker_threads';

/** One end of a typed channel between two threads. */
export interface Port<In, Out> {
  post(message: Out): void;
  /** Messages that came before the first listener are kept and handed over. */
  listen(onMessage: (message: In) => void): void;
  close(): void;
}

export function portOf<In, Out>(port: MessagePort): Port<In, Out> {
  return {
    post: (message) => port.postMessage(message),
    listen(onMessage) {
      port.on('message', onMessage);
    },
    close: () => port.close(),
  };
}
