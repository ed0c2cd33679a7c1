import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/actions/actor.ts';
import { KnownError } from '../../src/base/errors.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { listAudit } from '../../src/store/audit.ts';
import { addGroup, findGroupByName, listGroups, updateGroup } from '../../src/store/groups.ts';
import type { MainDb } from '../../src/store/open.ts';
import { addPin, pinsInForce } from '../../src/store/pins.ts';
import { addRule, rulesInForce } from '../../src/store/rules.ts';
import { configurationFile, configurationOf, type FileInMemory } from '../actions/configuration-file.ts';
import { mainDb } from '../store/temp.ts';
import { HOUR, NOON } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

const anna: Actor = { name: 'user:anna', origin: '192.168.1.9' };
const GROUPS = `groups:
  - name: plex
    clients: [192.168.20.5]
    mode: enforce
    addresses:
      - { cidr: 198.51.100.7, note: cloudflared, ports: [7844] }
    presets: [plex-core]
    rules:
      - allow: .plex.tv
        note: account
      - deny: analytics.plex.tv
`;

let db: MainDb;
let file: FileInMemory;
const clock = manualClock(NOON);
const configuration = (text?: string) => {
  file = configurationFile(text);
  return configurationOf(db, clock, file);
};
const sent = (text: string, name = 'my.yaml') => ({ name, text });
const shown = (plan: { readonly changes: readonly { op: string; kind: string; group: string }[] }) =>
  plan.changes.map(({ op, kind, group }) => `${op} ${kind} ${group}`);

beforeEach(() => {
  db = mainDb();
});
afterEach(() => db.close());

