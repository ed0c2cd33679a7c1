import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensurePage } from '../../scripts/support/page.ts';
import { toProblem } from '../../src/api/problem.ts';
import { ERROR_CODES, type ErrorCode, KnownError, TransientDriverError } from '../../src/base/errors.ts';
import {
  anna,
  createWorld,
  feed,
  firewall,
  group,
  HOUR,
  ip,
  MINUTE,
  NOON,
  newHost,
  openAddress,
  refused,
  type World,
} from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
let client: ReturnType<typeof createClient>;
beforeEach(() => {
  world = createWorld();
  client = createClient(world);
});
afterEach(() => world.close());

const LONG = 'x'.repeat(501);

const get = (url: string) => client.ask('GET', `/api/v1${url}`, { headers: bearer });
const send = (method: 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown) =>
  client.ask(method, `/api/v1${url}`, { headers: bearer, ...(body === undefined ? {} : { body }) });

test('what was found in an alias is not shown under the name of the root', async () => {
  world.open.push(openAddress({ name: '.', cause: 'adopted' }));
  const { body } = await client.ask('GET', '/api/v1/leases', { headers: bearer });
  expect(body.items).toMatchObject([{ name: '(found in the alias)', cause: 'adopted' }]);
});

describe('status', () => {
  test('says what is enforced, what waits and what is open', async () => {
    const plex = group(world, 'plex', { mode: 'enforce', enforceOverride: true });
    refused(world, plex, 'image.tmdb.org');
    newHost(world, '192.168.40.5', 'plex.tv');
    world.open.push(openAddress(), openAddress({ name: 'other.example' }));
    const { body } = await get('/status');
    expect(body).toMatchObject({
      sentences: ['plex: Names are filtered; addresses are NOT enforced: no firewall connected.'],
      groups: [{ name: 'plex', enforcement: { state: 'names-only' } }],
      waitingDenials: 1,
      newHosts: 1,
      openAddresses: 1,
      counters: { queries: 10 },
    });
  });

  test('without groups it does not claim anything', async () => {
    expect((await get('/status')).body.sentences).toEqual([
      'No host is protected yet: every client is refused, and nothing is enforced.',
    ]);
  });
});

describe('groups and hosts', () => {
  test('make, show, change, pause, resume', async () => {
    newHost(world, '192.168.20.5', 'plex.tv', 'example.org');
    expect((await get('/hosts')).body.items).toMatchObject([
      { sentence: 'new host 192.168.20.5 asked 2 names', names: 2 },
    ]);
    expect(await send('POST', '/groups', { name: 'plex', presets: ['plex-core'] })).toMatchObject({
      status: 200,
      body: {
        group: { mode: 'learn', presets: ['plex-core'] },
        effect: { epoch: 1, addresses: [], firewalls: [] },
      },
    });
    expect(await send('POST', '/groups/plex/clients', { client: '192.168.20.5' })).toMatchObject({
      body: { group: { clients: ['192.168.20.5'] } },
    });
    expect((await get('/hosts')).body.items).toEqual([]);
    expect(await send('PATCH', '/groups/plex', { mode: 'enforce' })).toMatchObject({
      status: 409,
      body: { code: 'enforce-needs-firewall', type: 'urn:sallyport:problem:enforce-needs-firewall' },
    });
    expect(await send('PATCH', '/groups/plex', { mode: 'enforce', override: true })).toMatchObject({
      body: { group: { mode: 'enforce', override: true } },
    });
    expect(await send('POST', '/groups/plex/pause', { for: '10s' })).toMatchObject({
      body: {
        group: { pausedUntil: new Date(NOON + 10_000).toISOString(), enforcement: { state: 'paused' } },
      },
    });
    expect((await send('POST', '/groups/plex/resume')).body.group).not.toHaveProperty('pausedUntil');
    expect((await send('DELETE', '/groups/plex/clients?client=192.168.20.5')).body.group.clients).toEqual([]);
    expect(await get('/groups/plex')).toMatchObject({ status: 200, body: { name: 'plex' } });
    expect(await get('/groups/nas')).toMatchObject({ status: 404, body: { hint: 'Groups: plex.' } });
  });

  test('a pause that is over is not shown', async () => {
    group(world);
    await world.actions.pauseGroup({ group: 'plex', for: '1h', note: '' }, anna);
    world.clock.advance(HOUR);
    expect((await get('/groups/plex')).body).not.toHaveProperty('pausedUntil');
  });
});

