/**
 * News become events: put together for a moment, worked out once for all readers, and kept for those who come back.
 *
 *   news ─▶ pending ─▶ at most four times a second: events in the words of the contract ─▶ memory ◀─ each reader at its own pace
 */
import type { News, NewsPort } from '../../actions/news.ts';
import type { Log } from '../../base/log.ts';
import { type EventData, type EventName, TOPICS, type Topic } from '../contract/events.ts';
import type { RouteDeps } from '../route-deps.ts';
import { createEffectFollower } from './effects.ts';
import { createEventMemory } from './memory.ts';
import { note, nothingPending } from './pending.ts';
import { createWantedTopics } from './topics.ts';
import {
  changedModes,
  viewDenied,
  viewLeases,
  viewQueries,
  viewReproduced,
  viewRules,
  viewSync,
} from './views.ts';

export interface Events {
  /** Starts behind an event that was read before; without one, at now. */
  read(topics: readonly Topic[], after: string | undefined, onNew: () => void): EventReader;
  close(): void;
}

export interface EventReader {
  /** Where it starts: what to come back with. */
  readonly start: number;
  /** The next event as text; undefined: all are read. */
  next(): string | undefined;
  close(): void;
}

type EventsDeps = Pick<RouteDeps, 'db' | 'clock' | 'sync' | 'leases' | 'catalog'> & {
  readonly news: NewsPort;
  readonly log: Log;
};

export function createEvents(deps: EventsDeps): Events {
  const { clock, news, log } = deps;
  // Ids grow over restarts too: one of an earlier run is known to be old.
  let lastId = clock.now() * IDS_PER_MS;
  const memory = createEventMemory(lastId);
  const effects = createEffectFollower(deps);
  const onNew = new Set<() => void>();
  let pending = nothingPending();
  let groups: ReadonlyMap<string, string> = new Map();
  let flushedAt = 0;
  let cancelFlush: (() => void) | undefined;

  const wanted = createWantedTopics(clock, {
    onWanted(topic) {
      // What happened while nobody read it is not known.
      memory.forget(topic, ++lastId);
      if (topic === 'query') news.wantQueries(true);
      if (topic === 'mode') groups = changedModes(deps, new Map()).known;
    },
    onUnwanted(topic) {
      if (topic === 'query') news.wantQueries(false);
    },
  });

  const publish = <Name extends EventName>(topic: Topic, event: Name, data: EventData<Name>) => {
    memory.add(topic, { id: ++lastId, text: eventText(lastId, event, data) });
  };

  const flush = () => {
    cancelFlush = undefined;
    flushedAt = clock.now();
    const now = pending;
    pending = nothingPending();
    try {
      publishAll(now);
    } catch (error) {
      // Nobody's query or change waits for this; the readers are told to ask again.
      log.error({ err: error }, 'live events could not be worked out');
      for (const topic of TOPICS) memory.forget(topic, ++lastId);
    }
    for (const tell of onNew) tell();
  };

  const publishAll = (now: ReturnType<typeof nothingPending>) => {
    if (wanted.has('mode') && (now.groups || now.firewalls.size > 0)) {
      const { items, removed, known } = changedModes(deps, groups);
      groups = known;
      if (items.length + removed.length > 0) publish('mode', 'mode.changed', { items, removed });
    }
    if (wanted.has('rule') && now.rules.size > 0) publish('rule', 'rule.changed', viewRules(deps, now));
    if (wanted.has('denied') && now.denials.size > 0)
      publish('denied', 'denied.batch', viewDenied(deps, now));
    if (wanted.has('denied') && now.reproduced.size > 0)
      publish('denied', 'reproduce.changed', viewReproduced(deps, now));
    if (wanted.has('sync') && now.firewalls.size > 0) publish('sync', 'sync.state', viewSync(deps, now));
    if (wanted.has('leases') && (now.addresses.size > 0 || now.moreAddresses)) {
      publish('leases', 'leases.changed', viewLeases(deps, now));
    }
    if (wanted.has('query') && now.queries.length + now.dropped.queries > 0) {
      publish('query', 'query.batch', viewQueries(now));
    }
    for (const change of now.effects) effects.follow(change);
    if (wanted.has('rule')) for (const one of effects.review()) publish('rule', 'rule.effect', one);
  };

  const stopListening = news.listen((one: News) => {
    // Changes are followed from the start: whoever made one may begin to read only then.
    if (one.kind !== 'effect' && !TOPICS.some((topic) => wanted.has(topic))) return;
    note(pending, one);
    cancelFlush ??= clock.after(Math.max(flushedAt + FLUSH_EVERY_MS - clock.now(), 0), flush);
  });

  return {
    read(topics, after, onNewEvents) {
      wanted.add(topics);
      onNew.add(onNewEvents);
      const known = after === undefined ? lastId : readId(after);
      // An id from the future is one of a run with another clock: nothing is known of it.
      let at = known > lastId ? 0 : known;
      let isCatchingUp = after !== undefined;
      /** Of a topic that was lost, up to where that was told. */
      const skipped = new Map<Topic, number>();
      const readUpTo = (topic: Topic) => Math.max(at, skipped.get(topic) ?? 0);
      return {
        start: lastId,
        next() {
          const lost = topics.filter((topic) => readUpTo(topic) < memory.lostUpTo(topic));
          if (lost.length > 0) {
            for (const topic of lost) skipped.set(topic, memory.lostUpTo(topic));
            const reason = isCatchingUp ? 'too-old' : 'too-slow';
            // Without an id: whoever breaks off here and comes back is told again.
            return eventText(undefined, 'gap', { topics: lost, reason });
          }
          const event = memory.next(topics, at);
          isCatchingUp &&= event !== undefined;
          if (event !== undefined) at = event.id;
          return event?.text;
        },
        close() {
          onNew.delete(onNewEvents);
          wanted.remove(topics);
        },
      };
    },
    close() {
      stopListening();
      cancelFlush?.();
      wanted.close();
    },
  };
}

/** JSON has no line feeds, so the data is one line. */
function eventText<Name extends EventName>(
  id: number | undefined,
  event: Name,
  data: EventData<Name>,
): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function readId(text: string): number {
  return /^\d{1,16}$/.test(text) ? Number(text) : 0;
}

/** More than can happen in a millisecond. */
const IDS_PER_MS = 1000;
/** Milliseconds: four times a second a person sees no more, and a phone can follow. */
const FLUSH_EVERY_MS = 250;
