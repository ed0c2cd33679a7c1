import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { createWorld, group, NOON, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
let ask: ReturnType<typeof createClient>['ask'];
beforeEach(() => {
  world = createWorld();
  group(world);
  ({ ask } = createClient(world));
});
afterEach(() => world.close());

const post = (path: string, body: unknown) => ask('POST', `/api/v1${path}`, { body, headers: bearer });
const patterns = () => rulesInForce(world.db, NOON).map(({ pattern }) => pattern);

test('a dry run says what would be added, what is there and what is left out, and changes nothing', async () => {
  await post('/rules', { group: 'plex', allow: 'plex.tv', for: 'always' });
  const text = 'plex.tv\n.tmdb.org # artwork\nnot one name\n';
  const before = listAudit(world.db, { limit: 9 }).items.length;
  const { status, body } = await post('/rules/import?dryRun=1', { group: 'plex', text });
  expect(status).toBe(200);
  expect(body).toEqual({
    dryRun: true,
    format: 'plain',
    added: [{ action: 'allow', pattern: '.tmdb.org', note: 'artwork' }],
    existing: [{ action: 'allow', pattern: 'plex.tv', note: '', rule: 1 }],
    skipped: [{ line: 3, text: 'not one name', reason: 'more than one word' }],
    skippedCount: 1,
  });
  expect(patterns()).toEqual(['plex.tv']);
  expect(listAudit(world.db, { limit: 9 }).items).toHaveLength(before);
});

test('an import is one entry of the audit, in force when it is answered, and taken back by its number', async () => {
  const { body } = await post('/rules/import', {
    group: 'plex',
    source: 'names.txt',
    text: '@@||tmdb.org^\n||ads.example^\n',
  });
  const [entry] = listAudit(world.db, { limit: 9 }).items;
  expect(entry).toMatchObject({
    action: 'rule.import',
    subject: 'plex',
    after: { source: 'names.txt', count: 2, firstRule: 1, lastRule: 2 },
  });
  expect(body).toMatchObject({
    effect: { epoch: 1 },
    undo: { entry: entry?.id, command: `sallyport import --undo ${entry?.id}` },
  });
  await post('/rules', { group: 'plex', allow: 'mine.example', for: 'always' });
  const undo = () => ask('DELETE', `/api/v1/rules/import/${entry?.id}`, { headers: bearer });
  expect((await undo()).body).toMatchObject({ ended: 2, effect: {} });
  expect(patterns()).toEqual(['mine.example']);
  expect((await undo()).status).toBe(404);
  expect(listAudit(world.db, { limit: 1 }).items).toMatchObject([{ action: 'rule.import-undo' }]);
});

test('what a preset allows is there already; what is allowed for a while only is not, and is told once', async () => {
  await post('/groups/plex/presets/ntp', {});
  await post('/rules', { group: 'plex', allow: 'plex.tv', for: '15m' });
  const { body } = await post('/rules/import', { group: 'plex', text: 'ntp.ubuntu.com\nplex.tv\nplex.tv\n' });
  expect(body.existing).toMatchObject([{ pattern: 'ntp.ubuntu.com' }]);
  expect(body.added).toMatchObject([{ pattern: 'plex.tv' }]);
  const ofPlexTv = () => rulesInForce(world.db, NOON).filter(({ pattern }) => pattern === 'plex.tv');
  expect(ofPlexTv().map(({ expiresAt }) => expiresAt === undefined)).toEqual([false, true]);
  await ask('DELETE', `/api/v1/rules/import/${body.undo.entry}`, { headers: bearer });
  expect(ofPlexTv().map(({ expiresAt }) => expiresAt === undefined)).toEqual([false]);
});

test.each([
  ['a group that is not there', { group: 'tv', text: 'a.example' }, 404],
  ['neither text nor entries', { group: 'plex' }, 400],
  ['octets', { group: 'plex', text: 'a\u0000b' }, 400],
  ['a database', { group: 'plex', text: 'SQLite format 3\u0000' }, 400],
  ['an entry that is no name', { group: 'plex', entries: [{ action: 'allow', pattern: 'a..b' }] }, 400],
  [
    'more entries than one import may have',
    { group: 'plex', entries: Array(10_001).fill({ action: 'allow', pattern: 'a.example' }) },
    400,
  ],
])('%s: nothing is imported', async (_, body, status) => {
  expect((await post('/rules/import', body)).status).toBe(status);
  expect(patterns()).toEqual([]);
});

test('an undo of something else is refused', async () => {
  await post('/rules', { group: 'plex', allow: 'mine.example' });
  const [entry] = listAudit(world.db, { limit: 1 }).items;
  const { status, body } = await ask('DELETE', `/api/v1/rules/import/${entry?.id}`, { headers: bearer });
  expect([status, body.detail]).toEqual([404, `audit entry ${entry?.id} is no import`]);
});
