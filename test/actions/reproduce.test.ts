import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { typeNumber } from '../../src/dns/wire/constants.ts';
import { listAudit } from '../../src/store/audit.ts';
import type { Group } from '../../src/store/groups.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { anna, createWorld, group, HOUR, ip, MINUTE, NOON, refused, type World } from './world.ts';

const SECOND = 1000;
const DAY = 24 * HOUR;
const bert = { name: 'user:bert', origin: '192.168.1.8' };

let world: World;
let plex: Group;
beforeEach(() => {
  world = createWorld();
  plex = group(world, 'plex', { mode: 'enforce' });
});
afterEach(() => world.close());

/** As the data plane logs it, `agoMs` before now. */
function refuse(name: string, { type = 'A', reason = 'no-rule', agoMs = 0, count = 1 } = {}): void {
  createQueryLogWriter(world.queryLogDb.sql).write([
    {
      at: world.clock.now() - agoMs,
      client: ip('192.168.20.5'),
      groupId: plex.id,
      name: parseDomainName(name),
      qtype: typeNumber(type),
      verdict: 'denied',
      reason,
      ruleId: undefined,
      rcode: 3,
      source: 'local',
      durationUs: 100,
      answers: [],
      count,
    },
  ]);
}

const start = () => {
  world.actions.startReproducing('plex', anna);
  world.clock.advance(10 * SECOND);
};
const show = async () => {
  const found = await world.actions.showReproducing('plex');
  if (!found.running) throw new Error('nothing is being reproduced');
  return found;
};
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
const inForce = () =>
  rulesInForce(world.db, world.clock.now()).map(({ pattern, expiresAt }) => [pattern, expiresAt]);
const lastEntry = () => {
  const entry = listAudit(world.db, { limit: 1 }).items[0];
  if (entry === undefined) throw new Error('nothing was written');
  return entry;
};

test('what is refused after the mark shows, with what it is and what breaks; what was before does not', async () => {
  refuse('before.example.org');
  world.clock.advance(SECOND);
  start();
  refuse('downloads.plex.tv');
  refuse('downloads.plex.tv', { type: 'AAAA' });
  world.clock.advance(30 * SECOND);
  const found = await show();
  expect(found).toMatchObject({
    startedBy: 'user:anna',
    startedAt: NOON + SECOND,
    markAt: NOON + SECOND,
    forMs: 40 * SECOND,
    background: [],
    sentence: 'one name refused in 40 s, since user:anna began.',
  });
  expect(found.refused).toMatchObject([
    {
      name: 'downloads.plex.tv',
      types: ['A', 'AAAA'],
      count: 2,
      catalog: { title: 'Plex Media Server: core', breaks: expect.stringContaining('codec') },
    },
  ]);
});

test('what is refused all day is set apart', async () => {
  for (let hour = 1; hour <= 20; hour++) refuse('analytics.plex.tv', { agoMs: hour * HOUR, count: 2 });
  refuse('image.tmdb.org', { agoMs: HOUR, count: 20 });
  start();
  refuse('analytics.plex.tv', { count: 2 });
  refuse('image.tmdb.org', { count: 2 });
  const { refused: shown, background, sentence } = await show();
  expect(names(shown)).toEqual(['image.tmdb.org']);
  expect(background).toMatchObject([{ name: 'analytics.plex.tv', before: { count: 40, hours: 20 } }]);
  expect(sentence).toBe(
    'one name refused in 10 s, since user:anna began; one name that is refused all day set apart.',
  );
});

test('one at a time in a group, and in each group one', () => {
  start();
  expect(() => world.actions.startReproducing('plex', bert)).toThrow(
    'user:anna reproduces something in plex since 2026-11-22T12:00:00.000Z',
  );
  group(world, 'tv');
  world.actions.startReproducing('tv', bert);
  world.actions.stopReproducing('plex', bert);
  world.actions.startReproducing('plex', bert);
});

test('it is on the server: it is there after a restart', async () => {
  start();
  const { openMainDatabaseToRead } = await import('../../src/store/open.ts');
  const { findReproduction } = await import('../../src/store/reproductions.ts');
  const other = openMainDatabaseToRead(world.dataDir);
  expect(findReproduction(other, plex.id)).toMatchObject({ startedBy: 'user:anna', markAt: NOON });
  other.close();
});

