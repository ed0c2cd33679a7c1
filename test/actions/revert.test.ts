/** Every kind of entry of the audit: taken back by what a person would do, or said why not. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendAudit, listAudit, verifyAudit } from '../../src/store/audit.ts';
import { getDenial } from '../../src/store/denials.ts';
import { getGroup } from '../../src/store/groups.ts';
import { pinsInForce } from '../../src/store/pins.ts';
import { addRule, getRule, rulesInForce } from '../../src/store/rules.ts';
import { findUser } from '../../src/store/users.ts';
import { anna, createWorld, group, HOUR, MINUTE, NOON, refused, type World } from './world.ts';

const bea = { name: 'user:bea', origin: '192.168.1.10' };
let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => {
  expect(verifyAudit(world.db)).toMatchObject({ sound: true });
  world.close();
});

const last = () => {
  const [entry] = listAudit(world.db, { limit: 1 }).items;
  if (entry === undefined) throw new Error('nothing was written down');
  return entry;
};
const revert = (id = last().id) => world.actions.revertEntry(id, bea);
const inForce = () =>
  rulesInForce(world.db, world.clock.now()).map(({ action, pattern, expiresAt, note, types }) => ({
    action,
    pattern,
    expiresAt,
    note,
    types,
  }));

describe('rules', () => {
  beforeEach(() => {
    group(world);
  });
  const allow = (input = {}) =>
    world.actions.allowName({ group: 'plex', pattern: 'plex.tv', ...input }, anna);

  test.each(['allowName', 'denyName'] as const)(
    '%s: ended, by whoever takes it back, with the entry it takes back',
    async (act) => {
      const { rule } = await world.actions[act]({ group: 'plex', pattern: 'plex.tv' }, anna);
      const { id } = last();
      world.willClose('192.0.2.7');
      const { entry, effect } = await revert(id);
      expect(inForce()).toEqual([]);
      expect(entry).toMatchObject({ action: 'rule.end', actor: 'user:bea', origin: bea.origin, reverts: id });
      expect(effect?.closed).toEqual(['192.0.2.7']);
      expect(getRule(world.db, rule.id).endedBy).toBe('user:bea');
    },
  );

  test('what a refused name waited for: it waits again, and not where another rule answers it', async () => {
    const plex = getGroup(world.db, 1);
    const [one, other] = ['a.plex.tv', 'b.plex.tv'].map((name) => refused(world, plex, name));
    const approval = { scope: 'exact', note: '', for: '15m' } as const;
    const { entry } = await world.actions.approveDenial({ ...approval, id: one?.id ?? 0 }, anna);
    await world.actions.approveDenial({ ...approval, id: other?.id ?? 0 }, anna);
    await allow({ pattern: 'b.plex.tv', types: ['A', 'AAAA', 'TXT'] });
    await revert(entry);
    await revert(entry + 1);
    expect(getDenial(world.db, one?.id ?? 0)).toMatchObject({ state: 'waiting', decidedBy: undefined });
    expect(getDenial(world.db, other?.id ?? 0).state).toBe('decided');
    expect(world.told).toContainEqual({ kind: 'denials-moved', ids: [one?.id] });
  });

  test('a name that nobody was refused for a week waits when it is refused again', async () => {
    const denial = refused(world, getGroup(world.db, 1), 'a.plex.tv');
    await world.actions.approveDenial({ id: denial.id, scope: 'exact', note: '', for: 'always' }, anna);
    const { id } = last();
    world.clock.advance(8 * 24 * HOUR);
    await revert(id);
    expect(getDenial(world.db, denial.id).state).toBe('decided');
    expect(refused(world, getGroup(world.db, 1), 'a.plex.tv').state).toBe('waiting');
  });

  test('one that was there and was allowed for longer gets its former end', async () => {
    await allow({ for: '1h' });
    await allow({ for: 'always' });
    const { entry } = await revert();
    expect(inForce()).toMatchObject([{ expiresAt: NOON + HOUR }]);
    expect(entry.action).toBe('rule.change');
    await revert(entry.id);
    expect(inForce()).toMatchObject([{ expiresAt: undefined }]);
  });

  test('one whose former end has passed is ended', async () => {
    await allow({ for: '1h' });
    await allow({ for: 'always' });
    world.clock.advance(2 * HOUR);
    expect((await revert()).entry.action).toBe('rule.end');
    expect(inForce()).toEqual([]);
  });

  test('an import: what is left of it is ended, once', async () => {
    const entries = ['a.example', 'b.example'].map((pattern) => ({
      action: 'allow' as const,
      pattern,
      note: '',
    }));
    await allow();
    await world.actions.importRules({ group: 'plex', source: 'names.txt', entries, dryRun: false }, anna);
    const { id } = last();
    const { entry } = await revert(id);
    expect(inForce()).toMatchObject([{ pattern: 'plex.tv' }]);
    expect(entry).toMatchObject({ action: 'rule.import-undo', actor: 'user:bea', reverts: id });
    await expect(revert(id)).rejects.toThrow(`entry ${entry.id} took it back`);
  });

  test('an import decides what waits, and whoever looks at the list is told', async () => {
    const waiting = refused(world, getGroup(world.db, 1), 'a.example');
    const entries = [{ action: 'allow' as const, pattern: 'a.example', note: '' }];
    await world.actions.importRules({ group: 'plex', source: 'names.txt', entries, dryRun: false }, anna);
    expect(getDenial(world.db, waiting.id).state).toBe('decided');
    expect(world.told).toContainEqual({ kind: 'denials-moved', ids: [waiting.id] });
  });

  test('an import of which nothing is left', async () => {
    const entries = [{ action: 'allow' as const, pattern: 'a.example', note: '' }];
    await world.actions.importRules({ group: 'plex', source: 'names.txt', entries, dryRun: false }, anna);
    const { id } = last();
    const [rule] = rulesInForce(world.db, world.clock.now());
    await world.actions.endRule(rule?.id ?? 0, anna);
    await expect(revert(id)).rejects.toThrow('none of its rules is in force any more');
  });

  test('one that was there as it is: nothing to take back', async () => {
    await allow();
    world.clock.advance(MINUTE);
    await allow({ for: '1h' });
    await expect(revert()).rejects.toMatchObject({ code: 'not-revertible', message: /changed nothing/ });
  });

  test('an ended one is made again with all it had, for the time that is left', async () => {
    const more = { for: '1h', note: 'art', types: ['A', 'TXT'], warm: 'never', private: true } as const;
    const { rule } = await allow(more);
    await world.actions.endRule(rule.id, anna);
    const { id } = last();
    world.clock.advance(MINUTE);
    const { entry } = await revert(id);
    expect(entry).toMatchObject({ action: 'rule.allow', actor: 'user:bea', reverts: id });
    expect(inForce()).toEqual([
      { action: 'allow', pattern: 'plex.tv', expiresAt: NOON + HOUR, note: 'art', types: ['A', 'TXT'] },
    ]);
    const [made] = rulesInForce(world.db, world.clock.now());
    expect(made).toMatchObject({ warm: 'never', private: true, createdBy: 'user:bea' });
  });

  test('one that would have ended by now stays ended', async () => {
    const { rule } = await allow({ for: '1h' });
    await world.actions.endRule(rule.id, anna);
    world.clock.advance(2 * HOUR);
    await expect(revert()).rejects.toMatchObject({ code: 'not-revertible', message: /ended by itself/ });
  });

  test('a change of note and end is changed back', async () => {
    const { rule } = await allow({ for: '1h', note: 'a' });
    await world.actions.changeRule({ id: rule.id, for: 'always', note: 'b', warm: 'always' }, anna);
    expect(inForce()).toMatchObject([{ note: 'b', expiresAt: undefined }]);
    await revert();
    expect(getRule(world.db, rule.id)).toMatchObject({ note: 'a', expiresAt: NOON + HOUR, warm: 'auto' });
  });

  test('an entry that does not say enough is not called old', async () => {
    await allow();
    const { id } = rulesInForce(world.db, NOON)[0] ?? { id: 0 };
    appendAudit(world.db, {
      at: NOON,
      actor: 'file',
      action: 'rule.change',
      subject: 'plex plex.tv',
      before: { rule: id, note: '' },
      after: { rule: id, note: 'x' },
    });
    await expect(revert()).rejects.toThrow(/the entry does not say enough$/);
  });

  test('what sallyport.yaml says is left to it', async () => {
    const { id: groupId } = group(world, 'tv');
    const { rule } = addRule(world.db, {
      groupId,
      action: 'allow',
      pattern: 'plex.tv',
      origin: 'file',
      createdAt: NOON,
      createdBy: 'file',
    });
    appendAudit(world.db, {
      at: NOON,
      actor: 'file',
      action: 'rule.allow',
      subject: 'tv plex.tv',
      after: { rule: rule.id },
    });
    await expect(revert()).rejects.toMatchObject({ code: 'not-revertible', message: /sallyport\.yaml/ });
    await expect(world.actions.changeRule({ id: rule.id, note: 'x' }, anna)).rejects.toMatchObject({
      code: 'managed-by-file',
    });
  });
});

test('refused names: allowed, muted, brought back', async () => {
  const denial = refused(world, group(world), 'image.tmdb.org');
  world.actions.muteDenial(denial.id, anna);
  const muted = last().id;
  await revert(muted);
  expect(getDenial(world.db, denial.id).state).toBe('waiting');
  expect(last()).toMatchObject({ action: 'denial.unmute', reverts: muted });
  await revert();
  expect(getDenial(world.db, denial.id).state).toBe('muted');
  world.actions.unmuteDenial(denial.id, anna);

  await world.actions.approveDenial({ id: denial.id, for: '15m', scope: 'exact', note: '' }, anna);
  await revert();
  expect(inForce()).toEqual([]);
});

describe('groups', () => {
  test('mode and manners are set back, only those that were changed', async () => {
    const { id } = group(world, 'plex', { mode: 'learn' });
    await world.actions.changeGroup({ group: 'plex', mode: 'enforce', override: true }, anna);
    const enforced = last().id;
    await world.actions.changeGroup({ group: 'plex', ipv6: false }, anna);
    await revert();
    expect(getGroup(world.db, id)).toMatchObject({ mode: 'enforce', ipv6: true });
    const { entry } = await revert(enforced);
    expect(getGroup(world.db, id)).toMatchObject({ mode: 'learn', enforceOverride: false });
    await revert(entry.id);
    expect(getGroup(world.db, id)).toMatchObject({ mode: 'enforce', enforceOverride: true });
  });

  test('enforcing again needs a firewall, as it does for a person', async () => {
    group(world, 'plex', { mode: 'enforce' });
    await world.actions.changeGroup({ group: 'plex', mode: 'learn' }, anna);
    await expect(revert()).rejects.toMatchObject({ code: 'enforce-needs-firewall' });
  });

  test('what was changed again since is left', async () => {
    group(world);
    await world.actions.changeGroup({ group: 'plex', refuse: 'zero' }, anna);
    const { id } = last();
    await world.actions.changeGroup({ group: 'plex', refuse: 'nodata' }, anna);
    await expect(revert(id)).rejects.toMatchObject({ code: 'not-revertible', message: /changed again/ });
  });

  test('a pause is ended, and taken up again for the rest of its time', async () => {
    const { id } = group(world);
    await world.actions.pauseGroup({ group: 'plex', for: '1h', note: '' }, anna);
    const paused = last().id;
    world.clock.advance(10 * MINUTE);
    const { entry } = await revert(paused);
    expect(getGroup(world.db, id).pausedUntil).toBeUndefined();
    await revert(entry.id);
    expect(getGroup(world.db, id).pausedUntil).toBe(NOON + HOUR);
    world.clock.advance(HOUR);
    await expect(revert()).rejects.toMatchObject({ message: /over/ });
  });

  test('clients go out and in again', async () => {
    const { id } = group(world);
    await world.actions.addClient({ group: 'plex', client: '192.168.20.6' }, anna);
    const { entry } = await revert();
    expect(getGroup(world.db, id).clients).toHaveLength(1);
    await revert(entry.id);
    expect(getGroup(world.db, id).clients).toHaveLength(2);
  });
});

describe('addresses opened by hand', () => {
  const pins = () =>
    pinsInForce(world.db, world.clock.now()).map(({ prefix, note, ports, until }) => [
      prefix.address,
      note,
      ports,
      until,
    ]);
  const pin = (input = {}) =>
    world.actions.pinAddress(
      { group: 'plex', address: '198.51.100.7', note: 'push', ports: [443], ...input },
      anna,
    );
  beforeEach(() => {
    group(world);
  });

  test('opened: closed; closed: opened as it was', async () => {
    await pin();
    const { entry } = await revert();
    expect(pins()).toEqual([]);
    await revert(entry.id);
    expect(pins()).toEqual([['198.51.100.7', 'push', [443], undefined]]);
  });

  test('opened again with another end, or changed: changed back', async () => {
    const { pin: made } = await pin({ for: '1h' });
    await pin({ for: 'always', note: 'other' });
    await revert();
    expect(pins()).toEqual([['198.51.100.7', 'push', [443], NOON + HOUR]]);
    await world.actions.changePinned({ id: made.id, note: 'x', ports: [] }, anna);
    await revert();
    expect(pins()).toEqual([['198.51.100.7', 'push', [443], NOON + HOUR]]);
  });

  test('whose time is over stays closed', async () => {
    const { pin: made } = await pin({ for: '1h' });
    await world.actions.unpinAddress(made.id, anna);
    world.clock.advance(2 * HOUR);
    await expect(revert()).rejects.toMatchObject({ message: /closed by itself/ });
  });
});

test('users and tokens: what needs no secret', async () => {
  await world.actions.createAdmin('correct horse battery', { name: 'setup', origin: '' });
  await world.actions.createUser({ name: 'carl', password: 'correct horse battery', role: 'viewer' }, anna);
  const created = last().id;
  await world.actions.changeUser('carl', { role: 'admin' }, anna);
  await revert();
  expect(findUser(world.db, 'carl')?.role).toBe('viewer');
  await revert(created);
  expect(findUser(world.db, 'carl')).toBeUndefined();
  await expect(revert()).rejects.toMatchObject({ code: 'not-revertible', message: /password is gone/ });
  world.actions.createApiToken({ name: 't', role: 'viewer', for: '90d' }, anna);
  expect((await revert()).entry).toMatchObject({ action: 'token.revoke', subject: 't' });
  await expect(revert()).rejects.toMatchObject({ message: /token is gone/ });
});

describe('taken back', () => {
  test('once only: the second is told by which entry', async () => {
    group(world);
    await world.actions.allowName({ group: 'plex', pattern: 'plex.tv' }, anna);
    const { id } = last();
    const { entry } = await revert(id);
    await expect(revert(id)).rejects.toMatchObject({ message: new RegExp(`entry ${entry.id} took it back`) });
  });

  test('once only, by two at the same moment', async () => {
    await world.actions.createAdmin('correct horse battery', { name: 'setup', origin: '' });
    await world.actions.createUser({ name: 'carl', password: 'correct horse battery', role: 'viewer' }, anna);
    await world.actions.changeUser('carl', { role: 'approver' }, anna);
    const { id } = last();
    const done = await Promise.allSettled([revert(id), revert(id)]);
    expect(done.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(listAudit(world.db, { limit: 100 }).items.filter(({ reverts }) => reverts === id)).toHaveLength(1);
  });

  test.each([
    'feed.accept',
    'plan.release',
    'plan.drop',
    'cache.flush',
    'session.open',
    'group.create',
    'something.new',
  ])('%s is not, and it is said why', async (action) => {
    appendAudit(world.db, { at: NOON, actor: 'user:anna', action, subject: 'plex' });
    await expect(revert()).rejects.toMatchObject({ code: 'not-revertible' });
  });

  test.each([
    ['rule.end', null],
    ['rule.allow', { rule: 'x' }],
    ['group.mode', { mode: 'sideways' }],
    ['address.close', [1, 2]],
    ['denial.mute', 'text'],
  ])('%s with %j is not', async (action, record) => {
    group(world);
    appendAudit(world.db, { at: NOON, actor: 'x', action, subject: 'plex', before: record, after: record });
    await expect(revert()).rejects.toMatchObject({ code: 'not-revertible' });
  });

  test('an entry there is not: not found', async () => {
    await expect(revert(99)).rejects.toMatchObject({ code: 'not-found' });
  });
});