describe('groups that are sent', () => {
  test('are planned without changing anything, applied, and then there is nothing to do', () => {
    const config = configuration();
    const plan = config.plan(sent(GROUPS));
    expect(shown(plan)).toEqual([
      'add group plex',
      'add preset plex',
      'add rule plex',
      'add rule plex',
      'add address plex',
    ]);
    expect(listGroups(db)).toEqual([]);
    expect(listAudit(db, { limit: 10 }).items).toEqual([]);

    config.apply(sent(GROUPS), anna);
    expect(config.plan(sent(GROUPS)).changes).toEqual([]);
    expect(config.apply(sent(GROUPS), anna).changes).toEqual([]);
    const entries = listAudit(db, { limit: 20 }).items;
    expect(entries).toHaveLength(5);
    expect(entries.at(-2)).toMatchObject({ actor: 'user:anna', origin: '192.168.1.9', note: 'my.yaml:2' });
    expect(entries.find(({ action }) => action === 'rule.deny')).toMatchObject({
      subject: 'plex analytics.plex.tv',
      note: 'my.yaml:11',
    });
    expect(rulesInForce(db, NOON).find(({ pattern }) => pattern === '.plex.tv')).toMatchObject({
      origin: 'file',
      place: 'my.yaml:9',
      createdBy: 'user:anna',
    });
    expect(rulesInForce(db, NOON).some(({ origin }) => origin === 'catalog')).toBe(true);
  });

  test('show what a newer catalog has, and leave it where it is', () => {
    const older = configuration();
    older.apply(sent(GROUPS), anna);
    const before = rulesInForce(db, NOON);
    db.run(
      db.query.updateTable('preset_takings').set({
        version: '0.9.0',
        rules: JSON.stringify([{ action: 'allow', pattern: 'gone.example', types: ['A', 'AAAA'], note: '' }]),
      }),
    );
    for (const plan of [older.plan(sent(GROUPS)), older.apply(sent(GROUPS), anna)]) {
      expect(plan.changes).toEqual([]);
      expect(plan.presetUpdates).toMatchObject([
        {
          group: 'plex',
          preset: 'plex-core',
          update: { from: '0.9.0', removed: [{ pattern: 'gone.example' }] },
        },
      ]);
      expect(plan.presetUpdates[0]?.update?.added).toHaveLength(9);
    }
    expect(rulesInForce(db, NOON)).toEqual(before);
    expect(older.plan(sent(GROUPS.replace('[plex-core]', '[]'))).presetUpdates).toEqual([]);
  });

  test('stay locked over a start, until a file says that they are not managed', () => {
    configuration().apply(sent(GROUPS), anna);
    const after = configuration();
    expect(after.state()).toMatchObject({ source: 'my.yaml', managed: true, appliedAt: NOON });
    const plan = after.apply(sent(GROUPS.replace('groups:', 'file: seed\ngroups:')), anna);
    expect(plan.changes).toEqual([]);
    expect(plan.notes).toEqual([expect.stringContaining('`file: seed`')]);
    expect(configuration().isManaged()).toBe(false);
    expect(findGroupByName(db, 'plex')).toBeDefined();
  });

  test('a comment above moves what is known of its place, and is no change', () => {
    const config = configuration();
    config.apply(sent(GROUPS), anna);
    const before = listAudit(db, { limit: 20 }).items.length;
    expect(config.apply(sent(`# mine\n${GROUPS}`), anna)).toMatchObject({ changes: [], moved: 4 });
    expect(findGroupByName(db, 'plex')?.place).toBe('my.yaml:3');
    expect(listAudit(db, { limit: 20 }).items).toHaveLength(before);
  });

  test('a note keeps the rule, other types make another one of it', () => {
    const config = configuration();
    config.apply(sent(GROUPS), anna);
    const rule = () => rulesInForce(db, NOON).find(({ pattern }) => pattern === '.plex.tv');
    const { id } = rule() ?? { id: 0 };
    config.apply(sent(GROUPS.replace('note: account', 'note: everything')), anna);
    expect(rule()).toMatchObject({ id, note: 'everything' });
    config.apply(sent(GROUPS.replace('note: account', 'types: [SRV]')), anna);
    expect(rulesInForce(db, NOON).find(({ id: known }) => known === id)).toBeUndefined();
  });

  test('whatever is wrong with one thing, nothing of it is applied', () => {
    addGroup(db, {
      name: 'mine',
      clients: [parsePrefix('192.168.20.9')],
      origin: 'person',
      createdAt: NOON,
    });
    const config = configuration();
    const clash = sent(GROUPS.replace('[192.168.20.5]', '[192.168.20.5, 192.168.20.9]'));
    for (const act of [() => config.plan(clash), () => config.apply(clash, anna)])
      expect(act).toThrow('192.168.20.9 is in group mine already');
    const unknown = sent(GROUPS.replace('plex-core', 'plex-corr'));
    expect(() => config.apply(unknown, anna)).toThrow('my.yaml:2: there is no preset plex-corr');
    expect(listGroups(db).map(({ name }) => name)).toEqual(['mine']);
    expect(listAudit(db, { limit: 9 }).items).toEqual([]);
    expect(config.isManaged()).toBe(false);
  });

  test.each([
    ['no YAML', 'groups: [', 'bad.yaml:1'],
    ['an unknown key', 'grups: []', 'did you mean groups?'],
    ['a wrong value', 'groups:\n  - name: plex\n    mode: strict', 'bad.yaml:3 groups[0].mode'],
    ['an address nobody may open', 'groups: [{ name: a, addresses: [{ cidr: 127.0.0.1 }] }]', 'never opened'],
    ['not a list', 'groups: 5', 'groups'],
  ])('%s is refused with its line', (_, text, problem) => {
    const act = () => configuration().plan(sent(text, 'bad.yaml'));
    expect(act).toThrow(problem);
    expect(act).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });

  test('may not point Sallyport elsewhere, nor have it read a file', () => {
    const config = configuration();
    const text = `${GROUPS}firewalls:\n  - { name: edge, driver: opnsense, url: https://192.0.2.9, alias: a, key: { file: /etc/shadow } }\nupstreams: [udp://192.0.2.53]\n`;
    expect(config.plan(sent(text)).notes).toEqual([
      "Left aside: firewalls, upstreams. Only the server's own file may say that, and a start reads it.",
    ]);
  });
});

