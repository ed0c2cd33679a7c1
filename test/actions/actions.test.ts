import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { listAudit } from '../../src/store/audit.ts';
import { getDenial } from '../../src/store/denials.ts';
import { findGroupByName } from '../../src/store/groups.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { listUnknownClients } from '../../src/store/unknown-clients.ts';
import {
  anna,
  createWorld,
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
} from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const lastAudit = () => listAudit(world.db, { limit: 1 }).items[0];
const quarter = { for: '15m', scope: 'exact', note: '' } as const;

describe('approving a refused name', () => {
  test('allows it for the time asked, effective when it resolves, and writes down who', async () => {
    const plex = group(world);
    const denial = refused(world, plex, 'image.tmdb.org');
    const approval = await world.actions.approveDenial({ id: denial.id, ...quarter, note: 'posters' }, anna);

    expect(approval.rule).toMatchObject({
      action: 'allow',
      pattern: 'image.tmdb.org',
      expiresAt: NOON + 15 * MINUTE,
      createdBy: 'user:anna',
      types: ['A', 'AAAA'],
    });
    expect(approval.denial.state).toBe('decided');
    expect(world.calls).toEqual(['reload', 'nudge']);
    expect(lastAudit()).toMatchObject({
      action: 'denial.allow',
      actor: 'user:anna',
      origin: '192.168.1.9',
      subject: 'plex image.tmdb.org',
      note: 'posters',
    });
  });

  test('subtree also decides what waits below it, exact does not', async () => {
    const plex = group(world);
    const [a, b, other] = ['tmdb.org', 'image.tmdb.org', 'notmdb.org'].map((name) =>
      refused(world, plex, name),
    );
    await world.actions.approveDenial({ id: a?.id ?? 0, for: 'always', scope: 'subtree', note: '' }, anna);

    expect(rulesInForce(world.db, NOON)).toMatchObject([{ pattern: '.tmdb.org', expiresAt: undefined }]);
    expect(getDenial(world.db, b?.id ?? 0).state).toBe('decided');
    expect(getDenial(world.db, other?.id ?? 0).state).toBe('waiting');
  });

  test.each(['exact', 'subtree'] as const)(
    'a name that was asked with a * in it is no pattern: %s',
    async (scope) => {
      const denial = refused(world, group(world), '*.example.org');
      await expect(
        world.actions.approveDenial({ id: denial.id, ...quarter, scope }, anna),
      ).rejects.toMatchObject({ code: 'invalid-input' });
      expect(rulesInForce(world.db, NOON)).toEqual([]);
    },
  );

  test('a second person is told that it was decided, and nothing is written', async () => {
    const denial = refused(world, group(world), 'image.tmdb.org');
    await world.actions.approveDenial({ id: denial.id, ...quarter }, anna);
    await expect(
      world.actions.approveDenial({ id: denial.id, ...quarter, for: 'always' }, anna),
    ).rejects.toMatchObject({ code: 'denial-already-decided' });
    expect(rulesInForce(world.db, NOON)).toHaveLength(1);
  });

  test.each(['0m', '', '15', '15 m', '1w', '400d', '-5m', '1e3s'])('%j is no duration', async (text) => {
    const denial = refused(world, group(world), 'image.tmdb.org');
    await expect(
      world.actions.approveDenial({ id: denial.id, ...quarter, for: text }, anna),
    ).rejects.toMatchObject({ code: 'invalid-input' });
    expect(getDenial(world.db, denial.id).state).toBe('waiting');
  });

  test('says which addresses are open for it and what the firewalls hold', async () => {
    world.firewalls.push(
      firewall(),
      firewall({ name: 'backup', connected: false }),
      firewall({ name: 'other', groups: ['nas'] }),
    );
    world.open.push(openAddress(), openAddress({ name: 'other.example', address: ip('192.0.2.9') }));
    const denial = refused(world, group(world), 'image.tmdb.org');
    const { effect } = await world.actions.approveDenial({ id: denial.id, ...quarter }, anna);
    expect(effect).toEqual({
      id: expect.any(String),
      epoch: 1,
      addresses: ['192.0.2.7'],
      closed: [],
      staysOpen: [],
      firewalls: [
        { name: 'edge', state: 'confirmed', ms: 0 },
        { name: 'backup', state: 'error' },
      ],
      shared: [],
    });
    expect(world.told.filter(({ kind }) => kind === 'effect')).toMatchObject([
      { effect: { id: effect.id }, concern: { group: 'plex' }, at: NOON },
    ]);
  });

  test('says which names of other owners an address is open for too', async () => {
    world.firewalls.push(firewall());
    world.open.push(
      openAddress(),
      openAddress({ name: 'api.tmdb.org' }),
      openAddress({ name: 'api.thetvdb.com', group: 'tv' }),
      openAddress({ name: 'push', cause: 'pin' }),
    );
    const denial = refused(world, group(world), 'image.tmdb.org');
    const { effect } = await world.actions.approveDenial({ id: denial.id, ...quarter }, anna);
    expect(effect.shared).toEqual([{ address: '192.0.2.7', names: ['api.thetvdb.com'] }]);
  });

  test.each([
    ['it stops no packet', { enforces: false }, 'unenforced'],
    ['no rule uses its alias', { ruleUse: 'unused' }, 'unenforced'],
    ['a rule uses its alias', { ruleUse: 'used' }, 'confirmed'],
  ] as const)('nothing is called confirmed that is not enforced: %s', async (_, change, state) => {
    world.firewalls.push(firewall(change));
    world.open.push(openAddress());
    const denial = refused(world, group(world), 'image.tmdb.org');
    const { effect } = await world.actions.approveDenial({ id: denial.id, ...quarter }, anna);
    expect(effect.firewalls).toMatchObject([{ state }]);
  });
});

