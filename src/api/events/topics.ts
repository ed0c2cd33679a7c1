/** Which topics anybody reads: for the others nothing is worked out. A reader that comes back soon misses nothing. */
import type { Clock } from '../../base/clock.ts';
import { TOPICS, type Topic } from '../contract/events.ts';

export interface WantedTopics {
  has(topic: Topic): boolean;
  add(topics: readonly Topic[]): void;
  remove(topics: readonly Topic[]): void;
  close(): void;
}

export function createWantedTopics(
  clock: Clock,
  handlers: { readonly onWanted: (topic: Topic) => void; readonly onUnwanted: (topic: Topic) => void },
): WantedTopics {
  const readers = new Map<Topic, number>(TOPICS.map((topic) => [topic, 0]));
  const wanted = new Set<Topic>();
  const leaving = new Map<Topic, () => void>();
  const stay = (topic: Topic) => {
    leaving.get(topic)?.();
    leaving.delete(topic);
  };

  return {
    has: (topic) => wanted.has(topic),
    add(topics) {
      for (const topic of topics) {
        readers.set(topic, (readers.get(topic) ?? 0) + 1);
        stay(topic);
        if (wanted.has(topic)) continue;
        wanted.add(topic);
        handlers.onWanted(topic);
      }
    },
    remove(topics) {
      for (const topic of topics) {
        const left = (readers.get(topic) ?? 1) - 1;
        readers.set(topic, left);
        if (left > 0) continue;
        const cancel = clock.after(LINGER_MS, () => {
          leaving.delete(topic);
          wanted.delete(topic);
          handlers.onUnwanted(topic);
        });
        leaving.set(topic, cancel);
      }
    },
    close() {
      for (const cancel of leaving.values()) cancel();
    },
  };
}

/** Milliseconds a topic is kept up after its last reader: browsers come back after seconds, a phone that was put away does not. */
const LINGER_MS = 60_000;
