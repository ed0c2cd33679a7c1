import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadCatalog } from '../../../src/catalog/load.ts';
import { addressRisks } from '../../../src/reports/risk/address-risk.ts';
import { ruleRisks } from '../../../src/reports/risk/rule-risk.ts';
import { endLeases, saveLeases } from '../../../src/store/leases.ts';
import { addRule } from '../../../src/store/rules.ts';
import { addSightings } from '../../../src/store/sightings.ts';
import { mainDb } from '../../store/temp.ts';
import { group as addGroup, DAY, HOUR, ip, NOON, name } from '../../store/world.ts';
import { manualClock } from '../../support/manual-clock.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../../catalog', import.meta.url)));
const NETWORKS = new Map([
  ['192.0.2', { asn: 64500, name: 'One' }],
  ['198.51.100', { asn: 64501, name: 'Two', country: 'NL' }],
  ['203.0.113', { asn: 54113, name: 'Fastly, Inc.', country: 'US' }],
]);

function stage() {
  const main = mainDb();
  const { id: groupId } = addGroup(main, 'plex', '192.168.20.5');
  const networks = { of: (address: string) => NETWORKS.get(address.replace(/\.\d+$/, '')), close: () => {} };
  const deps = { main, catalog, clock: manualClock(NOON), networks };
  return {
    rule: (pattern: string) =>
      addRule(main, {
        groupId,
        action: 'allow',
        pattern,
        origin: 'person',
        createdAt: NOON - 90 * DAY,
        createdBy: 'anna',
      }).rule.id,
    /** Open, or `endedDaysAgo`. */
    lease: (
      text: string,
      address: string,
      { rule, daysAgo = 1, endedDaysAgo }: { rule?: number; daysAgo?: number; endedDaysAgo?: number } = {},
    ) => {
      const key = { groupId, name: name(text), address: ip(address) };
      saveLeases(main, [
        {
          ...key,
          ruleId: rule,
          cause: rule === undefined ? 'learn' : 'answer',
          startedAt: NOON - daysAgo * DAY,
          toldUntil: NOON,
          until: NOON + HOUR,
        },
      ]);
      if (endedDaysAgo !== undefined)
        endLeases(main, [key], { endedAt: NOON - endedDaysAgo * DAY, endCause: 'expired' });
    },
    seen: (text: string, address: string, chain: readonly string[] = []) =>
      addSightings(main, [
        {
          at: NOON - HOUR,
          groupId,
          ruleId: undefined,
          name: name(text),
          chain: chain.map(name),
          upstream: 'udp://192.0.2.53',
          records: [{ address: ip(address), ttlS: 300 }],
        },
      ]),
    risk: (address: string) => addressRisks(deps)({ addresses: [ip(address)] }).items[0],
    rules: (input = {}) => ruleRisks(deps)(input),
  };
}

test('names of other owners count, those of the same owner do not', () => {
  const { lease, seen, risk } = stage();
  lease('app.plex.tv', '192.0.2.1');
  for (const one of [
    'app.plex.tv',
    'image.plex.tv',
    'shop.example.org',
    'www.example.org',
    'a.github.io',
    'b.github.io',
  ])
    seen(one, '192.0.2.1');
  lease('old.example.net', '192.0.2.1', { daysAgo: 200, endedDaysAgo: 199 });
  seen('far.org', '192.0.2.2');
  expect(risk('192.0.2.1')).toMatchObject({
    others: 5,
    names: ['a.github.io', 'b.github.io', 'old.example.net', 'shop.example.org', 'www.example.org'],
    network: { asn: 64500 },
    sentence: expect.stringContaining('At least 5 other names of 4 owners were seen here'),
  });
});

test('an address that is open no more is told for the name it was open for last', () => {
  const { lease, seen, risk } = stage();
  lease('app.plex.tv', '192.0.2.1', { daysAgo: 3, endedDaysAgo: 2 });
  seen('image.plex.tv', '192.0.2.1');
  expect(risk('192.0.2.1')).toMatchObject({ others: 0 });
  expect(risk('192.0.2.9')).toMatchObject({ others: 0, names: [] });
});

test('what stood between question and answer says whose it is', () => {
  const { lease, seen, risk } = stage();
  lease('static.example.org', '192.0.2.1');
  seen('static.example.org', '192.0.2.1', ['d123.cloudfront.net']);
  expect(risk('192.0.2.1')).toMatchObject({
    score: 70,
    hosting: { kind: 'everybody', what: expect.stringContaining('CloudFront') },
  });
});

test('a rule is as risky as its riskiest address, and the riskiest rule comes first', () => {
  const { rule, lease, seen, rules } = stage();
  const [calm, wild, closed] = [rule('plex.tv'), rule('*.example.org'), rule('old.org')];
  lease('plex.tv', '192.0.2.1', { rule: calm });
  lease('a.example.org', '192.0.2.2', { rule: wild });
  lease('b.example.org', '203.0.113.7', { rule: wild });
  lease('c.example.org', '203.0.113.8', { rule: wild });
  lease('old.org', '192.0.2.3', { rule: closed, daysAgo: 3, endedDaysAgo: 2 });
  seen('other.net', '203.0.113.8');
  const { items, sources } = rules();
  expect(items).toMatchObject([
    {
      group: 'plex',
      rule: { id: wild, pattern: '*.example.org' },
      score: 80,
      addresses: 3,
      worst: [{ address: '203.0.113.8' }, { address: '203.0.113.7' }, { address: '192.0.2.2' }],
      networks: [
        { asn: 54113, addresses: 2 },
        { asn: 64500, addresses: 1 },
      ],
      sentence: expect.stringMatching(
        /^3 addresses in 2 networks; of the riskiest, 203\.0\.113\.8: At least 1 other name/,
      ),
    },
    {
      rule: { id: calm },
      addresses: 1,
      sentence: expect.stringMatching(/^192\.0\.2\.1: No name of anybody else/),
    },
  ]);
  expect(sources).toContain('db-ip.com');
  expect(rules({ rule: calm }).items).toHaveLength(1);
  expect(rules({ rule: closed }).items).toEqual([]);
  expect(() => rules({ rule: 4711 })).toThrow('rule 4711');
  expect(() => rules({ group: 'tv' })).toThrow('group tv');
});

test('what is new since last month, of a rule that is older than that', () => {
  const { rule, lease, rules } = stage();
  const [old, young] = [rule('plex.tv'), rule('new.org')];
  lease('plex.tv', '192.0.2.1', { rule: old, daysAgo: 60, endedDaysAgo: 50 });
  lease('plex.tv', '192.0.2.1', { rule: old, daysAgo: 2 });
  lease('plex.tv', '192.0.2.2', { rule: old, daysAgo: 5 });
  lease('plex.tv', '198.51.100.1', { rule: old, daysAgo: 5 });
  lease('new.org', '198.51.100.1', { rule: young, daysAgo: 5 });
  const [first, second] = rules().items;
  expect(first).toMatchObject({
    rule: { id: old },
    change: { since: NOON - 30 * DAY, newAddresses: 2, newNetworks: [{ asn: 64501 }] },
    sentence: expect.stringContaining('New since last month: AS64501 Two, NL.'),
  });
  expect(second).toMatchObject({ rule: { id: young } });
  expect(second).not.toHaveProperty('change');
});

test('what learning opened belongs to no rule', () => {
  const { lease, rules } = stage();
  lease('a.org', '192.0.2.1');
  const [item] = rules({ group: 'plex' }).items;
  expect(item).toMatchObject({ group: 'plex', addresses: 1 });
  expect(item).not.toHaveProperty('rule');
});
