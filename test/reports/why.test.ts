import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { WhyScope } from '../../src/actions/query-port.ts';
import { ROOT } from '../../src/base/domain-name.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import type { Lease } from '../../src/ledger/lease.ts';
import { leasesAt } from '../../src/reports/leases-at.ts';
import { searchQueries } from '../../src/reports/queries.ts';
import { whyAddress } from '../../src/reports/why-address.ts';
import { whyName } from '../../src/reports/why-name.ts';
import { appendAudit } from '../../src/store/audit.ts';
import { replaceFeedEntries } from '../../src/store/feeds.ts';
import { ensureFirewall } from '../../src/store/firewalls.ts';
import { updateGroup } from '../../src/store/groups.ts';
import { endLeases, saveLeases } from '../../src/store/leases.ts';
import { addPin, endPin } from '../../src/store/pins.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { recordDenials } from '../../src/store/refusals.ts';
import { addRule, endRule, type NewRule } from '../../src/store/rules.ts';
import { recordRun } from '../../src/store/runs.ts';
import { addSightings } from '../../src/store/sightings.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { mainDb, queryLogDb, tempDir } from '../store/temp.ts';
import { group as addGroup, DAY, HOUR, ip, MINUTE, NOON, name, prefix } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));
const ADDRESS = ip('198.51.100.1');

function stage() {
  const dir = tempDir();
  const main = mainDb(dir);
  const queryLog = queryLogDb(dir);
  const { id: groupId } = addGroup(main, 'plex', '192.168.20.5');
  const { id: tvId } = addGroup(main, 'tv');
  const { id: firewallId } = ensureFirewall(main, { name: 'edge', driver: 'memory', alias: 'open' });
  updateGroup(main, groupId, { mode: 'enforce' });
  const deps = {
    main,
    queryLog,
    catalog,
    clock: manualClock(NOON),
    serves: (firewall: string, group: string) => firewall !== 'edge' || group === 'plex',
  };
  return {
    ...deps,
    groupId,
    tvId,
    why: (text: string) => whyName(deps)({ name: text })[0],
    whyAddress: (group?: string) =>
      whyAddress(deps)({ address: ADDRESS, ...(group === undefined ? {} : { group }) }),
    dir,
    whyAt: (scope: WhyScope) => whyName(deps)({ name: 'plex.tv', ...scope })[0],
    whyAddressAt: (scope: WhyScope) => whyAddress(deps)({ address: ADDRESS, ...scope }),
    leases: leasesAt(deps),
    pin: (text: string, note: string) =>
      addPin(main, {
        groupId,
        prefix: prefix(text),
        ports: [],
        note,
        until: undefined,
        origin: 'person',
        createdAt: NOON - HOUR,
        createdBy: 'anna',
      }),
    /** A run that took 40 ms, and that the read-back confirmed. */
    sync: (change: 'add' | 'remove', cause: string, startedAt: number) =>
      recordRun(
        main,
        {
          firewallId,
          trigger: 'nudge',
          startedAt,
          finishedAt: startedAt + 40,
          outcome: 'applied',
          detail: '',
          desired: 1,
          current: 0,
        },
        [{ address: ADDRESS, change, cause, confirmed: true }],
      ),
    search: searchQueries(deps),
    rule: (pattern: string, more: Partial<NewRule> = {}) =>
      addRule(main, {
        groupId,
        action: 'allow',
        pattern,
        origin: 'person',
        createdAt: NOON,
        createdBy: 'anna',
        ...more,
      }).rule.id,
    lease(more: Partial<Lease> = {}) {
      const lease: Lease = {
        groupId,
        name: name('plex.tv'),
        address: ADDRESS,
        ruleId: undefined,
        cause: 'answer',
        startedAt: NOON - HOUR,
        toldUntil: NOON,
        until: NOON + HOUR,
        ...more,
      };
      saveLeases(main, [lease]);
      return lease;
    },
  };
}

