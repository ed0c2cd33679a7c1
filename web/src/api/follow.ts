import type { QueryClient } from '@tanstack/react-query';
import type { PageServices } from './context.ts';
import type { EffectStore } from './effects.ts';
import { KEYS } from './reads.ts';
import type { Topic } from './types.ts';

/** What the stream tells makes what was read before old; it is read again at once where it is shown, and else when it is needed. */
export function followLive({ live }: PageServices, cache: QueryClient, effects: EffectStore): void {
  const due = new Set<keyof typeof KEYS>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Together: one refusal changes the list, the status and what is asked of a name. */
  const refresh = (...keys: (keyof typeof KEYS)[]) => {
    for (const key of keys) due.add(key);
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      for (const key of due) void cache.invalidateQueries({ queryKey: KEYS[key] });
      due.clear();
    }, GATHER_MS);
  };
  live.on('denied.batch', () => refresh('denials', 'status', 'reproduce'));
  live.on('reproduce.changed', () => refresh('reproduce'));
  live.on('rule.changed', () => refresh('rules', 'audit', 'status', 'why'));
  live.on('rule.effect', (news) => effects.note(news));
  live.on('sync.state', () => refresh('status', 'runs', 'drift'));
  live.on('leases.changed', () => refresh('leases', 'status', 'addresses'));
  live.on('mode.changed', () => refresh('status', 'audit'));
  live.on('query.batch', ({ items }) => effects.heard(items));
  live.on('gap', ({ topics }) => refresh(...topics.flatMap((topic) => KEYS_OF[topic])));
  let wasLive = false;
  live.subscribe(() => {
    if (live.state().kind !== 'live') return;
    // What happened while nobody listened is not told again, where it is too long ago.
    refresh('status', 'denials', 'leases', 'hosts', 'reproduce');
    // At the first time the screen has only just asked for its rules, of which there may be megabytes.
    if (wasLive) refresh('rules');
    wasLive = true;
  });
}

const KEYS_OF: Readonly<Record<Topic, readonly (keyof typeof KEYS)[]>> = {
  query: ['queries'],
  denied: ['denials', 'status', 'reproduce'],
  rule: ['rules', 'audit'],
  sync: ['status', 'runs', 'drift'],
  leases: ['leases', 'status', 'addresses'],
  mode: ['status'],
};

/** Milliseconds: below what a person notices, above what a busy server tells one by one. */
const GATHER_MS = 150;
