import { expect, test } from 'vitest';
import { nearestRules } from '../../src/reports/nearest-rules.ts';
import { addRule, rulesInForce } from '../../src/store/rules.ts';
import { mainDb } from '../store/temp.ts';
import { group, NOON } from '../store/world.ts';

test('the closest rules of the same domain, each with why it does not decide', () => {
  const db = mainDb();
  const { id: groupId } = group(db, 'plex', '192.168.20.5');
  const rule = { groupId, origin: 'person', createdAt: NOON, createdBy: 'anna' } as const;
  for (const pattern of ['notplex.tv', 'plex.tv', 'meta.plex.tv', '*.a.meta.plex.tv']) {
    addRule(db, { ...rule, action: 'allow', pattern });
  }
  addRule(db, { ...rule, action: 'deny', pattern: 'b.meta.plex.tv' });
  const near = (name: string) =>
    nearestRules(rulesInForce(db, NOON), name).map(({ pattern, misses }) => [pattern, misses]);

  expect(near('a.meta.plex.tv')).toEqual([
    ['*.a.meta.plex.tv', 'it is for names below a.meta.plex.tv, not for a.meta.plex.tv itself'],
    ['meta.plex.tv', 'it is for that name only, not for names below it'],
    ['plex.tv', 'it is for that name only, not for names below it'],
  ]);
  expect(near('www.plex.tv').map(([pattern]) => pattern)).toEqual([
    'plex.tv',
    'meta.plex.tv',
    '*.a.meta.plex.tv',
  ]);
  expect(near('example.org')).toEqual([]);
  expect(near('tv')).toEqual([]);
});