describe('rules by hand', () => {
  const allow = (input: Partial<Parameters<World['actions']['allowName']>[0]> = {}) =>
    world.actions.allowName({ group: 'plex', pattern: 'plex.tv', ...input }, anna);

  test('an allow decides the refusals it covers', async () => {
    const denial = refused(world, group(world), 'api.plex.tv');
    await allow({ pattern: '*.PLEX.tv.' });
    expect(getDenial(world.db, denial.id).state).toBe('decided');
    expect(rulesInForce(world.db, NOON)).toMatchObject([{ pattern: '*.plex.tv' }]);
  });

  test('an allow for other record types leaves the refusal waiting', async () => {
    const denial = refused(world, group(world), 'api.plex.tv');
    await allow({ pattern: 'api.plex.tv', types: ['srv'] });
    expect(getDenial(world.db, denial.id).state).toBe('waiting');
    expect(rulesInForce(world.db, NOON)).toMatchObject([{ types: ['SRV'] }]);
  });

  test.each([
    '*',
    '.',
    '*.',
    'a.*.example',
    'ex*mple.org',
    'a b.example',
    'a..b',
    '',
    `${'x'.repeat(64)}.example`,
  ])('%j is no pattern', async (pattern) => {
    group(world);
    await expect(allow({ pattern })).rejects.toMatchObject({
      code: 'invalid-input',
      hint: expect.stringContaining('*.example.org'),
    });
  });

  test('a group that is not there is named with those that are', async () => {
    group(world);
    await expect(allow({ group: 'nas' })).rejects.toMatchObject({ code: 'not-found', hint: 'Groups: plex.' });
  });

  test('a rule may not end in the past', async () => {
    group(world);
    await expect(allow({ until: NOON - 1 })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  test('ending one closes what only it had opened and says so', async () => {
    world.firewalls.push(firewall());
    group(world);
    const { rule } = await allow();
    world.willClose('192.0.2.7');
    const { rule: ended, effect } = await world.actions.endRule(rule.id, anna);

    expect(ended).toMatchObject({ endedAt: NOON, endedBy: 'user:anna' });
    expect(effect).toMatchObject({
      addresses: ['192.0.2.7'],
      firewalls: [{ name: 'edge', state: 'pending' }],
    });
    expect(lastAudit()).toMatchObject({ action: 'rule.end', subject: 'plex plex.tv' });
    await expect(world.actions.endRule(rule.id, anna)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('what another opening keeps open is not called closing, and it is said what keeps it', async () => {
    group(world);
    group(world, 'tv');
    world.firewalls.push(firewall(), firewall({ name: 'backup', groups: ['plex', 'tv'] }));
    const { rule } = await allow();
    world.willClose('192.0.2.7', '192.0.2.8', '192.0.2.9');
    world.open.push(
      openAddress({ address: ip('192.0.2.7'), cause: 'pin', name: 'push' }),
      openAddress({ address: ip('192.0.2.8'), name: 'plex.direct', group: 'tv' }),
      openAddress({ address: ip('192.0.2.9'), cause: 'feed', name: 'cdn' }),
    );
    const { effect } = await world.actions.endRule(rule.id, anna);
    expect(effect).toMatchObject({
      addresses: ['192.0.2.8'],
      closed: ['192.0.2.8'],
      staysOpen: [
        { address: '192.0.2.7', group: 'plex', cause: 'pin', name: 'push' },
        { address: '192.0.2.8', group: 'tv', cause: 'answer', name: 'plex.direct' },
        { address: '192.0.2.9', group: 'plex', cause: 'feed', name: 'cdn' },
      ],
      firewalls: [
        { name: 'edge', state: 'pending' },
        { name: 'backup', state: 'unaffected' },
      ],
    });
  });
});

describe('muting', () => {
  test('takes a name out of the list, unmuting puts it back', () => {
    const denial = refused(world, group(world), 'telemetry.example');
    expect(world.actions.muteDenial(denial.id, anna).state).toBe('muted');
    expect(() => world.actions.muteDenial(denial.id, anna)).toThrow('telemetry.example is muted already');
    expect(world.actions.unmuteDenial(denial.id, anna).state).toBe('waiting');
  });
});

describe('enforcing', () => {
  const enforce = (override?: boolean) =>
    world.actions.changeGroup({ group: 'plex', mode: 'enforce', override }, anna);

  test.each([
    ['no firewall', undefined],
    ['a stand-in', firewall({ enforces: false })],
    ['a firewall that is away', firewall({ connected: false })],
    ['an alias no rule uses', firewall({ ruleUse: 'unused' })],
    ['an alias whose use cannot be seen', firewall({ ruleUse: 'unknown' })],
    ['a firewall of another group', firewall({ groups: ['nas'] })],
  ])('is refused with %s, and takes the override', async (_what, has) => {
    if (has !== undefined) world.firewalls.push(has);
    group(world);
    await expect(enforce()).rejects.toMatchObject({
      code: 'enforce-needs-firewall',
      message: expect.stringContaining('Names are filtered; addresses are NOT enforced'),
      hint: expect.stringContaining('--mode enforce --override'),
    });
    expect(findGroupByName(world.db, 'plex')?.mode).toBe('learn');

    const { group: after } = await enforce(true);
    expect(after).toMatchObject({ mode: 'enforce', enforceOverride: true });
  });

  test('needs no override with a connected firewall whose rule uses the alias', async () => {
    world.firewalls.push(firewall());
    group(world);
    expect((await enforce()).group).toMatchObject({ mode: 'enforce', enforceOverride: false });
    expect(lastAudit()).toMatchObject({
      action: 'group.mode',
      before: { mode: 'learn' },
      after: { mode: 'enforce' },
    });
  });

  test('going back to learn forgets the override', async () => {
    group(world);
    await enforce(true);
    const { group: after } = await world.actions.changeGroup({ group: 'plex', mode: 'learn' }, anna);
    expect(after).toMatchObject({ mode: 'learn', enforceOverride: false });
  });
});

describe('pausing', () => {
  test('always ends by itself, and can be ended', async () => {
    group(world);
    const { group: paused } = await world.actions.pauseGroup({ group: 'plex', for: '1h', note: '' }, anna);
    expect(paused.pausedUntil).toBe(NOON + HOUR);
    const { group: resumed } = await world.actions.resumeGroup('plex', anna);
    expect(resumed.pausedUntil).toBeUndefined();
  });

  test('is never longer than a day', async () => {
    group(world);
    await expect(
      world.actions.pauseGroup({ group: 'plex', for: '25h', note: '' }, anna),
    ).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('groups and hosts', () => {
  test('a new host is protected in one step, and is new no longer', async () => {
    newHost(world, '192.168.20.5', 'plex.tv', 'example.org');
    const { group: made } = await world.actions.createGroup(
      { name: 'plex', clients: ['192.168.20.5'], presets: ['plex-core'] },
      anna,
    );
    expect(made).toMatchObject({ mode: 'learn', origin: 'person' });
    expect(listUnknownClients(world.db)).toEqual([]);
    expect(rulesInForce(world.db, NOON)).toMatchObject(
      world.catalog.presets
        .get('plex-core')
        ?.entries.map(({ pattern }) => ({ pattern, preset: 'plex-core' })) ?? [],
    );
  });

  test('a network takes the new hosts inside it', async () => {
    newHost(world, '192.168.40.5', 'plex.tv');
    newHost(world, '192.168.41.5', 'plex.tv');
    group(world);
    await world.actions.addClient({ group: 'plex', client: '192.168.40.0/24' }, anna);
    expect(listUnknownClients(world.db).map((host) => host.address)).toEqual(['192.168.41.5']);
  });

  test('the same client in two groups is refused', async () => {
    group(world);
    group(world, 'nas');
    await expect(
      world.actions.addClient({ group: 'nas', client: '192.168.20.5' }, anna),
    ).rejects.toMatchObject({ code: 'client-in-two-groups' });
  });

  test.each(['192.168.20', 'plex.tv', '::1%eth0', '10.0.0.0/33'])('%j is no client', async (client) => {
    group(world);
    await expect(world.actions.addClient({ group: 'plex', client }, anna)).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  test('an unknown preset is named with those there are, and no group is made', async () => {
    await expect(
      world.actions.createGroup({ name: 'plex', clients: [], presets: ['plexx'] }, anna),
    ).rejects.toMatchObject({
      message: 'preset plexx',
      hint: expect.stringContaining('plex-core'),
    });
    expect(findGroupByName(world.db, 'plex')).toBeUndefined();
  });

  test('what sallyport.yaml says is changed there; approving, pausing and adding beside it stay possible', async () => {
    const plex = group(world, 'plex', { origin: 'file' });
    await expect(world.actions.changeGroup({ group: 'plex', mode: 'learn' }, anna)).rejects.toMatchObject({
      code: 'managed-by-file',
    });
    await expect(world.actions.addClient({ group: 'plex', client: '192.0.2.1' }, anna)).rejects.toMatchObject(
      { code: 'managed-by-file' },
    );
    await world.actions.pauseGroup({ group: 'plex', for: '15m', note: '' }, anna);
    await world.actions.approveDenial({ id: refused(world, plex, 'image.tmdb.org').id, ...quarter }, anna);
  });
});

describe('firewalls', () => {
  test('releasing a held plan is written down with what it removes', async () => {
    const base = firewall();
    const held = { at: NOON, why: 'would remove all 3 addresses of the alias', removals: [ip('192.0.2.1')] };
    world.firewalls.push({ ...base, status: { ...base.status, heldPlan: held } });
    await world.actions.releasePlan('edge', anna);
    expect(world.calls).toEqual(['release edge']);
    expect(lastAudit()).toMatchObject({
      action: 'plan.release',
      before: { why: held.why, removals: ['192.0.2.1'] },
    });
  });

  test('releasing nothing is refused and not written down', async () => {
    world.firewalls.push(firewall());
    await expect(world.actions.releasePlan('edge', anna)).rejects.toMatchObject({ code: 'plan-not-held' });
    expect(listAudit(world.db, { limit: 5 }).items).toEqual([]);
  });
});

describe('the cache', () => {
  test.each([
    ['PLEX.tv.', 'plex.tv', 'flush plex.tv'],
    [undefined, '*', 'flush all'],
  ])('flushing %s is written down, and done', async (typed, subject, call) => {
    expect(await world.actions.flushCache(typed, anna)).toEqual({ flushed: subject });
    expect(world.calls).toEqual([call]);
    expect(lastAudit()).toMatchObject({ action: 'cache.flush', subject, actor: 'user:anna' });
  });

  test('what is no name is refused, and neither done nor written down', async () => {
    await expect(world.actions.flushCache('plex..tv', anna)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(world.calls).toEqual([]);
    expect(listAudit(world.db, { limit: 5 }).items).toEqual([]);
  });
});

describe('why', () => {
  test('of what a cap left out it says which, and which addresses', async () => {
    group(world);
    const one = {
      group: 'plex',
      name: 'cdn.example',
      address: ip('192.0.2.1'),
      cap: 'rule',
      at: NOON,
    } as const;
    world.leftOut.push(one, { ...one, address: ip('192.0.2.2'), cap: 'name' });
    world.answers.names.push({
      group: 'plex',
      name: 'cdn.example',
      verdict: 'allowed',
      reason: 'rule',
      types: ['A', 'AAAA'],
      sentence: 'cdn.example is allowed.',
      addresses: [],
      refusals: [],
      leases: [],
      nearest: [],
      lastQueries: [],
    });
    const name = await world.actions.why({ name: 'cdn.example' });
    expect(name).toMatchObject({
      names: [
        {
          sentence:
            'cdn.example is allowed. Left out in the last hour: 192.0.2.1, because its rule has as many addresses open as it may (limits.addresses.rule). Left out in the last hour: 192.0.2.2, because the name has as many addresses open as it may (limits.addresses.name).',
          leftOut: [
            { address: '192.0.2.1', cap: 'rule' },
            { address: '192.0.2.2', cap: 'name' },
          ],
        },
      ],
    });
    const address = await world.actions.why({ address: '192.0.2.1' });
    expect(address).toMatchObject({
      address: {
        sentence:
          '192.0.2.1 was never open. In the last hour cdn.example led to it in plex, and it was not opened, because its rule has as many addresses open as it may (limits.addresses.rule).',
      },
    });
  });

  test('an address that nobody here opened, and that a firewall holds, is not called closed only', async () => {
    const base = firewall();
    const heldPlan = { at: NOON, why: 'all of it', removals: [ip('192.0.2.1')] };
    world.firewalls.push({ ...base, status: { ...base.status, heldPlan, otherWriters: [ip('192.0.2.2')] } });
    const sentence = async (address: string) => {
      const answer = await world.actions.why({ address });
      return 'address' in answer ? answer.address.sentence : undefined;
    };
    expect(await sentence('192.0.2.1')).toMatch(
      /^192\.0\.2\.1 was never open\. But alias \S+ of firewall edge holds it, and its removal needs your OK: sallyport sync edge --release or --drop\.$/,
    );
    expect(await sentence('192.0.2.2')).toMatch(/firewall edge holds it: another writer keeps adding it\.$/);
    expect(await sentence('192.0.2.3')).toBe('192.0.2.3 was never open.');
  });

  test('asks for the name in its canonical form and adds what is enforced', async () => {
    group(world);
    world.answers.names.push({
      group: 'plex',
      name: 'plex.tv',
      verdict: 'denied',
      reason: 'no-rule',
      types: [],
      sentence: 'No rule allows plex.tv.',
      addresses: [],
      refusals: [],
      leases: [],
      nearest: [],
      lastQueries: [],
    });
    expect(await world.actions.why({ name: 'PLEX.TV.' })).toMatchObject({
      names: [{ name: 'plex.tv', enforcement: { state: 'learning' } }],
    });
    expect(await world.actions.why({ address: '192.0.2.7' })).toMatchObject({ address: { open: false } });
    await expect(world.actions.why({ address: 'plex.tv' })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

test('names are octets: an escaped dot is no label boundary', async () => {
  const plex = group(world);
  const odd = refused(world, plex, 'evil\\.plex.tv');
  await world.actions.allowName({ group: 'plex', pattern: '*.plex.tv' }, anna);
  expect(odd.name).toBe(parseDomainName('evil\\.plex.tv'));
  expect(getDenial(world.db, odd.id).state).toBe('waiting');
});