test('all that is shown is allowed for fifteen minutes in one go', async () => {
  const waiting = refused(world, plex, 'downloads.plex.tv');
  start();
  refuse('downloads.plex.tv');
  refuse('image.tmdb.org');
  const done = await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  const end = world.clock.now() + 15 * MINUTE;
  expect(new Set(inForce().map(String))).toEqual(
    new Set([`downloads.plex.tv,${end}`, `image.tmdb.org,${end}`]),
  );
  expect(done).toMatchObject({ skipped: [], effect: { epoch: 1 } });
  expect(world.told).toContainEqual({ kind: 'denials-moved', ids: [waiting.id] });
  expect(world.told.filter(({ kind }) => kind === 'reproduce')).toHaveLength(2);
  expect(lastEntry()).toMatchObject({ action: 'reproduce.allow', subject: 'plex', actor: 'user:anna' });
  expect((await show()).rules).toHaveLength(2);
});

test.each([
  ['analytics.plex.tv', { reason: 'deny-rule' }, 'a rule refuses it on purpose'],
  ['p1ex.tv', {}, 'p1ex.tv looks like plex.tv and is not: somebody else runs it.'],
  [
    'plex.tv',
    { type: 'TXT', reason: 'qtype' },
    'it was refused for TXT only, which carries more than addresses',
  ],
  [
    '192-168-20-9.c0ffee00c0ffee00c0ffee00c0ffee00.plex.direct',
    { reason: 'plex-direct-foreign' },
    'names below plex.direct are answered as plexDirect of the group says',
  ],
  ['metrics.plex.tv', {}, 'the catalog refuses it on purpose'],
])('%s is not among them, and why is said', async (name, how, why) => {
  start();
  refuse(name, how);
  refuse('image.tmdb.org');
  const done = await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  expect(done.skipped).toEqual([{ name, why }]);
  expect(done.rules.map(({ pattern }) => pattern)).toEqual(['image.tmdb.org']);
});

test('what is refused on purpose is set apart, is no new refusal, and is allowed by its name only', async () => {
  start();
  refuse('metrics.plex.tv');
  refuse('ads.example.net', { reason: 'deny-rule' });
  const { refused: shown, onPurpose, sentence } = await show();
  expect(shown).toEqual([]);
  expect(new Set(onPurpose.map(({ name, onPurpose: by }) => `${name} ${by}`))).toEqual(
    new Set(['metrics.plex.tv catalog', 'ads.example.net rule']),
  );
  expect(sentence).toBe('nothing refused in 10 s, since user:anna began; 2 refused on purpose set apart.');
  const all = await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  expect(all.rules).toEqual([]);
  await world.actions.allowRefused({ group: 'plex', for: '15m', names: ['metrics.plex.tv'] }, anna);
  expect(names(inForce().map(([name]) => ({ name: String(name) })))).toEqual(['metrics.plex.tv']);
});

test('a name that was asked with a * in it does not become a wildcard', async () => {
  start();
  refuse('*.example.org');
  refuse('image.tmdb.org');
  const done = await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  expect(done.rules.map(({ pattern }) => pattern)).toEqual(['image.tmdb.org']);
  expect(done.skipped).toHaveLength(1);
});

test('a name that no rule can be made of does not keep the others from being allowed', async () => {
  start();
  refuse('192.168.1.5');
  refuse('.');
  refuse('image.tmdb.org');
  const done = await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  expect(done.rules.map(({ pattern }) => pattern)).toEqual(['image.tmdb.org']);
  expect(new Set(names(done.skipped))).toEqual(new Set(['192.168.1.5', '.']));
});

test('by its name it is allowed all the same, as long as it is shown', async () => {
  start();
  refuse('p1ex.tv');
  refuse('image.tmdb.org');
  await world.actions.allowRefused({ group: 'plex', for: '1h', names: ['p1ex.tv'] }, anna);
  expect(inForce()).toEqual([['p1ex.tv', world.clock.now() + HOUR]]);
  await expect(
    world.actions.allowRefused({ group: 'plex', for: '1h', names: ['other.example.org'] }, anna),
  ).rejects.toThrow('other.example.org was not refused since the mark');
  const direct = '192-168-20-9.c0ffee00c0ffee00c0ffee00c0ffee00.plex.direct';
  refuse(direct, { reason: 'plex-direct-foreign' });
  await expect(
    world.actions.allowRefused({ group: 'plex', for: '1h', names: [direct] }, anna),
  ).rejects.toMatchObject({ code: 'of-plex-direct' });
});

