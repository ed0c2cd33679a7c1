import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import { findGroupByName } from '../../src/store/groups.ts';
import { createWorld, refused, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

const GROUPS = `groups:
  - name: plex
    clients: [192.168.20.5]
    mode: learn
    addresses: [{ cidr: 198.51.100.7 }]
    rules:
      - allow: .plex.tv
`;

let world: World;
let ask: ReturnType<typeof createClient>['ask'];
beforeEach(() => {
  world = createWorld();
  ({ ask } = createClient(world));
});
afterEach(() => world.close());

const post = (path: string, body: unknown) => ask('POST', `/api/v1${path}`, { body, headers: bearer });
const get = (path: string) => ask('GET', `/api/v1${path}`, { headers: bearer });

test('a plan changes nothing; an apply is in force when it is answered, and a second one changes nothing', async () => {
  const planned = await post('/config/plan', { yaml: GROUPS, name: 'house.yaml' });
  expect(planned).toMatchObject({
    status: 200,
    body: { source: 'house.yaml', changes: [{ op: 'add', kind: 'group', place: 'house.yaml:2' }, {}, {}] },
  });
  expect(world.calls).toEqual([]);
  const applied = await post('/config/apply', { yaml: GROUPS });
  expect(applied).toMatchObject({
    status: 200,
    body: { plan: { changes: [{}, {}, {}] }, effect: { epoch: 1 } },
  });
  expect(world.calls).toEqual(['reload', 'nudge']);
  expect(listAudit(world.db, { limit: 9 }).items).toHaveLength(3);
  const again = await post('/config/apply', { yaml: GROUPS });
  expect(again.body).toMatchObject({ plan: { changes: [] } });
  expect(again.body.effect).toBeUndefined();
  expect(world.calls).toHaveLength(2);
});

describe('what hurts', () => {
  test.each([
    [
      'a bomb',
      'a: &a [x,x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]',
    ],
    ['depth', `groups: ${'['.repeat(100_000)}`],
    ['a tag', 'groups: !!js/function "x"'],
    ['a key twice', 'groups: []\ngroups: []'],
    ['text', 'hello'],
  ])('%s is refused as a problem of the file', async (_, yaml) => {
    const { status, body } = await post('/config/plan', { yaml });
    expect([status, body.code]).toEqual([400, 'invalid-input']);
    expect(body.detail).toContain('sent.yaml');
  });

  test('more than the server reads is refused', async () => {
    const { status } = await post('/config/plan', { yaml: `# ${'x'.repeat(800_000)}` });
    expect(status).toBe(400);
    expect((await post('/config/plan', { yaml: 'x'.repeat(2 ** 20) })).status).toBe(413);
  });

  test('a name that is a path is refused', async () => {
    expect((await post('/config/plan', { yaml: GROUPS, name: '../x.yaml' })).status).toBe(400);
  });
});

test('what is managed is locked with its line, and a while is possible all the same', async () => {
  await post('/config/apply', { yaml: GROUPS, name: 'house.yaml' });
  const [rule] = (await get('/rules')).body.items;
  expect(rule).toMatchObject({ origin: 'file', place: 'house.yaml:7' });
  const refused = await ask('DELETE', `/api/v1/rules/${rule.id}`, { headers: bearer });
  expect(refused).toMatchObject({ status: 409, body: { code: 'managed-by-file' } });
  expect(refused.body.hint).toContain('house.yaml:7');
  expect((await get('/groups/plex')).body.place).toBe('house.yaml:2');
  const group = await ask('PATCH', '/api/v1/groups/plex', { body: { refuse: 'nodata' }, headers: bearer });
  expect(group).toMatchObject({ status: 409, body: { code: 'managed-by-file' } });
  const [address] = (await get('/addresses')).body.items;
  expect(address.place).toBe('house.yaml:5');
  expect((await ask('DELETE', `/api/v1/addresses/${address.id}`, { headers: bearer })).body.hint).toContain(
    'house.yaml:5',
  );

  const allowed = await post('/rules', { group: 'plex', allow: 'image.tmdb.org', for: '15m' });
  expect(allowed.status).toBe(200);
  const { configuration } = (await get('/status')).body;
  expect(configuration).toMatchObject({
    source: 'house.yaml',
    managed: true,
    drift: [{ kind: 'rule', what: 'allow image.tmdb.org', by: 'token' }],
  });
});

test('an export says who manages it', async () => {
  await post('/config/apply', { yaml: GROUPS });
  const { body } = await get('/config');
  expect(body).toMatchObject({ state: { managed: true } });
  expect((await post('/config/plan', { yaml: body.yaml })).body.changes).toEqual([]);
});

test('a file of its own that is broken is told in the status, and nothing changes', async () => {
  world.file.text = GROUPS;
  expect((await post('/config/apply', {})).status).toBe(200);
  world.file.text = 'groups: [';
  const { status, body } = await post('/config/apply', {});
  expect([status, body.code]).toEqual([400, 'invalid-input']);
  expect((await get('/status')).body.warnings).toEqual([expect.stringContaining('sallyport.yaml:1')]);
  expect(findGroupByName(world.db, 'plex')).toBeDefined();
  world.file.text = GROUPS;
  await post('/config/apply', {});
  expect((await get('/status')).body.warnings).toEqual([]);
});

test('a rule of a file answers the refused names it covers', async () => {
  await post('/config/apply', { yaml: GROUPS });
  const plex = findGroupByName(world.db, 'plex');
  if (plex === undefined) throw new Error('unreachable');
  refused(world, plex, 'image.tmdb.org');
  refused(world, plex, 'ads.example');
  await post('/config/apply', { yaml: `${GROUPS}      - allow: .tmdb.org\n` });
  const waiting = (await get('/denials?state=waiting')).body.items;
  expect(waiting.map(({ name }: { name: string }) => name)).toEqual(['ads.example']);
});
