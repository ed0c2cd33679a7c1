import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { readMigrations } from '../../src/store/migrate.ts';
import { openAndMigrate } from '../../src/store/open.ts';
import { findTaking, takings } from '../../src/store/preset-takings.ts';
import type { MainSchema } from '../../src/store/schema.ts';
import { tempDir } from './temp.ts';
import { NOON } from './world.ts';

/** As the releases before had it: presets in force, and nothing of what was taken when. */
test('what is in force when groups begin to remember was taken so; nothing of it changes', () => {
  const dataDir = tempDir();
  const all = readMigrations(fileURLToPath(new URL('../../migrations/main', import.meta.url)));
  const before = all.findIndex(({ name }) => name === 'preset_takings');
  const open = (count: number) =>
    openAndMigrate<MainSchema>({
      dataDir,
      name: 'sallyport',
      migrations: all.slice(0, count),
      log: silentLog(),
      appVersion: '0.1.0',
    });
  const old = open(before);
  const make = (group: string, presets: readonly string[]) =>
    old.first(
      old.query
        .insertInto('groups')
        .values({ name: group, origin: 'person', created_at: NOON, presets: JSON.stringify(presets) })
        .returning('id'),
    )?.id ?? 0;
  const plex = make('plex', ['plex-core', 'ntp']);
  make('nas', []);
  for (const [pattern, types, preset, ended] of [
    ['plex.tv', null, 'plex-core', null],
    ['_x._tcp.example', 'SRV,TXT', 'plex-core', null],
    ['old.example', null, 'plex-core', NOON],
    ['other.example', null, null, null],
  ] as const) {
    old.run(
      old.query.insertInto('rules').values({
        group_id: plex,
        action: 'allow',
        pattern,
        types,
        note: 'why',
        private: 0,
        warm: 'auto',
        origin: preset === null ? 'person' : 'catalog',
        preset,
        created_at: NOON + 5,
        created_by: 'catalog',
        expires_at: null,
        ended_at: ended,
        ended_by: null,
      }),
    );
  }
  old.close();

  const db = open(all.length);
  expect(takings(db).map(({ id: _, ...taking }) => taking)).toEqual([
    {
      groupId: plex,
      preset: 'ntp',
      version: '',
      rules: [],
      takenAt: NOON,
      takenBy: 'catalog',
      endedAt: undefined,
    },
    {
      groupId: plex,
      preset: 'plex-core',
      version: '',
      rules: [
        { action: 'allow', pattern: 'plex.tv', types: ['A', 'AAAA'], note: 'why' },
        { action: 'allow', pattern: '_x._tcp.example', types: ['SRV', 'TXT'], note: 'why' },
      ],
      takenAt: NOON + 5,
      takenBy: 'catalog',
      endedAt: undefined,
    },
  ]);
  expect(findTaking(db, { groupId: plex, preset: 'debian' })).toBeUndefined();
  db.close();
});
