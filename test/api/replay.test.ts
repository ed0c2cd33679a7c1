import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { createWorld, group, HOUR, ip, NOON, type World } from '../actions/world.ts';
import { name } from '../store/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
let ask: ReturnType<typeof createClient>['ask'];
let groupId: number;
beforeEach(() => {
  world = createWorld();
  ({ ask } = createClient(world));
  groupId = group(world, 'plex', { mode: 'enforce' }).id;
});
afterEach(() => world.close());

const replay = (body: object, headers: Record<string, string> = bearer) =>
  ask('POST', '/api/v1/replay', { body: { group: 'plex', ...body }, headers });
const file = (yaml: string) => ({ file: { yaml, name: 'house.yaml' } });
const plex = (...lines: string[]) =>
  ['groups:', '  - name: plex', '    clients: [192.168.20.5]', ...lines.map((line) => `    ${line}`)].join(
    '\n',
  );

function asked(text: string, verdict: 'allowed' | 'denied' = 'denied') {
  createQueryLogWriter(world.queryLogDb.sql).write([
    {
      at: NOON - HOUR,
      client: ip('192.168.20.5'),
      groupId,
      name: name(text),
      qtype: 1,
      verdict,
      reason: verdict === 'denied' ? 'no-rule' : 'rule',
      ruleId: undefined,
      rcode: 0,
      source: 'local',
      durationUs: 100,
      answers: [],
      count: 1,
    },
  ]);
}

const names = (list: readonly { readonly name: string }[]) => list.map((one) => one.name).sort();

test('a file is replayed as the group would be under it, and nothing is changed', async () => {
  await world.actions.allowName(
    { group: 'plex', pattern: 'by-anna.org', note: '' },
    { name: 'user:anna', origin: '' },
  );
  const [before, entries] = [rulesInForce(world.db, NOON), listAudit(world.db, { limit: 9 }).items.length];
  for (const one of ['by-anna.org', 'app.plex.tv', 'servers.plex.tv', 'image.tmdb.org', 'ads.example.net'])
    asked(one);
  const { status, body } = await replay(
    file(plex('presets: [plex-core]', 'rules:', '  - allow: image.tmdb.org', '  - deny: app.plex.tv')),
  );
  expect(status).toBe(200);
  // What a person allowed beside the file stays.
  expect(names(body.newlyAllowed)).toEqual(['image.tmdb.org', 'servers.plex.tv']);
  expect(body.newlyRefused).toEqual([]);
  expect(rulesInForce(world.db, NOON)).toEqual(before);
  expect(listAudit(world.db, { limit: 9 }).items).toHaveLength(entries);
});

test('what a file takes away is refused instead, unless a person has it for a while', async () => {
  await ask('POST', '/api/v1/config/apply', {
    body: { yaml: plex('rules:', '  - allow: old.org', '  - allow: both.org') },
    headers: bearer,
  });
  await world.actions.allowName(
    { group: 'plex', pattern: 'both.org', note: '', for: '1h' },
    { name: 'user:anna', origin: '' },
  );
  for (const one of ['old.org', 'both.org']) asked(one, 'allowed');
  const { body } = await replay(file(plex('rules:', '  - deny: both.org')));
  expect(body.newlyRefused).toMatchObject([{ name: 'old.org', reason: 'no-rule' }]);
});

test.each([
  ['groups: [', 'house.yaml'],
  [plex('presets: [nothing]'), 'there is no preset nothing'],
  [`file: seed\n${plex()}`, 'file: seed'],
  ['groups:\n  - name: tv\n    clients: [192.168.30.5]', 'sent.yaml takes group plex away'],
])('a file that cannot be replayed says why: %s', async (yaml, why) => {
  await ask('POST', '/api/v1/config/apply', { body: { yaml: plex() }, headers: bearer });
  const { status, body } = await replay({
    file: { yaml, ...(why.includes('sent') ? {} : { name: 'house.yaml' }) },
  });
  expect([status, body.code]).toEqual([400, 'invalid-input']);
  expect(body.detail).toContain(why);
});

test('a file stands for itself, and is for an admin', async () => {
  const both = await replay({ ...file(plex()), allow: ['a.org'] });
  expect([both.status, both.body.detail]).toEqual([400, expect.stringContaining('without other changes')]);
  const token = await ask('POST', '/api/v1/tokens', { body: { name: 't', role: 'viewer' }, headers: bearer });
  const viewer = { authorization: `Bearer ${token.body.secret}` };
  expect((await replay(file(plex()), viewer)).status).toBe(403);
  expect((await replay({}, viewer)).status).toBe(200);
});
