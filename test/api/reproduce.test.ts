import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { createWorld, group, ip, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

function stage() {
  const plex = group(world, 'plex', { mode: 'enforce' });
  const { ask } = createClient(world);
  const call = (method: 'GET' | 'POST' | 'DELETE', path = '', body?: unknown, headers = bearer) =>
    ask(method, `/api/v1/groups/plex/reproduce${path}`, { body, headers });
  const refuse = (name: string) =>
    createQueryLogWriter(world.queryLogDb.sql).write([
      {
        at: world.clock.now(),
        client: ip('192.168.20.5'),
        groupId: plex.id,
        name: parseDomainName(name),
        qtype: 1,
        verdict: 'denied',
        reason: 'no-rule',
        ruleId: undefined,
        rcode: 3,
        source: 'local',
        durationUs: 100,
        answers: [],
        count: 1,
      },
    ]);
  return { ask, call, refuse };
}

test('from the mark to what is kept', async () => {
  const { call, refuse } = stage();
  expect((await call('GET')).body).toEqual({
    group: 'plex',
    running: false,
    sentence: 'Nothing is being reproduced in plex.',
  });
  expect((await call('POST')).body).toMatchObject({ running: true, startedBy: 'token', refused: [] });
  expect((await call('POST')).body).toMatchObject({ status: 409, code: 'reproduce-running' });

  refuse('image.tmdb.org');
  refuse('p1ex.tv');
  const shown = (await call('GET', '?all=1')).body;
  expect(shown).toMatchObject({ backgroundNames: 0, background: [] });
  expect(shown.refused.map(({ name }: { name: string }) => name).sort()).toEqual([
    'image.tmdb.org',
    'p1ex.tv',
  ]);

  const allowed = (await call('POST', '/allow', {})).body;
  expect(allowed).toMatchObject({
    rules: [{ pattern: 'image.tmdb.org', origin: 'person' }],
    skipped: [{ name: 'p1ex.tv' }],
    effect: { epoch: 1 },
  });
  world.clock.advance(1000);
  expect((await call('POST', '/verify')).body).toMatchObject({ refused: [], forMs: 0 });
  const kept = (await call('POST', '/keep')).body;
  expect(kept.rules).toMatchObject([{ pattern: 'image.tmdb.org' }]);
  expect(kept.rules[0]).not.toHaveProperty('expiresAt');
  expect((await call('DELETE')).body).toMatchObject({ code: 'not-found' });
});

test('an approver allows for a while, and keeping is for an admin', async () => {
  const { ask, call, refuse } = stage();
  const made = await ask('POST', '/api/v1/tokens', {
    body: { name: 'phone', role: 'approver' },
    headers: bearer,
  });
  const approver = { authorization: `Bearer ${made.body.secret}` };
  expect((await call('POST', '', undefined, approver)).status).toBe(200);
  refuse('image.tmdb.org');
  expect((await call('POST', '/allow', { for: '30d' }, approver)).body).toMatchObject({
    code: 'not-allowed',
  });
  expect((await call('POST', '/allow', { for: '1h' }, approver)).status).toBe(200);
  expect((await call('POST', '/keep', undefined, approver)).body).toMatchObject({ code: 'not-allowed' });
  expect((await call('POST', '/drop', undefined, approver)).status).toBe(200);
});