test('a name is explained by the rule that decides, who made it and until when', () => {
  const { why, rule } = stage();
  const id = rule('.plex.tv', { note: 'account', expiresAt: NOON + HOUR });
  expect(why('app.plex.tv')).toMatchObject({
    verdict: 'allowed',
    rule: { id, pattern: '.plex.tv' },
    sentence: `app.plex.tv is allowed in plex by rule ${id} (allow .plex.tv, by anna: account, until 2026-11-22T13:00:00.000Z).`,
  });
});

test.each([
  [
    'a deny rule',
    'ads.plex.tv',
    /^ads\.plex\.tv is refused in plex by rule \d+ \(deny ads\.plex\.tv, by anna\)\.$/,
  ],
  ['no rule', 'other.example', /^No rule of plex allows other\.example\.$/],
  ['no rule for a star', '\\*.other.example', /^No rule of plex allows \*\.other\.example\.$/],
  ['only names below it', 'tv', /^Only names below tv are allowed/],
])('a refused name: %s', (_, asked, sentence) => {
  const { why, rule } = stage();
  rule('.plex.tv');
  rule('ads.plex.tv', { action: 'deny' });
  expect(why(asked)).toMatchObject({ verdict: 'denied', sentence: expect.stringMatching(sentence) });
});

test.each([
  ['those of a service record', ['SRV', 'TXT'], ['SRV', 'TXT'], 'is allowed in plex for SRV, TXT by'],
  ['one family of addresses', ['AAAA'], ['AAAA'], 'is allowed in plex for AAAA by'],
  ['more than addresses', ['A', 'AAAA', 'HTTPS'], ['A', 'AAAA', 'HTTPS'], 'for A, AAAA, HTTPS by'],
  ['every one', ['ANY'], ['ANY'], 'is allowed in plex for every type by'],
  ['the usual ones', ['A', 'AAAA'], ['A', 'AAAA'], 'is allowed in plex by'],
])('a name is judged for the types its rule has: %s', (_, types, allowed, sentence) => {
  const { why, rule } = stage();
  const id = rule('_v2._tcp.example.org', { types });
  expect(why('_v2._tcp.example.org')).toMatchObject({
    verdict: 'allowed',
    reason: 'rule',
    types: allowed,
    rule: { id },
    sentence: expect.stringContaining(sentence),
  });
});

test('a denied name has no types, whatever an allow rule below it lists', () => {
  const { why, rule } = stage();
  rule('.example.org', { types: ['TXT'] });
  rule('x.example.org', { action: 'deny' });
  expect(why('x.example.org')).toMatchObject({ verdict: 'denied', reason: 'deny-rule', types: [] });
});

test('while learning a name is explained by the rule that it has for other types than addresses', () => {
  const { why, rule, main, groupId } = stage();
  updateGroup(main, groupId, { mode: 'learn' });
  rule('x.example', { types: ['TXT'] });
  expect(why('x.example')).toMatchObject({ reason: 'rule', types: ['TXT'] });
});

test('while learning or paused a name without a rule is answered, and would be refused otherwise', () => {
  const { why, main, groupId } = stage();
  updateGroup(main, groupId, { mode: 'learn' });
  expect(why('x.example')).toMatchObject({
    verdict: 'allowed',
    reason: 'learn',
    sentence: expect.stringContaining('learning'),
  });
  updateGroup(main, groupId, { mode: 'enforce', pausedUntil: NOON + HOUR });
  expect(why('x.example')).toMatchObject({
    verdict: 'allowed',
    reason: 'paused',
    sentence: expect.stringContaining('paused'),
  });
});