describe('the server’s own file', () => {
  test('is read again, applied, and kept for a start that finds it broken', () => {
    const config = configuration(GROUPS);
    config.apply(undefined, anna);
    expect(file.kept).toBe(GROUPS);
    file.text = GROUPS.replace('.plex.tv\n', '.plex.direct\n');
    expect(config.plan()).toMatchObject({
      source: 'sallyport.yaml',
      changes: [
        { op: 'add', kind: 'rule', place: 'sallyport.yaml:9' },
        { op: 'remove', kind: 'rule', place: 'sallyport.yaml:9' },
      ],
    });
    config.apply(undefined, anna);
    expect(config.plan().changes).toEqual([]);
    expect(file.kept).toBe(file.text);
  });

  test('is the only one that may change its groups', () => {
    const config = configuration(GROUPS);
    config.apply(undefined, anna);
    expect(() => config.apply(sent('groups: []'), anna)).toThrow(
      expect.objectContaining({ code: 'managed-by-file', hint: expect.stringContaining('sallyport apply') }),
    );
    // Named by its path, it is the same file.
    expect(config.apply(sent(GROUPS), anna).changes).toEqual([]);
    expect(shown(config.plan(sent('groups: []')))).toEqual(['remove group plex']);
  });

  test('that is broken changes nothing, and the state says what is wrong', () => {
    const config = configuration(GROUPS);
    config.apply(undefined, anna);
    file.text = GROUPS.replace('mode: enforce', 'mode: strict');
    let problem = '';
    try {
      config.apply(undefined, anna);
    } catch (error) {
      problem = error instanceof KnownError ? error.message : '';
    }
    expect(problem).toContain('sallyport.yaml:4 groups[0].mode');
    expect(config.state()).toMatchObject({ managed: true, problem: { at: NOON, message: problem } });
    expect(rulesInForce(db, NOON).length).toBeGreaterThan(1);
    expect(file.kept).toBe(GROUPS);
    file.text = GROUPS;
    config.apply(undefined, anna);
    expect(config.state().problem).toBeUndefined();
  });

  test('whose other sections changed says what the next start will do', () => {
    const config = configuration(`${GROUPS}upstreams: [udp://192.0.2.1]\n`);
    config.apply(undefined, anna);
    file.text = `${GROUPS}upstreams: [udp://192.0.2.2]\nlimits: { clientRate: 5 }\n`;
    expect(config.plan()).toMatchObject({
      changes: [],
      atNextStart: [
        { key: 'upstreams[0]', place: 'sallyport.yaml:12' },
        { key: 'limits', place: 'sallyport.yaml:13' },
      ],
    });
  });

  test('without one, a file has to be named', () => {
    expect(() => configuration().plan()).toThrow('no file of its own');
  });
});

describe('what people do beside a file', () => {
  test('is listed as drift with what would make it a part of the file, and survives an apply', () => {
    const config = configuration(GROUPS);
    config.apply(undefined, anna);
    const groupId = findGroupByName(db, 'plex')?.id ?? 0;
    const made = { groupId, createdAt: NOON, createdBy: 'user:anna', origin: 'person' } as const;
    addRule(db, {
      ...made,
      action: 'allow',
      pattern: 'image.tmdb.org',
      expiresAt: NOON + HOUR,
      note: 'artwork',
    });
    addPin(db, { ...made, prefix: parsePrefix('198.51.100.9'), ports: [], note: '', until: undefined });
    updateGroup(db, groupId, { pausedUntil: NOON + HOUR });
    const { drift, changes } = config.plan();
    expect(changes).toEqual([]);
    expect(drift).toEqual([
      {
        kind: 'rule',
        group: 'plex',
        what: 'allow image.tmdb.org',
        by: 'user:anna',
        until: NOON + HOUR,
        yaml: '- allow: image.tmdb.org\n  note: artwork\n  until: 2026-11-22T13:00:00Z\n',
      },
      expect.objectContaining({ kind: 'address', what: '198.51.100.9', yaml: '- cidr: 198.51.100.9\n' }),
      expect.objectContaining({ kind: 'pause', until: NOON + HOUR }),
    ]);
    expect(config.state().drift).toHaveLength(3);
    config.apply(undefined, anna);
    expect(pinsInForce(db, NOON)).toHaveLength(2);

    file.text = 'groups: []\n';
    expect(config.plan()).toMatchObject({
      drift: [],
      notes: [
        'Made by people beside the file, and gone with group plex: allow image.tmdb.org.',
        'Made by people beside the file, and gone with group plex: 198.51.100.9.',
        'Made by people beside the file, and gone with group plex: a pause.',
      ],
    });
  });
});

