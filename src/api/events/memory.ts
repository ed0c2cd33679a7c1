/**
 * The events of late, as they go out: kept once, whoever reads them and however slowly. Each topic has room of its own, so that a
 * flood of queries does not push out what was refused.
 */
import { TOPICS, type Topic } from '../contract/events.ts';

export interface KeptEvent {
  readonly id: number;
  /** A whole server-sent event. */
  readonly text: string;
}

export interface EventMemory {
  add(topic: Topic, event: KeptEvent): void;
  /** What happened in this topic up to here is not known. */
  forget(topic: Topic, upTo: number): void;
  /** The next event of these topics after an id. */
  next(topics: readonly Topic[], after: number): KeptEvent | undefined;
  /** Events of this topic up to this id may be gone. */
  lostUpTo(topic: Topic): number;
  octets(): number;
}

interface Kept {
  events: KeptEvent[];
  octets: number;
  /** Events up to this one may be missing. */
  lostUpTo: number;
}

export function createEventMemory(start: number): EventMemory {
  const kept = new Map<Topic, Kept>(
    TOPICS.map((topic) => [topic, { events: [], octets: 0, lostUpTo: start }]),
  );
  const of = (topic: Topic): Kept => {
    const found = kept.get(topic);
    if (found === undefined) throw new Error(`there is no topic ${topic}`);
    return found;
  };
  const dropOldest = (one: Kept) => {
    const oldest = one.events.shift();
    if (oldest === undefined) return;
    one.octets -= oldest.text.length;
    one.lostUpTo = oldest.id;
  };

  return {
    add(topic, event) {
      const one = of(topic);
      one.events.push(event);
      one.octets += event.text.length;
      while (one.events.length > KEPT_EVENTS || one.octets > KEPT_OCTETS) dropOldest(one);
    },
    forget(topic, upTo) {
      const one = of(topic);
      one.events = [];
      one.octets = 0;
      one.lostUpTo = upTo;
    },
    next: (topics, after) =>
      topics
        .flatMap((topic) => firstAfter(of(topic).events, after) ?? [])
        .reduce<KeptEvent | undefined>(
          (least, event) => (least === undefined || event.id < least.id ? event : least),
          undefined,
        ),
    lostUpTo: (topic) => of(topic).lostUpTo,
    octets: () => [...kept.values()].reduce((sum, { octets }) => sum + octets, 0),
  };
}

/** The events are in the order of their ids. */
function firstAfter(events: readonly KeptEvent[], id: number): KeptEvent | undefined {
  let [from, to] = [0, events.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((events[middle]?.id ?? 0) > id) to = middle;
    else from = middle + 1;
  }
  return events[from];
}

/** Of each topic; four a second, so at least four minutes. */
const KEPT_EVENTS = 1000;
/** Characters of each topic: half a minute of queries at full speed, and of everything else a thousand events. */
const KEPT_OCTETS = 2 * 1024 * 1024;