test('a name shows its open addresses and what was asked lately', () => {
  const { why, lease, queryLog, groupId, search } = stage();
  lease();
  createQueryLogWriter(queryLog.sql).write([
    {
      at: NOON,
      client: ip('192.168.20.5'),
      groupId,
      name: name('plex.tv'),
      qtype: 1,
      verdict: 'denied',
      reason: 'no-rule',
      ruleId: undefined,
      rcode: 3,
      source: 'local',
      durationUs: 250,
      answers: [],
      count: 1,
    },
  ]);
  expect(why('plex.tv')).toMatchObject({
    addresses: [ADDRESS],
    lastQueries: [{ group: 'plex', type: 'A', rcode: 'NXDOMAIN', durationMs: 0.25 }],
  });
  expect(search({ group: 'plex', limit: 10 }).items).toHaveLength(1);
  expect(() => search({ group: 'nobody', limit: 10 })).toThrow('group nobody');
  expect(() => search({ cursor: 'x', limit: 10 })).toThrow('not a cursor: "x"');
});

test('an open address names why, with the rule and who approved it', () => {
  const { whyAddress, lease, rule } = stage();
  const ruleId = rule('plex.tv');
  lease({ ruleId });
  expect(whyAddress()).toMatchObject({
    open: true,
    sentence: `${ADDRESS} is open because of plex.tv.`,
    leases: [{ group: 'plex', name: 'plex.tv', cause: 'answer', rule: { id: ruleId }, approvedBy: 'anna' }],
  });
});

test('a closed address says when and how its last lease ended; one never seen says so', () => {
  const { whyAddress, lease, main } = stage();
  expect(whyAddress()).toMatchObject({ open: false, sentence: expect.stringContaining('was never opened') });
  endLeases(main, [lease()], { endedAt: NOON, endCause: 'revoked' });
  expect(whyAddress()).toMatchObject({
    open: false,
    sentence: `${ADDRESS} is closed; its last lease, for plex.tv, ended at 2026-11-22T12:00:00.000Z (revoked).`,
  });
});

test('an address may be open by hand, by what the alias held, or for another group only', () => {
  const { whyAddress, lease, pin } = stage();
  pin('198.51.100.0/24', 'opens nothing');
  pin(ADDRESS, 'cloudflared');
  lease({ name: ROOT, cause: 'adopted' });
  expect(whyAddress().sentence).toBe(
    `${ADDRESS} is open because of what the alias held when it was first read, a pin (cloudflared).`,
  );
  expect(whyAddress('tv')).toMatchObject({ open: false, leases: [] });
});