describe('an export', () => {
  test('is what a plan finds no difference to', () => {
    const config = configuration();
    config.apply(sent(GROUPS), anna);
    const yaml = config.export();
    expect(config.plan(sent(yaml)).changes).toEqual([]);
    expect(configuration(yaml).plan().changes).toEqual([]);
  });

  test('has the Plex servers, and not the addresses they open', () => {
    const config = configuration();
    const text = GROUPS.replace(
      '  - name: plex\n',
      `  - name: plex
    plexDirect:
      hashes: [${'A'.repeat(32)}]
      ownAddresses: [192.168.20.5]
      shared: [{ hash: ${'b'.repeat(32)}, addresses: [203.0.113.9], note: Bo }]
`,
    );
    config.apply(sent(text), anna);
    const note = 'shared Plex server bbbbbbbb…: Bo';
    const shared = () => pinsInForce(db, NOON).filter(({ plexServer }) => plexServer !== undefined);
    expect(shared()).toMatchObject([{ note, plexServer: 'b'.repeat(32), origin: 'file' }]);
    expect(config.plan(sent(text)).changes).toEqual([]);
    expect(config.export()).not.toContain('cidr: 203.0.113.9');
    expect(config.plan(sent(config.export())).changes).toEqual([]);
    config.apply(sent(GROUPS), anna);
    expect(shared()).toHaveLength(1);
    config.apply(sent(text.replace(/ {6}shared:.*\n/, '')), anna);
    expect(shared()).toEqual([]);
  });

  test('of what people made makes a file that takes it over', () => {
    const group = addGroup(db, {
      name: 'mine',
      clients: [parsePrefix('192.168.20.9')],
      origin: 'person',
      createdAt: NOON,
    });
    const rule = {
      groupId: group.id,
      action: 'allow',
      createdAt: NOON,
      createdBy: 'user:anna',
      origin: 'person',
    } as const;
    const { id } = addRule(db, { ...rule, pattern: 'a.example', note: 'mine: "yes", #1' }).rule;
    addRule(db, { ...rule, pattern: 'b.example', expiresAt: NOON + HOUR });
    const config = configuration();
    const yaml = config.export();
    const plan = config.apply(sent(yaml), anna);
    expect(plan.changes.map(({ fields }) => fields)).toEqual([
      [{ field: 'managed', before: false, after: true }],
      [{ field: 'managed', before: false, after: true }],
    ]);
    expect(rulesInForce(db, NOON)).toMatchObject([
      { id, origin: 'file', note: 'mine: "yes", #1' },
      { pattern: 'b.example', origin: 'person' },
    ]);
    expect(config.plan(sent(config.export())).changes).toEqual([]);
  });

  test('has no secret in it: where it came from, or a comment that says what to set', () => {
    file = configurationFile(`${GROUPS}firewalls:
  - { name: edge, driver: opnsense, url: 'https://192.0.2.1', alias: a, tls: { pin: sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= }, key: { file: /run/key }, secret: topsecretvalue }
adminPassword: alsoverysecret
feeds:
  - { name: cdn, groups: [plex], url: 'https://anna:pass@example.org/list?token=hush', headers: { X-Key: { file: /run/key }, X-Other: plainheader } }
  - { name: push, groups: [plex], preset: plex-pubsub, token: plaintoken }
`);
    file.others['/run/key'] = 'keyfromafile';
    const yaml = configurationOf(db, clock, file).export();
    for (const secret of ['topsecret', 'alsovery', 'keyfroma', 'pass@', 'hush', 'plainheader', 'plaintoken'])
      expect(yaml).not.toContain(secret);
    expect(yaml).toContain('file: /run/key');
    expect(yaml).toContain(
      '# Not exported, because it was written as a value: firewalls[0].secret (sallyport.yaml:13). Set it before you use this file.',
    );
    expect(yaml).toContain('a part of feeds[0].url');
    expect(yaml).toMatch(/X-Key:\s+file: \/run\/key/);
    expect(yaml).toContain('feeds[0].headers.X-Other (sallyport.yaml:16)');
    expect(yaml).toContain('feeds[1].token');
  });

  test('names the variables of the environment', () => {
    file = configurationFile();
    Object.assign(file.env, {
      SALLYPORT_FIREWALL_DRIVER: 'opnsense',
      SALLYPORT_FIREWALL_URL: 'http://127.0.0.1:4',
      SALLYPORT_FIREWALL_KEY: 'keyfromenv',
      SALLYPORT_FIREWALL_SECRET_FILE: '/run/secret',
      SALLYPORT_FIREWALL_ALIAS: 'a',
    });
    file.others['/run/secret'] = 'secretfromfile';
    const yaml = configurationOf(db, clock, file).export();
    expect(yaml).not.toMatch(/keyfromenv|secretfromfile/);
    expect(yaml).toContain('env: SALLYPORT_FIREWALL_KEY');
    expect(yaml).toContain('file: /run/secret');
  });
});
