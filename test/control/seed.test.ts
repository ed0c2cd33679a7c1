import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { groupPresets } from '../../src/actions/presets/describe.ts';
import { catalogOf, loadCatalog } from '../../src/catalog/load.ts';
import { groups as groupsSchema } from '../../src/config/schema/groups.ts';
import { seedDatabase, TRY_OUT_GROUP } from '../../src/control/seed.ts';
import { modeAt } from '../../src/reports/mode-at.ts';
import { listAudit } from '../../src/store/audit.ts';
import { findGroupByName, listGroups } from '../../src/store/groups.ts';
import type { MainDb } from '../../src/store/open.ts';
import { pinsInForce } from '../../src/store/pins.ts';
import { addRule, endRule, rulesInForce } from '../../src/store/rules.ts';
import { mainDb } from '../store/temp.ts';
import { HOUR, NOON } from '../store/world.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));

function seed(db: MainDb, written: unknown, file: 'off' | 'seed' | 'managed' = 'managed', now = NOON) {
  return seedDatabase({ db, now, groups: groupsSchema.parse(written), file, catalog });
}
const rulesOf = (db: MainDb, group: string) =>
  rulesInForce(db, NOON, findGroupByName(db, group)?.id).map(({ id, action, pattern, origin }) => ({
    id,
    action,
    pattern,
    origin,
  }));
const plex = {
  name: 'plex',
  clients: ['192.168.20.5'],
  mode: 'enforce',
  rules: [{ allow: '.plex.tv' }, { deny: 'analytics.plex.tv' }],
};

test('without any groups a first start makes one to try things out, with the core of Plex allowed', () => {
  const db = mainDb();
  seed(db, undefined);
  expect(listGroups(db)).toMatchObject([{ name: TRY_OUT_GROUP, mode: 'learn', presets: ['plex-core'] }]);
  expect(rulesOf(db, TRY_OUT_GROUP).length).toBeGreaterThan(0);
  const before = rulesOf(db, TRY_OUT_GROUP);
  seed(db, undefined);
  expect(rulesOf(db, TRY_OUT_GROUP)).toEqual(before);
});