test('verifying sets the mark anew: nothing new is a good sign', async () => {
  start();
  refuse('image.tmdb.org');
  await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  world.clock.advance(SECOND);
  world.actions.verifyReproducing('plex');
  world.clock.advance(30 * SECOND);
  expect(await show()).toMatchObject({
    refused: [],
    forMs: 30 * SECOND,
    sentence: '0 new refusals in 30 s, since it was marked again.',
  });
  refuse('artworks.thetvdb.com');
  expect((await show()).sentence).toBe('1 new refusal in 30 s, since it was marked again.');
});

test('kept, the rules have no end; taken back, they have the end they had', async () => {
  start();
  refuse('image.tmdb.org');
  await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  const end = world.clock.now() + 15 * MINUTE;
  const { rules } = await world.actions.keepReproduced('plex', anna);
  expect(rules).toMatchObject([{ pattern: 'image.tmdb.org', expiresAt: undefined }]);
  expect(inForce()).toEqual([['image.tmdb.org', undefined]]);
  expect((await world.actions.showReproducing('plex')).running).toBe(false);

  await world.actions.revertEntry(lastEntry().id, anna);
  expect(inForce()).toEqual([['image.tmdb.org', end]]);
});

test('what has ended meanwhile is not kept', async () => {
  start();
  refuse('image.tmdb.org');
  await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  world.clock.advance(DAY);
  expect((await world.actions.keepReproduced('plex', anna)).rules).toEqual([]);
});

test('dropped, the rules end at once', async () => {
  start();
  refuse('image.tmdb.org');
  await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  await world.actions.dropReproduced('plex', anna);
  expect(inForce()).toEqual([]);
  await expect(world.actions.dropReproduced('plex', anna)).rejects.toMatchObject({ code: 'not-found' });
  await expect(world.actions.revertEntry(lastEntry().id, anna)).rejects.toThrow('allow the names again');
});

test('stopped, what was allowed ends by itself; and allowing can be taken back', async () => {
  start();
  refuse('image.tmdb.org');
  await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  const entry = lastEntry().id;
  world.actions.stopReproducing('plex', anna);
  expect(inForce()).toHaveLength(1);
  await world.actions.revertEntry(entry, anna);
  expect(inForce()).toEqual([]);
});

test('what somebody else allowed for good meanwhile is theirs, and is not ended by dropping', async () => {
  start();
  refuse('image.tmdb.org');
  await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  await world.actions.allowName({ group: 'plex', pattern: 'image.tmdb.org', for: 'always' }, bert);
  await world.actions.dropReproduced('plex', anna);
  expect(inForce()).toEqual([['image.tmdb.org', undefined]]);
});

test('nor by taking back that the rest was kept', async () => {
  start();
  refuse('image.tmdb.org');
  refuse('artworks.thetvdb.com');
  await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  const end = world.clock.now() + 15 * MINUTE;
  await world.actions.allowName({ group: 'plex', pattern: 'image.tmdb.org', for: 'always' }, bert);
  await world.actions.keepReproduced('plex', anna);
  await world.actions.revertEntry(lastEntry().id, anna);
  expect(new Set(inForce().map(String))).toEqual(new Set(['image.tmdb.org,', `artworks.thetvdb.com,${end}`]));
});

test('a rule somebody had made for longer is not cut short by dropping', async () => {
  start();
  refuse('image.tmdb.org');
  await world.actions.allowName({ group: 'plex', pattern: 'image.tmdb.org', for: '24h' }, bert);
  const before = inForce();
  await world.actions.allowRefused({ group: 'plex', for: '15m' }, anna);
  await world.actions.dropReproduced('plex', anna);
  expect(inForce()).toEqual(before);
});

test('while a group learns, it says what does not show', async () => {
  world.db.transaction(() => group(world, 'tv', { mode: 'learn' }));
  world.actions.startReproducing('tv', anna);
  expect((await world.actions.showReproducing('tv')).sentence).toBe(
    'tv is learning: what no rule allows is answered all the same, and does not show here.',
  );
});
