import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ReplayInput } from '../../src/actions/reports/replay.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { replay } from '../../src/reports/replay.ts';
import { replaceFeedEntries } from '../../src/store/feeds.ts';
import { updateGroup } from '../../src/store/groups.ts';
import { saveLeases } from '../../src/store/leases.ts';
import { createQueryLogWriter, type LoggedQuery } from '../../src/store/querylog/writer.ts';
import { addRule, type NewRule } from '../../src/store/rules.ts';
import { mainDb, queryLogDb, tempDir } from '../store/temp.ts';
import { group as addGroup, DAY, HOUR, ip, MINUTE, NOON, name } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));
const PLEX = ip('192.168.20.5');
const A = 1;
const AAAA = 28;
const TXT = 16;

function stage() {
  const dir = tempDir();
  const main = mainDb(dir);
  const queryLog = queryLogDb(dir);
  const { id: groupId } = addGroup(main, 'plex', '192.168.20.5');
  const { id: otherId } = addGroup(main, 'tv');
  updateGroup(main, groupId, { mode: 'enforce' });
  const write = createQueryLogWriter(queryLog.sql).write;
  const run = replay({ main, queryLog, catalog, clock: manualClock(NOON) });
  return {
    main,
    groupId,
    otherId,
    learn: () => updateGroup(main, groupId, { mode: 'learn' }),
    rule: (pattern: string, more: Partial<NewRule> = {}) =>
      addRule(main, {
        groupId,
        action: 'allow',
        pattern,
        origin: 'person',
        createdAt: NOON - DAY,
        createdBy: 'anna',
        ...more,
      }).rule.id,
    asked: (text: string, more: Partial<LoggedQuery> = {}) =>
      write([
        {
          at: NOON - HOUR,
          client: PLEX,
          groupId,
          name: name(text),
          qtype: A,
          verdict: 'denied',
          reason: 'no-rule',
          ruleId: undefined,
          rcode: 3,
          source: 'local',
          durationUs: 100,
          answers: [],
          count: 1,
          ...more,
        },
      ]),
    lease: (text: string, address: string) =>
      saveLeases(main, [
        {
          groupId,
          name: name(text),
          address: ip(address),
          ruleId: undefined,
          cause: 'answer',
          startedAt: NOON - HOUR,
          toldUntil: NOON,
          until: NOON + HOUR,
        },
      ]),
    replay: (input: Partial<ReplayInput> = {}) =>
      run({
        group: 'plex',
        add: [],
        without: [],
        presets: [],
        only: false,
        since: NOON - 7 * DAY,
        until: NOON + 1,
        ...input,
      }),
  };
}

const allow = (pattern: string, types = ['A', 'AAAA']) => ({ action: 'allow' as const, pattern, types });

test('the rules as they are change nothing in a group that is enforced', () => {
  const { rule, asked, replay } = stage();
  rule('.plex.tv');
  asked('app.plex.tv', { verdict: 'allowed', reason: 'rule' });
  asked('other.org');
  expect(replay()).toMatchObject({
    queries: 2,
    names: 2,
    newlyRefused: [],
    newlyAllowed: [],
    closes: [],
    opens: [],
  });
});

test('what enforcing would refuse of what learning lets through', () => {
  const { learn, rule, asked, replay } = stage();
  learn();
  rule('.plex.tv');
  asked('app.plex.tv', { verdict: 'allowed', reason: 'rule' });
  asked('image.tmdb.org', { verdict: 'allowed', reason: 'learn', count: 3, answers: [ip('198.51.100.7')] });
  asked('image.tmdb.org', { qtype: AAAA, at: NOON - MINUTE, client: ip('192.168.20.6') });
  expect(replay()).toMatchObject({
    newlyRefusedNames: 1,
    newlyRefusedQueries: 4,
    newlyRefused: [
      {
        name: 'image.tmdb.org',
        types: ['A', 'AAAA'],
        count: 4,
        firstAt: NOON - HOUR,
        lastAt: NOON - MINUTE,
        clients: ['192.168.20.5', '192.168.20.6'],
        answers: ['198.51.100.7'],
        reason: 'no-rule',
      },
    ],
  });
});

test('a rule that is added answers names, for its types only, and says by which rule', () => {
  const { asked, replay } = stage();
  asked('image.tmdb.org');
  asked('image.tmdb.org', { qtype: TXT });
  asked('tmdb.example');
  const { newlyAllowed } = replay({ add: [allow('*.tmdb.org')] });
  expect(newlyAllowed).toMatchObject([
    {
      name: 'image.tmdb.org',
      types: ['A'],
      reason: 'rule',
      rule: { action: 'allow', pattern: '*.tmdb.org' },
    },
  ]);
  expect(replay({ add: [allow('*.tmdb.org', ['ANY'])] }).newlyAllowed).toMatchObject([
    { types: ['A', 'TXT'] },
  ]);
});

test('a rule that is taken away refuses what only it allowed, and closes what is open for nothing else', () => {
  const { main, groupId, rule, asked, lease, replay } = stage();
  const wide = rule('.plex.tv');
  rule('app.plex.tv');
  for (const text of ['app.plex.tv', 'metrics.plex.tv', 'static.plex.tv'])
    asked(text, { verdict: 'allowed', reason: 'rule' });
  lease('app.plex.tv', '198.51.100.1');
  lease('metrics.plex.tv', '198.51.100.1');
  lease('metrics.plex.tv', '198.51.100.2');
  lease('static.plex.tv', '198.51.100.3');
  replaceFeedEntries(main, {
    feed: 'pubsub',
    groupIds: [groupId],
    addresses: [ip('198.51.100.3')],
    at: NOON,
  });
  const result = replay({ without: [wide] });
  expect(result.newlyRefused.map((one) => one.name).sort()).toEqual(['metrics.plex.tv', 'static.plex.tv']);
  expect(result.closes).toEqual(['198.51.100.2']);
  expect(() => replay({ without: [4711] })).toThrow('rule 4711 is not in force in plex');
});

test('a preset alone', () => {
  const { rule, asked, replay } = stage();
  rule('image.tmdb.org');
  asked('image.tmdb.org', { verdict: 'allowed', reason: 'rule' });
  asked('plex.tv');
  const result = replay({ only: true, presets: ['plex-core'] });
  expect(result.newlyRefused).toMatchObject([{ name: 'image.tmdb.org' }]);
  expect(result.newlyAllowed).toMatchObject([{ name: 'plex.tv' }]);
});

test('other groups, other times and what no policy decides are left out', () => {
  const { otherId, asked, replay } = stage();
  asked('of-tv.org', { groupId: otherId });
  asked('of-nobody.org', { groupId: undefined });
  asked('old.org', { at: NOON - 8 * DAY });
  asked('healthcheck.sallyport', { reason: 'local', verdict: 'allowed' });
  asked('192-168-20-5.abc.plex.direct', { reason: 'plex-direct', verdict: 'allowed' });
  expect(replay({ add: [allow('.org')] })).toMatchObject({
    queries: 0,
    names: 0,
    newlyAllowed: [],
    newlyRefused: [],
  });
});