describe('an interval tells', () => {
  test('nothing of a firewall that another group has', () => {
    const { whyAddress, lease, sync, tvId, leases } = stage();
    sync('add', 'answer', NOON - HOUR);
    lease({ groupId: tvId });
    expect(whyAddress().leases).toMatchObject([{ group: 'tv', pushes: [] }]);
    lease();
    expect(whyAddress('plex').leases).toMatchObject([{ pushes: [{ firewall: 'edge' }] }]);
    expect(leases({ period: { from: NOON, until: NOON }, group: 'tv', limit: 9 }).items).toMatchObject([
      { pushes: [] },
    ]);
  });

  test('who allowed it and why, the answer with its chain, the push, the read-back, and what happened next', () => {
    const { whyAddress, lease, rule, sync, main, groupId } = stage();
    const ruleId = rule('.plex.tv', { note: 'account' });
    addSightings(main, [
      {
        at: NOON - HOUR - 20,
        groupId,
        ruleId,
        name: name('plex.tv'),
        chain: [name('cdn.example')],
        upstream: 'udp://192.0.2.53:53',
        records: [{ address: ADDRESS, ttlS: 300 }],
      },
    ]);
    sync('add', 'answer', NOON - 2 * HOUR);
    sync('add', 'answer', NOON - HOUR);
    endLeases(main, [lease({ ruleId })], { endedAt: NOON, endCause: 'revoked' });
    sync('remove', 'revoked', NOON);
    expect(whyAddress().leases).toEqual([
      {
        group: 'plex',
        name: 'plex.tv',
        address: ADDRESS,
        cause: 'answer',
        rule: { id: ruleId, action: 'allow', pattern: '.plex.tv' },
        approvedBy: 'anna',
        approvedAt: NOON,
        note: 'account',
        startedAt: NOON - HOUR,
        toldUntil: NOON,
        until: NOON + HOUR,
        endedAt: NOON,
        endCause: 'revoked',
        answer: { at: NOON - HOUR - 20, ttlS: 300, chain: ['cdn.example'], upstream: 'udp://192.0.2.53:53' },
        pushes: [
          {
            firewall: 'edge',
            change: 'add',
            cause: 'answer',
            trigger: 'nudge',
            at: NOON - HOUR,
            confirmedAt: NOON - HOUR + 40,
          },
          {
            firewall: 'edge',
            change: 'remove',
            cause: 'revoked',
            trigger: 'nudge',
            at: NOON,
            confirmedAt: NOON + 40,
          },
        ],
        next: 'somebody ended the rule, and it was closed at once',
      },
    ]);
  });

  test('what had it open already, where nothing was pushed for it', () => {
    const { whyAddress, lease, sync } = stage();
    sync('add', 'learn', NOON - 2 * HOUR);
    lease();
    expect(whyAddress().leases).toMatchObject([
      {
        pushes: [{ change: 'add', cause: 'learn' }],
        next: expect.stringMatching(/^open until 2026-11-22T13/),
      },
    ]);
  });

  test('that another rule took it over', () => {
    const { whyAddress, lease, main } = stage();
    endLeases(main, [lease()], { endedAt: NOON, endCause: 'taken-over' });
    lease({ startedAt: NOON });
    expect(whyAddress().leases.map(({ next }) => next)).toEqual([
      expect.stringContaining('open until'),
      'another rule or cause took it over, and it stayed open',
    ]);
  });

  test('who opened it by hand, and which feed named it', () => {
    const { whyAddress, pin, main, groupId } = stage();
    const { id } = pin(ADDRESS, 'push');
    endPin(main, id, { at: NOON + 5, by: 'user:bo' });
    replaceFeedEntries(main, {
      feed: 'cdn',
      groupIds: [groupId],
      addresses: [ADDRESS],
      at: NOON + 9,
      note: 'push servers',
      until: NOON + HOUR,
    });
    expect(whyAddress().leases).toMatchObject([
      {
        cause: 'feed',
        name: 'cdn',
        note: 'push servers',
        next: 'open as long as feed cdn names it, until 2026-11-22T13:00:00.000Z at the latest',
      },
      { cause: 'pin', approvedBy: 'anna', note: 'push', endedAt: NOON + 5, next: 'closed by user:bo' },
    ]);
  });
});