describe('a managed file', () => {
  test('puts its groups, rules and pins in force; enforce written there is an override', () => {
    const db = mainDb();
    seed(db, [{ ...plex, addresses: [{ cidr: '198.51.100.7', note: 'by hand' }] }]);
    expect(listGroups(db)).toMatchObject([
      { name: 'plex', mode: 'enforce', enforceOverride: true, origin: 'file' },
    ]);
    expect(rulesOf(db, 'plex')).toMatchObject([
      { action: 'allow', pattern: '.plex.tv', origin: 'file' },
      { action: 'deny', pattern: 'analytics.plex.tv' },
    ]);
    expect(pinsInForce(db, NOON)).toMatchObject([{ note: 'by hand', origin: 'file' }]);
  });

  test('ends rules that are gone from it, keeps the others with their ids, and leaves those of a person alone', () => {
    const db = mainDb();
    seed(db, [plex]);
    const groupId = findGroupByName(db, 'plex')?.id ?? 0;
    addRule(db, {
      groupId,
      action: 'allow',
      pattern: 'mine.example',
      origin: 'person',
      createdAt: NOON,
      createdBy: 'anna',
    });
    const [kept] = rulesOf(db, 'plex');
    seed(db, [{ ...plex, rules: [{ allow: '.plex.tv' }, { allow: 'new.example' }] }]);
    expect(rulesOf(db, 'plex')).toMatchObject([
      kept,
      { pattern: 'mine.example' },
      { pattern: 'new.example' },
    ]);
  });

  test('changes modes as a person does: written down, with the file as the one who did it', () => {
    const db = mainDb();
    seed(db, [{ ...plex, mode: 'learn' }]);
    const entries = () => listAudit(db, { limit: 50 }).items;
    expect(entries().map(({ actor, action, subject }) => `${actor} ${action} ${subject}`)).toEqual([
      'file rule.deny plex analytics.plex.tv',
      'file rule.allow plex .plex.tv',
      'file group.create plex',
    ]);
    seed(db, [{ ...plex, mode: 'learn' }]);
    expect(entries()).toHaveLength(3);
    seed(db, [plex], 'managed', NOON + HOUR);
    expect(entries().slice(0, -3)).toMatchObject([
      {
        at: NOON + HOUR,
        actor: 'file',
        action: 'group.mode',
        subject: 'plex',
        before: { mode: 'learn', override: false },
        after: { mode: 'enforce', override: true },
      },
    ]);
    const group = findGroupByName(db, 'plex');
    if (group === undefined) throw new Error('unreachable');
    expect([modeAt(db, group, NOON), modeAt(db, group, NOON + HOUR)]).toEqual(['learn', 'enforce']);
  });

  test('puts nothing in force whose end has passed, and says so', () => {
    const db = mainDb();
    const ended = {
      ...plex,
      rules: [{ allow: '.plex.tv', until: '2020-12-31' }, { allow: 'new.example' }],
      addresses: [{ cidr: '198.51.100.7', until: '2020-12-31' }],
    };
    const said = seed(db, [ended]);
    expect(said).toEqual([
      'groups plex: the rule for .plex.tv ended 2021-01-01T00:00:00.000Z and is not in force',
      'groups plex: the address 198.51.100.7 ended 2021-01-01T00:00:00.000Z and is not open',
    ]);
    expect(rulesOf(db, 'plex')).toMatchObject([{ pattern: 'new.example' }]);
    expect(pinsInForce(db, Date.UTC(2020, 0))).toEqual([]);
    const rows = () => db.all(db.query.selectFrom('rules').selectAll()).length;
    const before = rows();
    seed(db, [ended]);
    expect(rows()).toBe(before);
  });

  test('may rename a group and move a client between groups', () => {
    const db = mainDb();
    seed(db, [plex, { name: 'tv', clients: ['192.168.20.6'] }]);
    seed(db, [
      { ...plex, name: 'media', clients: ['192.168.20.5'] },
      { name: 'tv', clients: ['192.168.20.7'] },
    ]);
    expect(listGroups(db).map(({ name }) => name)).toEqual(['tv', 'media']);
    seed(db, [
      { ...plex, name: 'media', clients: ['192.168.20.7'] },
      { name: 'tv', clients: ['192.168.20.5'] },
    ]);
    expect(findGroupByName(db, 'tv')?.clients).toMatchObject([{ address: '192.168.20.5' }]);
  });

  test('takes its presets back when they are gone from it', () => {
    const db = mainDb();
    seed(db, [{ ...plex, presets: ['plex-core'], rules: [] }]);
    expect(rulesOf(db, 'plex').length).toBeGreaterThan(0);
    seed(db, [{ ...plex, presets: [], rules: [] }]);
    expect(rulesOf(db, 'plex')).toEqual([]);

    seed(db, [{ ...plex, presets: ['plex-core'], rules: [] }]);
    expect(rulesOf(db, 'plex').length).toBeGreaterThan(0);
    const { name, clients } = plex;
    seed(db, [{ name, clients }]);
    expect(rulesOf(db, 'plex')).toEqual([]);
  });

  test('a start with a newer catalog changes nothing, and does not bring back what a person ended', () => {
    const db = mainDb();
    const written = [{ ...plex, presets: ['plex-core'], rules: [] }];
    seed(db, written);
    const [first] = rulesOf(db, 'plex');
    endRule(db, first?.id ?? 0, { at: NOON, by: 'user:anna' });
    const before = rulesOf(db, 'plex');
    const core = catalog.presets.get('plex-core');
    if (core === undefined) throw new Error('unreachable');
    const newer = catalogOf([{ ...core, version: '9.0.0', entries: core.entries.slice(3) }]);
    seedDatabase({
      db,
      now: NOON + HOUR,
      groups: groupsSchema.parse(written),
      file: 'managed',
      catalog: newer,
    });
    expect(rulesOf(db, 'plex')).toEqual(before);
    expect(groupPresets({ db, catalog: newer, now: NOON })).toMatchObject([
      { version: '1.0.0', update: { to: '9.0.0', added: [], removed: [{ pattern: 'plex.tv' }, {}, {}] } },
    ]);
    // Not even a preset that is no more stops a start of a group that has it.
    seedDatabase({
      db,
      now: NOON + HOUR,
      groups: groupsSchema.parse(written),
      file: 'managed',
      catalog: catalogOf([]),
    });
    expect(rulesOf(db, 'plex')).toEqual(before);
  });

  test('a file that cannot be put in force changes nothing', () => {
    const db = mainDb();
    seed(db, [plex]);
    expect(() =>
      seed(db, [
        { ...plex, rules: [] },
        { name: 'tv', clients: ['192.168.20.5'] },
      ]),
    ).toThrow('192.168.20.5');
    expect(rulesOf(db, 'plex')).toHaveLength(2);
  });
});

test('file: seed counts once, file: off never', () => {
  const db = mainDb();
  seed(db, [plex], 'seed');
  seed(db, [{ ...plex, rules: [] }], 'seed');
  expect(rulesOf(db, 'plex')).toHaveLength(2);
  const other = mainDb();
  seed(other, [plex], 'off');
  expect(listGroups(other).map(({ name }) => name)).toEqual([TRY_OUT_GROUP]);
});
