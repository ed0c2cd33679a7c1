import { expect, test } from 'vitest';
import type { PageServices } from '../../web/src/api/context.ts';
import { createEffectStore } from '../../web/src/api/effects.ts';
import type { Allowed, EventData } from '../../web/src/api/types.ts';

const NOON = '2026-11-22T12:00:00.000Z';
type Line = EventData<'query.batch'>['items'][number];

function following(pattern: string, name: string) {
  const store = createEffectStore({
    clock: { now: () => Date.parse(NOON) },
    live: { wantQueries: () => () => undefined },
  } as unknown as PageServices);
  store.follow({
    denial: { name },
    rule: { id: 7, group: 'plex', action: 'allow', pattern, createdAt: NOON },
    effect: { id: 'e1', addresses: [], firewalls: [] },
    entry: 1,
  } as unknown as Allowed);
  return {
    hears: (name: string, rule?: Partial<Line['rule']>, more: Partial<Line> = {}) =>
      store.heard([{ at: NOON, group: 'plex', name, verdict: 'allowed', rule, ...more } as Line]),
    isAnswered: () => store.all()[0]?.answeredAt !== undefined,
  };
}

test.each([
  ['plex.tv', 'v4.plex.tv', { id: 8, action: 'allow', pattern: '.plex.tv' }, false],
  ['plex.tv', 'plex.tv', { id: 7, action: 'allow', pattern: 'plex.tv' }, true],
  // The line is of the name itself: however the answer came about, it is what was refused before.
  ['plex.tv', 'plex.tv', undefined, true],
  ['.plex.tv', 'v4.plex.tv', { id: 7, action: 'allow', pattern: '.plex.tv' }, true],
  ['.plex.tv', 'v4.plex.tv', { id: 8, action: 'allow', pattern: 'v4.plex.tv' }, false],
  ['.plex.tv', 'plex.tv', undefined, false],
] as const)('%s is proved by %s of %j: %s', (pattern, name, rule, isProof) => {
  const { hears, isAnswered } = following(pattern, 'plex.tv');
  hears(name, rule);
  expect(isAnswered()).toBe(isProof);
});

test('nothing is proved by another group, a refusal, or what was asked before', () => {
  const { hears, isAnswered } = following('plex.tv', 'plex.tv');
  const rule = { id: 7, action: 'allow', pattern: 'plex.tv' } as const;
  hears('plex.tv', rule, { group: 'seerr' });
  hears('plex.tv', rule, { verdict: 'denied' });
  hears('plex.tv', rule, { at: '2026-11-22T11:59:59.000Z' });
  expect(isAnswered()).toBe(false);
});

test('once its time is over nothing proves it, and the query log is read no longer', () => {
  let [now, isRead] = [Date.parse(NOON), false];
  const store = createEffectStore({
    clock: { now: () => now },
    live: {
      wantQueries() {
        isRead = true;
        return () => {
          isRead = false;
        };
      },
    },
  } as unknown as PageServices);
  store.follow({
    denial: { name: 'plex.tv' },
    rule: {
      id: 7,
      group: 'plex',
      pattern: 'plex.tv',
      createdAt: NOON,
      expiresAt: '2026-11-22T12:15:00.000Z',
    },
    effect: { id: 'e1', addresses: [], firewalls: [] },
    entry: 1,
  } as unknown as Allowed);
  expect(isRead).toBe(true);
  now += 15 * 60_000;
  store.heard([{ at: NOON, group: 'plex', name: 'plex.tv', verdict: 'allowed' } as Line]);
  expect(isRead).toBe(false);
  expect(store.all()[0]?.answeredAt).toBeUndefined();
});
