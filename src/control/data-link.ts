import type { DomainName } from '../base/domain-name.ts';
import type { Port } from '../plane/port.ts';
import type { ControlMessage, DataMessage, ResolveOutcome, ToData } from '../plane/protocol.ts';

/** What the data plane tells unasked. */
export type DataEvent = Exclude<DataMessage, { kind: 'ack' } | { kind: 'resolved' }>;

export interface DataLink {
  /** Takes up with a data plane, the first or the one after a crash; `onConnect` then sends everything it must know. */
  connect(port: Port<DataMessage, ToData>): void;
  /** The worker is gone: nobody tells anything any more, and nobody will answer. */
  disconnected(): void;
  /** False while nobody could answer. */
  readonly connected: boolean;
  /** Resolves when the worker has it in force; at once when there is no worker. */
  send(message: ControlMessage): Promise<void>;
  resolve(question: {
    groupId: number;
    name: DomainName;
    qtype: number;
    purpose: 'warm' | 'probe';
  }): Promise<ResolveOutcome>;
}

/** The control plane's end of the channel: numbers what it sends, and knows what is in force. */
export function createDataLink(handlers: {
  readonly onConnect: () => void;
  /** Before whoever waits for an acknowledgement goes on. */
  readonly onAcknowledged: () => void;
  readonly onEvent: (event: DataEvent) => void;
}): DataLink {
  let port: Port<DataMessage, ToData> | undefined;
  let seq = 0;
  let questionId = 0;
  const unacknowledged = new Map<number, () => void>();
  const questions = new Map<number, (outcome: ResolveOutcome) => void>();

  const disconnected = () => {
    port = undefined;
    for (const acknowledge of unacknowledged.values()) acknowledge();
    unacknowledged.clear();
    for (const answer of questions.values()) answer('failed');
    questions.clear();
  };

  const send = (message: ControlMessage): Promise<void> => {
    if (port === undefined) return Promise.resolve();
    const numbered: ToData = { ...message, seq: ++seq };
    port.post(numbered);
    return new Promise((resolve) => unacknowledged.set(numbered.seq, resolve));
  };

  return {
    connect(newPort) {
      disconnected();
      port = newPort;
      newPort.listen((message) => {
        if (port !== newPort) return;
        if (message.kind === 'ack') {
          handlers.onAcknowledged();
          unacknowledged.get(message.seq)?.();
          unacknowledged.delete(message.seq);
        } else if (message.kind === 'resolved') {
          questions.get(message.id)?.(message.outcome);
          questions.delete(message.id);
        } else {
          handlers.onEvent(message);
        }
      });
      handlers.onConnect();
    },
    disconnected,
    get connected() {
      return port !== undefined;
    },
    send,
    resolve(question) {
      if (port === undefined) return Promise.resolve('failed');
      const id = ++questionId;
      void send({ kind: 'resolve', id, ...question });
      return new Promise((resolve) => questions.set(id, resolve));
    },
  };
}