describe('a moment of the past', () => {
  const past = {
    group: 'plex',
    name: 'plex.tv',
    address: ip('198.51.100.7'),
    cause: 'answer',
    startedAt: NOON - HOUR,
    endedAt: NOON,
    endCause: 'expired',
    pushes: [
      {
        firewall: 'edge',
        change: 'add',
        cause: 'answer',
        trigger: 'nudge',
        at: NOON - HOUR,
        confirmedAt: NOON - HOUR + 40,
      },
    ],
    next: 'nobody asked again, and it ended with its term',
  } as const;
  const told = {
    name: 'plex.tv',
    endedAt: '2026-11-22T12:00:00.000Z',
    pushes: [{ confirmedAt: '2026-11-22T11:00:00.040Z' }],
  };

  test('what was open then is listed; now is what is open now', async () => {
    group(world);
    world.open.push(openAddress());
    world.answers.past.push(past);
    expect((await get('/leases?at=2026-11-22T11:30Z')).body).toMatchObject({
      at: '2026-11-22T11:30Z',
      items: [told],
    });
    expect((await get('/leases')).body.items).toMatchObject([{ name: 'image.tmdb.org' }]);
    expect(await get('/leases?at=soon')).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
    expect(await get('/leases?at=1h%20ago&group=nas')).toMatchObject({ status: 404 });
  });

  test('why tells the interval; a client that is no address is refused', async () => {
    world.answers.address = { address: past.address, open: true, sentence: 'was open then', leases: [past] };
    expect((await get('/why?address=198.51.100.7&at=2h%20ago')).body.address).toMatchObject({
      leases: [told],
    });
    expect(await get('/why?name=plex.tv&client=tv')).toMatchObject({ status: 400 });
    expect(await get('/why?name=plex.tv&at=soon')).toMatchObject({
      status: 400,
      body: { hint: expect.any(String) },
    });
  });
});

describe('addresses opened by hand', () => {
  test('open, list, change, close', async () => {
    group(world);
    const body = { group: 'plex', address: '198.51.100.7', until: '2026-12-31', note: 'push', ports: [443] };
    const made = await send('POST', '/addresses', body);
    expect(made).toMatchObject({
      status: 200,
      body: {
        address: {
          address: '198.51.100.7',
          ports: [443],
          createdBy: 'token',
          until: '2027-01-01T00:00:00.000Z',
        },
        effect: { epoch: 1, addresses: ['198.51.100.7'] },
      },
    });
    const path = `/addresses/${made.body.address.id}`;
    expect((await get('/addresses?group=plex')).body.items).toHaveLength(1);
    const changed = await send('PATCH', path, { for: 'always', note: 'for good' });
    expect(changed.body.address).toMatchObject({ note: 'for good', ports: [443] });
    expect(changed.body.address).not.toHaveProperty('until');
    expect((await send('DELETE', path)).body.address).toMatchObject({ endedBy: 'token' });
    expect((await get('/addresses')).body.items).toEqual([]);
    expect(await send('DELETE', path)).toMatchObject({ status: 404 });
    expect((await get('/audit')).body.items.map(({ action }: { action: string }) => action)).toEqual([
      'address.close',
      'address.change',
      'address.open',
    ]);
  });

  test.each([
    [{ address: '198.51.100.0/24' }, 400, 'invalid-input'],
    [{ address: '127.0.0.1' }, 409, 'address-never-opened'],
    [{ address: '198.51.100.7', for: '1h', until: '2027-01-01' }, 400, 'invalid-input'],
    [{ address: '198.51.100.7', ports: [0] }, 400, 'invalid-input'],
  ])('%j is refused', async (body, status, code) => {
    group(world);
    expect(await send('POST', '/addresses', { group: 'plex', ...body })).toMatchObject({
      status,
      body: { code },
    });
  });
});