describe('at a moment of the past', () => {
  const at = (ms: number) => ({ period: { from: ms, until: ms } });

  test('an address says what had it open then, or what did last before', () => {
    const { whyAddressAt, lease, main } = stage();
    endLeases(main, [lease({ startedAt: NOON - 3 * HOUR })], {
      endedAt: NOON - 2 * HOUR,
      endCause: 'expired',
    });
    lease({ name: name('other.example'), startedAt: NOON - HOUR });
    expect(whyAddressAt(at(NOON - 2.5 * HOUR))).toMatchObject({
      open: true,
      sentence: `${ADDRESS} was open then because of plex.tv.`,
      leases: [{ name: 'plex.tv' }],
    });
    expect(whyAddressAt(at(NOON - 1.5 * HOUR))).toMatchObject({
      open: false,
      sentence: `${ADDRESS} was closed then; its last lease, for plex.tv, ended at 2026-11-22T10:00:00.000Z (expired).`,
    });
    expect(whyAddressAt({ period: { from: NOON - 3 * HOUR, until: NOON } }).leases).toHaveLength(2);
    expect(whyAddressAt(at(NOON - 9 * HOUR)).sentence).toContain('was never opened before that');
  });

  test('an address that only a firewall knows says since when and as what', () => {
    const { whyAddress, sync } = stage();
    sync('add', 'sentinel', NOON - HOUR);
    expect(whyAddress().sentence).toBe(
      `No name, person or feed had ${ADDRESS} open; it was put on edge (sentinel, since 2026-11-22T11:00:00.000Z).`,
    );
  });

  test('a name is judged by the rules and the mode of that moment', () => {
    const { whyAt, rule, main, groupId } = stage();
    const id = rule('plex.tv', { createdAt: NOON - 5 * HOUR });
    endRule(main, id, { at: NOON - HOUR, by: 'bo' });
    const note = { at: NOON - 6 * HOUR, actor: 'anna', action: 'group.mode', subject: 'plex' };
    appendAudit(main, { ...note, before: { mode: 'learn' }, after: { mode: 'enforce' } });
    updateGroup(main, groupId, { mode: 'enforce' });
    expect(whyAt(at(NOON - 2 * HOUR))).toMatchObject({
      verdict: 'allowed',
      rule: { id },
      sentence: expect.stringMatching(/^plex\.tv was allowed in plex by rule/),
    });
    expect(whyAt(at(NOON - 30 * MINUTE))).toMatchObject({ sentence: 'No rule of plex allowed plex.tv.' });
    expect(whyAt(at(NOON - 7 * HOUR))).toMatchObject({
      verdict: 'allowed',
      sentence: 'No rule allowed plex.tv; it was answered because plex was learning.',
    });
  });

  test('a pause counts from when it was asked for', () => {
    const { whyAt, main } = stage();
    const pause = { at: NOON - 3 * HOUR, actor: 'anna', action: 'group.pause', subject: 'plex' };
    appendAudit(main, { ...pause, after: { pausedUntil: NOON - HOUR } });
    expect(whyAt(at(NOON - 2 * HOUR))).toMatchObject({ reason: 'paused' });
    expect(whyAt(at(NOON - 30 * MINUTE))).toMatchObject({ reason: 'no-rule' });
  });

  test('refusals are counted by day when the queries are long gone', () => {
    const { whyAt, main, groupId } = stage();
    const old = NOON - 200 * DAY;
    const refusal = {
      groupId,
      name: name('plex.tv'),
      qtype: 1,
      client: ip('192.168.20.5'),
      reason: 'no-rule',
    };
    recordDenials(main, [{ ...refusal, ruleId: undefined, count: 7, firstAt: old, lastAt: old }]);
    expect(whyAt(at(old))?.refusals).toEqual([
      { day: '2026-05-06', qtype: 'A', reason: 'no-rule', count: 7 },
    ]);
  });

  test('what was open is listed, whatever opened it, a page at a time', () => {
    const { leases, lease, pin, main, groupId } = stage();
    pin('203.0.113.7', 'push');
    replaceFeedEntries(main, {
      feed: 'cdn',
      groupIds: [groupId],
      addresses: [ip('203.0.113.8')],
      at: NOON - HOUR,
    });
    const early = lease({ address: ip('203.0.113.1'), startedAt: NOON - 4 * HOUR });
    endLeases(main, [early], { endedAt: NOON - 2 * HOUR, endCause: 'expired' });
    lease({ address: ip('203.0.113.2') });
    lease({ address: ip('203.0.113.3') });
    const open = (ms: number, more = {}) =>
      leases({ ...at(ms), limit: 10, ...more }).items.map(({ address }) => address.slice(-1));
    expect(open(NOON - 3 * HOUR)).toEqual(['1']);
    expect(open(NOON)).toEqual(['7', '8', '3', '2']);
    expect(open(NOON, { name: 'plex.tv' })).toEqual(['3', '2']);
    expect(open(NOON, { address: '203.0.113.7' })).toEqual(['7']);
    expect(open(NOON, { group: 'tv' })).toEqual([]);
    const page = leases({ ...at(NOON), limit: 1 });
    expect(page.items).toHaveLength(3);
    expect(open(NOON, { limit: 1, cursor: Number(page.nextCursor) })).toEqual(['2']);
  });
});

