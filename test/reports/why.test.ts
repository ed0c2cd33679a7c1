import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/base/domain-name.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import type { Lease } from '../../src/ledger/lease.ts';
import { searchQueries } from '../../src/reports/queries.ts';
import { whyAddress, whyName } from '../../src/reports/why.ts';
import { updateGroup } from '../../src/store/groups.ts';
import { endLeases, saveLeases } from '../../src/store/leases.ts';
import { addPin } from '../../src/store/pins.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { addRule, type NewRule } from '../../src/store/rules.ts';
import { mainDb, queryLogDb, tempDir } from '../store/temp.ts';
import { group as addGroup, HOUR, ip, NOON, name, prefix } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));
const ADDRESS = ip('198.51.100.1');

function stage() {
  const dir = tempDir();
  const main = mainDb(dir);
  const queryLog = queryLogDb(dir);
  const { id: groupId } = addGroup(main, 'plex', '192.168.20.5');
  updateGroup(main, groupId, { mode: 'enforce' });
  const deps = { main, queryLog, catalog, clock: manualClock(NOON) };
  return {
    ...deps,
    groupId,
    why: (text: string) => whyName(deps)({ name: text })[0],
    whyAddress: (group?: string) =>
      whyAddress(deps)({ address: ADDRESS, ...(group === undefined ? {} : { group }) }),
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
  ['only names below it', 'tv', /^Only names below tv are allowed/],
])('a refused name: %s', (_, asked, sentence) => {
  const { why, rule } = stage();
  rule('.plex.tv');
  rule('ads.plex.tv', { action: 'deny' });
  expect(why(asked)).toMatchObject({ verdict: 'denied', sentence: expect.stringMatching(sentence) });
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
  createQueryLogWriter(queryLog).write([
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
  const { whyAddress, lease, main, groupId } = stage();
  addGroup(main, 'tv');
  addPin(main, {
    groupId,
    prefix: prefix('198.51.100.0/24'),
    ports: [],
    note: 'cloudflared',
    until: undefined,
    origin: 'person',
    createdAt: NOON,
    createdBy: 'anna',
  });
  lease({ name: ROOT, cause: 'adopted' });
  expect(whyAddress().sentence).toBe(
    `${ADDRESS} is open because of what the alias held when it was first read, a pin (cloudflared).`,
  );
  expect(whyAddress('tv')).toMatchObject({ open: false, leases: [] });
});