test('plexDirect of a group is shown, changed, and what it refuses is refused in every mode', async () => {
  const plex = group(world);
  const [mine, other] = ['0123456789abcdef'.repeat(2), 'b'.repeat(32)];
  const plexDirect = { hashes: [mine.toUpperCase()], ownAddresses: ['192.168.20.5'] };
  const shared = [{ hash: other, addresses: ['203.0.113.9'], note: 'Bo' }];
  const { status, body } = await send('PATCH', '/groups/plex', { plexDirect: { ...plexDirect, shared } });
  expect(status).toBe(200);
  expect(body.group.plexDirect).toEqual({ hashes: [mine], ownAddresses: ['192.168.20.5'], shared });
  expect((await get('/addresses')).body.items).toMatchObject([
    { address: '203.0.113.9', plexServer: other, note: 'shared Plex server bbbbbbbb…: Bo' },
  ]);
  refused(world, plex, `203-0-113-66.${mine}.plex.direct`, { reason: 'plex-direct-risky' });
  const { items } = (await get('/denials')).body;
  expect(items).toMatchObject([{ refused: true, reason: 'plex-direct-risky' }]);
  expect(await send('POST', `/denials/${items[0].id}/allow`, {})).toMatchObject({
    status: 409,
    body: { code: 'of-plex-direct' },
  });
  world.looks.set('192.168.20.5', {
    hashes: [other.replace('b', 'c')],
    names: [],
    identity: undefined,
    problem: undefined,
  });
  expect((await send('POST', '/groups/plex/plex-direct/find')).body).toMatchObject({
    items: [{ server: '192.168.20.5:32400' }],
    proposal: { hashes: [mine, other.replace('b', 'c')] },
  });
});

describe('feeds', () => {
  test('are shown, fetched now, and accepted by a person', async () => {
    world.feedReports.push(feed({ problem: 'waits', held: [ip('198.51.100.7')] }));
    expect((await get('/feeds')).body.items).toMatchObject([
      {
        name: 'cdn',
        entries: 12,
        problem: 'waits',
        held: ['198.51.100.7'],
        nextAt: new Date(NOON + HOUR).toISOString(),
      },
    ]);
    expect(await send('POST', '/feeds/cdn/refresh')).toMatchObject({
      status: 200,
      body: { feed: { name: 'cdn' } },
    });
    expect(await send('POST', '/feeds/cdn/accept')).toMatchObject({ body: { feed: { entries: 1 } } });
    expect(world.calls).toEqual(['refresh cdn', 'accept cdn', 'nudge']);
    expect((await get('/audit')).body.items).toMatchObject([
      { action: 'feed.accept', subject: 'cdn', actor: 'token' },
    ]);
    expect(await send('POST', '/feeds/other/accept')).toMatchObject({ status: 404 });
  });
});

describe('rules', () => {
  test('allow, list, end, and undo by making it again', async () => {
    group(world);
    const allow = {
      group: 'plex',
      allow: '.plex.tv',
      for: '1h',
      note: 'account',
      types: ['a', 'srv'],
      warm: true,
    };
    const made = await send('POST', '/rules', allow);
    expect(made).toMatchObject({
      status: 200,
      body: {
        rule: {
          action: 'allow',
          pattern: '.plex.tv',
          types: ['A', 'SRV'],
          warm: 'always',
          createdBy: 'token',
          expiresAt: new Date(NOON + HOUR).toISOString(),
        },
      },
    });
    expect((await get('/rules?group=plex')).body.items).toHaveLength(1);
    expect((await send('DELETE', `/rules/${made.body.rule.id}`)).body.rule).toMatchObject({
      endedBy: 'token',
    });
    expect((await get('/rules')).body.items).toEqual([]);
    expect(await send('POST', '/rules', allow)).toMatchObject({ status: 200 });
  });

  test('a day runs to its end in UTC, today too, as in the configuration', async () => {
    group(world);
    const until = async (text: string) =>
      (await send('POST', '/rules', { group: 'plex', allow: `d${text.length}.example`, until: text })).body
        .rule.expiresAt;
    expect(await until('2026-11-22')).toBe('2026-11-23T00:00:00.000Z');
    expect(await until('2026-11-22T18:00:00+01:00')).toBe('2026-11-22T17:00:00.000Z');
    const wrong = { group: 'plex', allow: 'a.example', until: '3 December 2026' };
    expect((await send('POST', '/rules', wrong)).body.detail).toMatch(/^until: write a day as in 2026-12-31/);
  });

  test.each([
    [{ allow: 'a.example', deny: 'a.example' }, 'give either allow or deny'],
    [{}, 'give either allow or deny'],
    [{ allow: 'a.example', for: '1h', until: '2027-01-01' }, 'give for or until, not both'],
    [{ allow: 'a.example', for: 'soon' }, 'for: a number and s, m, h or d'],
    [{ allow: 'a.example', colour: 'red' }, 'colour'],
    [{ deny: 'a.example', until: '2020-01-01' }, 'in the past'],
  ])('%j is refused with the reason', async (body, reason) => {
    group(world);
    expect(await send('POST', '/rules', { group: 'plex', ...body })).toMatchObject({
      status: 400,
      body: { code: 'invalid-input', detail: expect.stringContaining(reason) },
    });
  });
});

