import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorld, type World } from '../actions/world.ts';
import { learnFromRecording } from '../fixtures/plex-boot/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const client = () => {
  const { ask } = createClient(world);
  return {
    get: (path: string) => ask('GET', `/api/v1${path}`, { headers: bearer }),
    post: (path: string, body?: unknown) => ask('POST', `/api/v1${path}`, { body, headers: bearer }),
  };
};

test('from the report to enforcing and back', async () => {
  learnFromRecording(world);
  const { get, post } = client();
  const report = await get('/groups/plex/report');
  expect(report.status).toBe(200);
  expect(report.body).toMatchObject({ group: 'plex', mode: 'learn', since: '2026-11-22T12:00:00.000Z' });
  const rules = report.body.suggestion.rules
    .filter(({ selected }: { selected: boolean }) => selected)
    .map(({ pattern, types }: { pattern: string; types: string[] }) => ({ pattern, types }));

  const preview = await post('/groups/plex/enforce/preview', { rules });
  expect(preview.body.newlyRefused.map(({ name }: { name: string }) => name)).toContain('analytics.plex.tv');
  expect(preview.body.newlyRefused.map(({ name }: { name: string }) => name)).not.toContain('plex.tv');
  expect((await get('/rules?group=plex')).body.items).toEqual([]);

  const enforced = await post('/groups/plex/enforce', { rules });
  expect(enforced.body).toMatchObject({
    group: { mode: 'enforce', enforcement: { state: 'enforced' } },
    effect: { epoch: 1 },
  });
  expect(enforced.body.rules).toHaveLength(rules.length);
  expect(enforced.body.rules[0]).toMatchObject({ origin: 'learn', action: 'allow' });

  const after = await get('/groups/plex/report?since=24h');
  expect(after.body).toMatchObject({ mode: 'enforce', suggestion: { rules: expect.any(Array) } });
  expect(after.body.suggestion.rules.filter(({ selected }: { selected: boolean }) => selected)).toEqual([]);

  expect((await post('/groups/plex/learn')).body).toMatchObject({ group: { mode: 'learn' } });
});

test('a report of no group, and a wish that is none, are told', async () => {
  const { get, post } = client();
  expect((await get('/groups/nobody/report')).body).toMatchObject({ code: 'not-found' });
  learnFromRecording(world);
  expect((await get('/groups/plex/report?since=yesterday')).status).toBe(400);
  expect((await post('/groups/plex/enforce', { rules: ['plex.tv'] })).status).toBe(400);
  expect((await post('/groups/plex/enforce', { rules: [{ pattern: '*' }] })).body).toMatchObject({
    code: 'invalid-input',
  });
  expect((await post('/groups/plex/enforce/preview', { presets: ['nonsense'] })).body).toMatchObject({
    code: 'not-found',
  });
});