test('a client is asked about by its group; one of no group is named', () => {
  const { whyAt, whyAddressAt } = stage();
  expect(whyAt({ client: ip('192.168.20.5') })?.group).toBe('plex');
  expect(() => whyAt({ client: ip('192.168.20.9') })).toThrow('192.168.20.9 is in no group');
  expect(() => whyAddressAt({ client: ip('192.168.20.5'), group: 'tv' })).toThrow(
    'is in group plex, not in tv',
  );
});

test('every statement of these reports uses an index', () => {
  const { main, dir, rule, lease, pin, sync, leases, whyAt, whyAddressAt } = stage();
  lease({ ruleId: rule('plex.tv') });
  pin(ADDRESS, 'push');
  sync('add', 'answer', NOON);
  const statements = new Set<string>();
  for (const kind of ['all', 'first'] as const) {
    const run = main[kind];
    vi.spyOn(main, kind).mockImplementation((query) => {
      statements.add(query.compile().sql);
      return run(query) as never;
    });
  }
  const period = { from: NOON - HOUR, until: NOON };
  for (const scope of [{}, { period }, { group: 'plex' }, { group: 'plex', period }]) {
    whyAt(scope);
    whyAddressAt(scope);
    leases({ period, limit: 10, ...scope });
    leases({ period, limit: 10, ...scope, cursor: 9 });
    leases({ period, limit: 10, ...scope, name: 'plex.tv' });
    leases({ period, limit: 10, ...scope, address: ADDRESS });
  }
  const file = openSqlite(join(dir, 'sallyport.db'), { readonly: true });
  onTestFinished(() => void file.close());
  const plans = [...statements].flatMap((sql) =>
    (
      file.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(sql.match(/\?/g) ?? []).map(() => 1)) as {
        detail: string;
      }[]
    ).map(({ detail }) => detail),
  );
  expect(statements.size).toBeGreaterThan(15);
  // A handful of rows each, whatever happens.
  const small = /^SCAN (groups|group_clients|firewalls)\b/;
  expect(
    plans.filter((plan) => /^SCAN /.test(plan) && !/ USING .*INDEX /.test(plan) && !small.test(plan)),
  ).toEqual([]);
});

describe('a name below plex.direct', () => {
  const MINE = '0123456789abcdef'.repeat(2);
  const SHARED = 'b'.repeat(32);

  test.each([
    [`192-168-20-5.${MINE}.plex.direct`, 'allowed', 'plex-direct', /a name of your Plex server/],
    [`203-0-113-9.${SHARED}.plex.direct`, 'allowed', 'plex-direct', /shared with you \(Bo\)/],
    [`${MINE}.plex.direct`, 'denied', 'above-allowed', /Only names below/],
    [`203-0-113-66.${MINE}.plex.direct`, 'denied', 'plex-direct-risky', /risky: a public address/],
    [`192-168-20-5.${'f'.repeat(32)}.plex.direct`, 'denied', 'plex-direct-foreign', /foreign Plex server/],
  ])('%s is %s, whatever rules and mode say', (text, verdict, reason, sentence) => {
    const { main, groupId, why } = stage();
    updateGroup(main, groupId, {
      mode: 'learn',
      plexDirect: {
        hashes: [MINE],
        ownAddresses: [prefix('192.168.20.5')],
        shared: [{ hash: SHARED, addresses: [ip('203.0.113.9')], note: 'Bo' }],
      },
    });
    addRule(main, {
      groupId,
      action: 'allow',
      pattern: '*.plex.direct',
      origin: 'person',
      createdAt: NOON,
      createdBy: 'user:anna',
    });
    expect(why(text)).toMatchObject({ verdict, reason, sentence: expect.stringMatching(sentence) });
    expect(why(text)).not.toHaveProperty('rule');
  });
});
