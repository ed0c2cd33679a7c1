/** The query log as a file, and counted. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QueryRecord } from '../../src/actions/query-port.ts';
import { createWorld, MINUTE, NOON, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
let client: ReturnType<typeof createClient>;
beforeEach(() => {
  world = createWorld();
  client = createClient(world);
});
afterEach(() => world.close());

const get = (path: string, headers = {}) =>
  client.ask('GET', `/api/v1${path}`, { headers: { ...bearer, ...headers } });

function line(id: number, change: Partial<QueryRecord> = {}): QueryRecord {
  return {
    id,
    at: NOON - id * MINUTE,
    client: '192.168.20.5',
    group: 'plex',
    name: `n${id}.example.org`,
    type: 'A',
    verdict: 'allowed',
    reason: 'rule',
    rcode: 'NOERROR',
    source: 'cache',
    durationMs: 0.4,
    answers: ['192.0.2.7', '192.0.2.8'],
    count: 1,
    ...change,
  };
}

test('the whole filtered set, however many pages that is', async () => {
  world.queryLog.push(...Array.from({ length: 1_250 }, (_, n) => line(n + 1)));
  world.queryLog.push(line(9_999, { verdict: 'denied' }));
  const all = await get('/queries.ndjson');
  expect(all.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
  const lines = all.text.trimEnd().split('\n');
  expect(lines).toHaveLength(1_251);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    id: 1,
    name: 'n1.example.org',
    answers: ['192.0.2.7', '192.0.2.8'],
  });
  const denied = await get('/queries.csv?verdict=denied');
  expect(denied.headers['content-disposition']).toBe('attachment; filename="sallyport-queries.csv"');
  expect(denied.text.split('\r\n')).toEqual([
    'at,verdict,reason,rule,name,type,client,group,rcode,source,answers,ms,count',
    expect.stringContaining(
      ',denied,rule,,n9999.example.org,A,192.168.20.5,plex,NOERROR,cache,192.0.2.7 192.0.2.8,0.4,1',
    ),
    '',
  ]);
});

test.each([
  ['=HYPERLINK(1)', `"'=HYPERLINK(1)"`],
  ['@sum', `"'@sum"`],
  ['-1+1', `"'-1+1"`],
  ['a"b,c', '"a""b,c"'],
])('a name made to be a formula is text to a spreadsheet: %s', async (name, written) => {
  world.queryLog.push(line(1, { name }));
  expect((await get('/queries.csv')).text).toContain(`,${written},A,`);
});

test('what cannot be answered is refused before a file begins', async () => {
  expect(await get('/queries.csv?type=NONSENSE')).toMatchObject({
    status: 400,
    body: { code: 'invalid-input' },
  });
  expect(await get('/queries.csv?name=a.example&part=b')).toMatchObject({ status: 400 });
  expect(await get('/queries.csv', { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 });
});

test('a time is counted in equal parts, with and without the filter', async () => {
  world.queryLog.push(line(1, { count: 3 }), line(2, { verdict: 'denied' }), line(50));
  const since = new Date(NOON - 60 * MINUTE).toISOString();
  expect((await get(`/queries/counts?since=${since}&parts=2&verdict=denied`)).body).toMatchObject({
    since,
    until: '2026-11-22T12:00:00.000Z',
    parts: [{ at: since }, { at: '2026-11-22T11:30:00.000Z' }],
  });
  expect((await get(`/queries/counts?since=${since}&parts=2`)).body).toMatchObject({
    parts: [{ allowed: 1 }, { allowed: 3, denied: 1 }],
    questions: 5,
    lines: 3,
    all: 5,
  });
  expect(await get(`/queries/counts?since=2030-01-01T00:00:00Z`)).toMatchObject({ status: 400 });
});