test.each([
  ['group is missing', 'POST', '/rules', {}],
  ['allow has to be text', 'POST', '/rules', { group: 'plex', allow: 7 }],
  ['name: lower-case letters, digits, dots and dashes, at most 63', 'POST', '/groups', { name: 'Plex' }],
  ['note has to be at most 500 characters long', 'POST', '/groups/plex/pause', { for: '15m', note: LONG }],
  [
    'types has to have at least 1 entries',
    'POST',
    '/rules',
    { group: 'plex', allow: 'a.example', types: [] },
  ],
  ['the body has no colour', 'POST', '/rules', { group: 'plex', allow: 'a.example', colour: 'red' }],
  ['the body has to be an object', 'POST', '/rules', []],
  ['mode has to be learn or enforce', 'PATCH', '/groups/plex', { mode: 'off' }],
  ['client has to be at least 2 characters long', 'GET', '/queries?client=x', undefined],
  ['since has to be a time such as 2026-11-22T12:00:00Z', 'GET', '/queries?since=yesterday', undefined],
  ['limit has to be a number', 'GET', '/queries?limit=many', undefined],
] as const)(
  '%s: so a person is told, not in the words of a validator',
  async (detail, method, path, body) => {
    group(world);
    const answer = await client.ask(method, `/api/v1${path}`, {
      headers: bearer,
      ...(body === undefined ? {} : { body }),
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-input', detail } });
  },
);

describe('denials', () => {
  test('are listed by state and window, and paged', async () => {
    const plex = group(world);
    refused(world, plex, 'old.example');
    world.clock.advance(20 * MINUTE);
    refused(world, plex, 'a.example');
    refused(world, plex, 'b.example');
    const names = ({ body }: Awaited<ReturnType<typeof get>>) =>
      body.items.map((one: { name: string }) => one.name);

    expect(names(await get('/denials'))).toEqual(['b.example', 'a.example', 'old.example']);
    expect(names(await get('/denials?window=15m'))).toEqual(['b.example', 'a.example']);
    const first = await get('/denials?limit=2');
    expect(names(first)).toEqual(['b.example', 'a.example']);
    expect(names(await get(`/denials?limit=2&cursor=${first.body.nextCursor}`))).toEqual(['old.example']);
    expect(first.body.total).toBe(3);
    expect((await get('/denials?part=OLD&limit=1')).body).toMatchObject({
      items: [{ name: 'old.example' }],
      total: 1,
    });
    expect(names(await get('/denials?name=A.example'))).toEqual(['a.example']);
    expect(names(await get('/denials?name=b.example&name=old.example&name=no.example'))).toEqual([
      'b.example',
      'old.example',
    ]);
    expect(names(await get('/denials?state=muted'))).toEqual([]);
    expect(await get('/denials?cursor=nonsense')).toMatchObject({ status: 400 });
  });

  test('a name asked again after long is inside the window', async () => {
    const plex = group(world);
    refused(world, plex, 'old.example');
    world.clock.advance(HOUR);
    refused(world, plex, 'old.example');
    expect((await get('/denials?window=1m')).body.items).toMatchObject([{ name: 'old.example', count: 2 }]);
  });

  test('allowing takes fifteen minutes and the exact name unless more is said; a second time is a conflict', async () => {
    const { id } = refused(world, group(world), 'image.tmdb.org');
    expect(await send('POST', `/denials/${id}/allow`, {})).toMatchObject({
      status: 200,
      body: {
        denial: { state: 'decided', decidedBy: 'token' },
        rule: { pattern: 'image.tmdb.org', expiresAt: new Date(NOON + 15 * MINUTE).toISOString() },
        effect: { epoch: 1 },
      },
    });
    expect(await send('POST', `/denials/${id}/allow`, { for: 'always' })).toMatchObject({
      status: 409,
      body: {
        code: 'denial-already-decided',
        hint: expect.stringContaining('sallyport allow image.tmdb.org'),
      },
    });
  });

  test('a name that is only noted is not called refused', async () => {
    refused(world, group(world), 'a.example');
    refused(world, group(world, 'nas', { mode: 'enforce' }), 'b.example', { client: '192.168.30.9' });
    expect((await get('/denials')).body.items).toMatchObject([
      { name: 'b.example', refused: true },
      { name: 'a.example', refused: false },
    ]);
  });

  test('mute and unmute', async () => {
    const { id } = refused(world, group(world), 'telemetry.example');
    expect(await send('POST', `/denials/${id}/mute`)).toMatchObject({ body: { denial: { state: 'muted' } } });
    expect(await send('POST', `/denials/${id}/unmute`)).toMatchObject({
      body: { denial: { state: 'waiting' } },
    });
    expect(await send('POST', '/denials/4711/mute')).toMatchObject({ status: 404 });
  });
});

describe('leases, firewalls, queries, why, audit', () => {
  test('leases are found by name and address however they are written', async () => {
    world.open.push(openAddress(), openAddress({ name: 'nas.example', until: Number.POSITIVE_INFINITY }));
    expect((await get('/leases?name=IMAGE.tmdb.org.')).body.items).toMatchObject([
      { address: '192.0.2.7', until: new Date(NOON + HOUR).toISOString() },
    ]);
    expect((await get('/leases?address=::ffff:192.0.2.7')).body.items).toHaveLength(2);
    expect((await get('/leases?name=nas.example')).body.items[0]).not.toHaveProperty('until');
    expect(await get('/leases?address=plex.tv')).toMatchObject({ status: 400 });
    expect(await get('/leases?group=nobody')).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });

  test('a firewall is synced, planned for, examined; one that is not there is 404', async () => {
    world.firewalls.push(firewall());
    expect((await get('/firewalls')).body.items).toMatchObject([
      { name: 'edge', state: 'up', ruleUse: 'used', entries: 1 },
    ]);
    expect(await send('POST', '/firewalls/edge/sync')).toMatchObject({
      status: 200,
      body: { run: { outcome: 'applied' }, firewall: { name: 'edge' } },
    });
    expect(await send('POST', '/firewalls/edge/plan')).toMatchObject({
      body: { plan: { add: ['192.0.2.7'], remove: ['192.0.2.8'] } },
    });
    expect(await send('POST', '/firewalls/edge/examine')).toMatchObject({
      body: { firewall: { findings: [{ check: 'reachable', result: 'ok' }] } },
    });
    expect(await send('POST', '/firewalls/edge/create-alias')).toMatchObject({
      status: 200,
      body: { firewall: { name: 'edge' } },
    });
    expect(world.calls).toContain('create alias edge');
    expect(await send('POST', '/firewalls/edge/drop')).toMatchObject({
      status: 409,
      body: { code: 'plan-not-held' },
    });
    world.knocks.set('edge', {
      url: 'https://192.168.1.1',
      pin: undefined,
      certificate: { pin: 'sha256/x', subject: 'CN=fw', issuer: 'CN=fw', validFrom: NOON, validTo: NOON },
      refusal: new Error('The certificate of 192.168.1.1:443 is self-signed'),
      clockAheadMs: 0,
    });
    expect(await get('/firewalls/edge/certificate')).toMatchObject({
      status: 200,
      body: { name: 'edge', pin: 'sha256/x', trusted: false, validTo: '2026-11-22T12:00:00.000Z' },
    });
    world.knocks.clear();
    expect(await get('/firewalls/edge/certificate')).toMatchObject({ status: 400 });
    expect(await send('POST', '/doctor', { firewall: 'edge' })).toMatchObject({
      status: 200,
      body: { ok: true, items: expect.arrayContaining([expect.objectContaining({ firewall: 'edge' })]) },
    });
    expect(await send('POST', '/doctor', { client: 'nobody' })).toMatchObject({ status: 404 });
    expect(await send('POST', '/doctor', { test: 1 })).toMatchObject({ status: 400 });
    expect(await send('POST', '/firewalls/nowhere/sync')).toMatchObject({ status: 404 });
  });

  test('the key of a firewall is confirmed: the answer is what to set, and who did it is written down', async () => {
    const [pin, other] = ['x', 'y'].map((octet) => `sha256/${octet.repeat(43)}=`);
    const shows = (pinned: string | undefined) =>
      world.knocks.set('edge', {
        url: 'https://192.168.1.1',
        pin: pinned,
        certificate: { pin: String(pin), subject: 'CN=fw', issuer: 'CN=fw', validFrom: NOON, validTo: NOON },
        refusal: undefined,
        clockAheadMs: 0,
      });
    const trusted = async () =>
      (await get('/audit')).body.items.filter(
        ({ action }: { action: string }) => action === 'firewall.trust',
      );
    world.firewalls.push(firewall());
    shows(undefined);
    expect(await send('POST', '/firewalls/edge/trust', { pin: 'sha256/short' })).toMatchObject({
      status: 400,
    });
    expect(await send('POST', '/firewalls/edge/trust', { pin: other })).toMatchObject({
      status: 502,
      body: { code: 'firewall-misconfigured' },
    });
    expect(await trusted()).toEqual([]);
    expect(await send('POST', '/firewalls/edge/trust', { pin })).toMatchObject({
      status: 200,
      body: {
        name: 'edge',
        pinned: false,
        file: `tls: { pin: ${pin} }`,
        environment: `SALLYPORT_FIREWALL_PIN=${pin}`,
      },
    });
    expect(await trusted()).toMatchObject([{ subject: 'edge' }]);
    shows(pin);
    expect(await send('POST', '/firewalls/edge/trust', { pin })).toMatchObject({ body: { pinned: true } });
    expect(await trusted()).toHaveLength(1);
  });

  test('queries and why go to the query thread and come back with ISO times', async () => {
    group(world);
    const line = {
      id: 1,
      at: NOON,
      client: '192.168.20.5',
      group: 'plex',
      name: 'plex.tv',
      type: 'A',
      verdict: 'denied',
      reason: 'no-rule',
      rcode: 'NXDOMAIN',
      source: 'local',
      durationMs: 0.2,
      answers: [],
      count: 1,
    } as const;
    world.queryLog.push(line);
    world.answers.names.push({
      group: 'plex',
      name: 'plex.tv',
      verdict: 'denied',
      reason: 'no-rule',
      types: [],
      nearest: [],
      sentence: 'No rule allows plex.tv.',
      addresses: [],
      refusals: [],
      leases: [],
      lastQueries: [line],
    });
    expect((await get('/queries?name=.plex.tv&limit=5')).body.items).toMatchObject([
      { at: new Date(NOON).toISOString(), reason: 'no-rule' },
    ]);
    expect((await get('/why?name=plex.tv&group=plex')).body).toMatchObject({
      names: [{ sentence: 'No rule allows plex.tv.', enforcement: { state: 'learning' } }],
    });
    expect((await get('/why?address=192.0.2.7')).body).toMatchObject({ address: { open: false } });
    expect(await get('/why')).toMatchObject({ status: 400 });
  });

  test('the audit says who did what from where', async () => {
    group(world);
    await send('POST', '/rules', { group: 'plex', deny: 'analytics.plex.tv' });
    expect((await get('/audit')).body.items[0]).toMatchObject({
      actor: 'token',
      origin: '192.168.1.9',
      action: 'rule.deny',
      subject: 'plex analytics.plex.tv',
    });
  });
});

describe('the cache', () => {
  test('is shown, and flushed by name or whole', async () => {
    expect((await get('/cache')).body).toMatchObject({ entries: 3, hits: 75, limitOctets: 33_554_432 });
    expect(await send('POST', '/cache/flush', { name: 'Plex.TV' })).toMatchObject({
      status: 200,
      body: { flushed: 'plex.tv', cache: { entries: 3 } },
    });
    expect((await send('POST', '/cache/flush')).body).toMatchObject({ flushed: '*' });
    expect((await send('POST', '/cache/flush', { name: 'a..b' })).body).toMatchObject({
      code: 'invalid-input',
    });
    expect(world.calls).toEqual(['flush plex.tv', 'flush all']);
    expect((await get('/audit')).body.items).toMatchObject([
      { action: 'cache.flush' },
      { subject: 'plex.tv' },
    ]);
  });
});

describe('problems', () => {
  test.each(Object.entries(ERROR_CODES))(
    '%s has status %i, a title and a type of its own',
    (code, status) => {
      const problem = toProblem(
        new KnownError(code as ErrorCode, 'what happened', { hint: 'what to do' }),
        'r1',
      );
      expect(problem).toMatchObject({
        status,
        code,
        type: `urn:sallyport:problem:${code}`,
        hint: 'what to do',
        requestId: 'r1',
      });
      expect(problem.title).toMatch(/^[A-Z][a-z -]+$/);
    },
  );

  test('a firewall that may answer next time is 502', () => {
    expect(toProblem(new TransientDriverError('edge did not answer'), 'r1')).toMatchObject({
      status: 502,
      code: 'firewall-unreachable',
      detail: 'edge did not answer',
    });
  });

  test('what was not foreseen is told in the log only', async () => {
    group(world);
    world.policy.reload = async () => {
      throw new Error('secret detail /root/key');
    };
    const { status, text, body, headers } = await send('POST', '/rules', {
      group: 'plex',
      allow: 'a.example',
    });
    expect(status).toBe(500);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'unexpected', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(text).not.toContain('secret');
  });

  test('a path that is not there, a body that is no JSON', async () => {
    expect(await get('/nowhere')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    const broken = await client.ask('POST', '/api/v1/groups', {
      body: '{"name":',
      headers: { ...bearer, 'content-type': 'application/json' },
    });
    expect(broken).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
  });

  test('below a base path everything is there, and nothing outside it but health', {
    timeout: 60_000,
  }, async () => {
    await ensurePage();
    const below = createClient(world, 'web', { basePath: '/sallyport' });
    expect(await below.ask('GET', '/sallyport/api/v1/status', { headers: bearer })).toMatchObject({
      status: 200,
    });
    expect(await below.ask('GET', '/sallyport/')).toMatchObject({ status: 200 });
    expect(await below.ask('GET', '/sallyport')).toMatchObject({
      status: 302,
      headers: { location: '/sallyport/' },
    });
    expect(await below.ask('GET', '/api/v1/status', { headers: bearer })).toMatchObject({ status: 404 });
    expect(await below.ask('GET', '/healthz')).toMatchObject({ status: 200 });
  });
});

test('every route says what it asks of its caller', async () => {
  const routes: (readonly [string, string | undefined])[] = [];
  const { app } = createClient(world);
  app.addHook('onRoute', ({ method, url, config }) => {
    routes.push([`${method} ${url}`, config?.permission]);
  });
  await app.ready();
  expect(routes.length).toBeGreaterThan(30);
  expect(routes.filter(([, permission]) => permission === undefined)).toEqual([]);
  expect(routes.filter(([, permission]) => permission === 'open').map(([route]) => route)).toEqual([
    'GET /api/v1/session',
    'HEAD /api/v1/session',
    'POST /api/v1/session',
    'DELETE /api/v1/session',
    'POST /api/v1/setup',
  ]);
});
