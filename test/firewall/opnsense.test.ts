import { afterEach, describe, expect, test } from 'vitest';
import {
  ALIAS_EDIT_PRIVILEGE,
  DEFAULT_USER,
  externalAlias,
  type OpnsenseOptions,
  PF_TABLES_PRIVILEGE,
  STATES_PRIVILEGE,
  start,
} from '../../scripts/simulators/opnsense.ts';
import { OPNSENSE_VERSIONS } from '../../scripts/simulators/opnsense-versions.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type KnownError, TransientDriverError } from '../../src/base/errors.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { Secret } from '../../src/base/secret.ts';
import { createOpnsenseDriver } from '../../src/firewall/opnsense/driver.ts';
import { adding, addresses, changes, rejection, signal } from '../contract/driver-contract.ts';
import { manualClock } from '../support/manual-clock.ts';
import { stage } from '../sync/stage.ts';

const ALIAS = 'plexfw_live';
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function box(
  options: OpnsenseOptions & { alias?: string; key?: string; clock?: Clock; kills?: boolean } = {},
) {
  const simulator = await start({
    ...options,
    switches: { loginDelayMs: 0, configdDelayMs: 0, ...options.switches },
  });
  const driver = createOpnsenseDriver({
    url: simulator.url,
    key: new Secret(options.key ?? DEFAULT_USER.key),
    secret: new Secret(DEFAULT_USER.secret),
    alias: options.alias ?? ALIAS,
    kills: options.kills ?? false,
    tls: {},
    clock: options.clock ?? systemClock(),
  });
  cleanups.push(simulator.close, driver.close);
  return { simulator, driver };
}

/** Another driver for the same box, as after a restart of ours. */
async function rejoin(url: string) {
  const driver = createOpnsenseDriver({
    url,
    key: new Secret(DEFAULT_USER.key),
    secret: new Secret(DEFAULT_USER.secret),
    alias: ALIAS,
    tls: {},
    clock: systemClock(),
  });
  cleanups.push(driver.close);
  return driver;
}

describe('an empty list is believed only when', () => {
  test('the table is there', async () => {
    const { driver } = await box();
    expect((await driver.read(signal())).size).toBe(0);
  });

  test('and not when the alias is missing', async () => {
    const { driver } = await box({ alias: 'plexfw_other' });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error).toMatchObject({
      code: 'firewall-alias-missing',
      message: 'OPNsense has no alias plexfw_other',
    });
    expect(error.hint).toMatch(/Firewall > Aliases.*External \(advanced\).*Apply/);
  });

  test('and not when the backend is dead', async () => {
    const { simulator, driver } = await box();
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    simulator.set({ configdDown: true });
    const error = await rejection(driver.read(signal()));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect(error.message).toMatch(/answered \/api\/firewall\/alias_util\/aliases with nothing.*configd/);
  });

  test('and not when it took longer than a living backend takes', async () => {
    const { driver } = await box({ switches: { configdDown: true, configdDelayMs: 5100 } });
    const error = await rejection(driver.read(signal()));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect(error.message).toMatch(/says plexfw_live is empty, but took 5\d\d\d ms/);
  });
});

test('a reboot empties the table, and the read says so', async () => {
  const { simulator, driver } = await box();
  await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
  simulator.reboot();
  expect((await driver.read(signal())).size).toBe(0);
});

test('`done` is not taken for a confirmation: the read shows what pf holds', async () => {
  const { simulator, driver } = await box({ switches: { doneDoesNothing: true } });
  await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
  expect((await driver.read(signal())).size).toBe(0);
  simulator.set({ doneDoesNothing: false, tableLimit: 0 });
  await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
  expect((await driver.read(signal())).size).toBe(0);
});

test('nothing it does writes a config revision', async () => {
  const { simulator, driver } = await box();
  await driver.apply(changes({ add: adding('192.0.2.1', '2001:db8::1') }), signal());
  await driver.apply(changes({ remove: addresses('192.0.2.1') }), signal());
  await driver.examine(signal());
  expect(simulator.state.revisions).toBe(0);
});

test('and no session file for every call', async () => {
  const { simulator, driver } = await box();
  for (let run = 0; run < 5; run++) await driver.read(signal());
  await driver.apply(changes({ add: adding('192.0.2.1', '192.0.2.2') }), signal());
  expect(simulator.state.sessions).toBe(1);
});

test('a list that comes in pages is read to its end', async () => {
  const { driver } = await box({ switches: { pageLimit: 100 } });
  const many = Array.from({ length: 250 }, (_, i) => `198.51.100.${i}`);
  await driver.apply(changes({ add: adding(...many) }), signal());
  expect((await driver.read(signal())).size).toBe(250);
});

test('connections are used again, and their end after 16 requests goes unnoticed', async () => {
  const { simulator, driver } = await box({ switches: { keepAliveRequests: 16 } });
  await driver.apply(
    changes({ add: adding(...Array.from({ length: 64 }, (_, i) => `192.0.2.${i}`)) }),
    signal(),
  );
  expect((await driver.read(signal())).size).toBe(64);
  expect(simulator.connections()).toBeLessThanOrEqual(8);
});

test('a connection that is closed just as it is used costs no call', async () => {
  const { driver } = await box({ switches: { closesSilently: true } });
  const many = Array.from({ length: 64 }, (_, i) => `192.0.2.${i}`);
  await driver.apply(changes({ add: adding(...many) }), signal());
  expect((await driver.read(signal())).size).toBe(64);
});

test('four calls are under way at a time, one for each address, and none when nothing changes', async () => {
  const { simulator, driver } = await box({ switches: { latencyMs: 5 } });
  const many = Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`);
  await driver.apply(changes({ add: adding(...many) }), signal());
  expect(simulator.mostAtOnce()).toBe(4);
  expect(simulator.state.requests.filter((line) => line.includes('/add/'))).toHaveLength(41);
  simulator.state.requests.length = 0;
  await driver.apply(changes({}), signal());
  await driver.read(signal());
  expect(simulator.state.requests).toEqual([`POST /api/firewall/alias_util/list/${ALIAS}`]);
});

test('a fill that nothing else waits for is a call for each address, and a look at its beginning and its end', async () => {
  const { simulator, driver } = await box({ switches: { latencyMs: 1 } });
  const { sync, clock, want } = stage({}, { driver });
  want(...Array.from({ length: 120 }, (_, n) => n + 1));
  await sync.run('start');
  while (sync.status().state !== 'up') {
    clock.advance(0);
    await sync.run('nudge');
  }
  const calls = (kind: string) =>
    simulator.state.requests.filter((line) => line.includes(`/${kind}/`)).length;
  // One of them tries the type of the alias.
  expect([calls('add'), calls('list')]).toEqual([121, 2]);
  expect(simulator.mostAtOnce()).toBe(4);
  simulator.state.requests.length = 0;
  await sync.run('schedule');
  expect(simulator.state.requests).toEqual([`POST /api/firewall/alias_util/list/${ALIAS}`]);
});

describe('an alias of another type is refused before the first write', () => {
  const seeing = { ...DEFAULT_USER, privileges: [PF_TABLES_PRIVILEGE, ALIAS_EDIT_PRIVILEGE] };
  test.each([
    ['host', DEFAULT_USER],
    ['network', DEFAULT_USER],
    ['host', seeing],
    ['networkgroup', seeing],
  ] as const)('%s, with %o', async (type, user) => {
    const { simulator, driver } = await box({ users: [user] });
    Object.assign(simulator.state.aliases.get(ALIAS) ?? {}, { type });
    const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    expect(error.code).toBe('firewall-misconfigured');
    expect(error.message).toMatch(/every address would be a revision.*Nothing was written\.$/);
    expect(error.hint).toContain('External (advanced)');
    expect(simulator.state.revisions).toBe(0);
    expect(simulator.table(ALIAS)).toEqual([]);
  });

  test('also one that was made anew in place of one that was deleted', async () => {
    const { simulator, driver } = await box();
    // Its table stays until a reboot.
    simulator.state.aliases.delete(ALIAS);
    await driver.read(signal());
    const missing = await rejection<KnownError>(
      driver.apply(changes({ add: adding('192.0.2.1') }), signal()),
    );
    expect(missing.code).toBe('firewall-alias-missing');
    simulator.state.aliases.set(ALIAS, { ...externalAlias(), type: 'host' });
    for (let n = 1; n <= 50; n++) {
      await rejection(driver.apply(changes({ add: adding(`192.0.2.${n}`) }), signal()));
    }
    expect(simulator.state.revisions).toBe(0);
  });

  test('also one that was made anew while nobody looked', async () => {
    const clock = manualClock(0);
    const { simulator, driver } = await box({ clock });
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    simulator.state.aliases.set(ALIAS, { ...externalAlias(), type: 'host' });
    clock.advance(30_000);
    await rejection(driver.apply(changes({ add: adding('192.0.2.2') }), signal()));
    expect(simulator.state.revisions).toBe(0);
  });

  test('also one that the next addition had not found', async () => {
    const { simulator, driver } = await box();
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    simulator.state.aliases.delete(ALIAS);
    await rejection(driver.apply(changes({ add: adding('192.0.2.2') }), signal()));
    simulator.state.aliases.set(ALIAS, { ...externalAlias(), type: 'host' });
    await rejection(driver.apply(changes({ add: adding('192.0.2.2') }), signal()));
    expect(simulator.state.revisions).toBe(0);
  });

  test('removals are made where there is no alias any more', async () => {
    const { simulator, driver } = await box();
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    const after = await rejoin(simulator.url);
    simulator.state.aliases.delete(ALIAS);
    await after.apply(changes({ remove: addresses('192.0.2.1') }), signal());
    expect(simulator.table(ALIAS)).toEqual([]);
  });

  test('and looked at once for many changes', async () => {
    const { simulator, driver } = await box();
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    simulator.state.requests.length = 0;
    await driver.apply(changes({ add: adding('192.0.2.2') }), signal());
    expect(simulator.state.requests).toEqual([`POST /api/firewall/alias_util/add/${ALIAS}`]);
  });
});

describe('an alias is made when a person asks for it', () => {
  const editor = { ...DEFAULT_USER, privileges: [PF_TABLES_PRIVILEGE, ALIAS_EDIT_PRIVILEGE] };
  const made = { type: 'external', enabled: true, expire: '' };

  test('of type External and counting, with one revision, and can be filled', async () => {
    const { simulator, driver } = await box({ aliases: [], users: [editor] });
    await driver.createAlias?.(signal());
    expect(simulator.state.aliases.get(ALIAS)).toMatchObject(made);
    expect(simulator.state.revisions).toBe(1);
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect((await driver.read(signal())).size).toBe(1);
  });

  test.each(OPNSENSE_VERSIONS)(
    'on %s, where it is then seen to be external, and its packets are counted',
    async (version) => {
      const { simulator, driver } = await box({ aliases: [], users: [editor], version });
      await driver.createAlias?.(signal());
      await driver.apply(changes({ add: adding('192.0.2.1', '192.0.2.2') }), signal());
      expect((await driver.examine(signal())).find(({ check }) => check === 'alias')).toMatchObject({
        result: 'ok',
        detail: `${ALIAS} is an external alias with 2 addresses`,
      });
      simulator.count(ALIAS, '192.0.2.1', { inPass: 3, outPass: 4 });
      expect([...(await driver.read(signal())).values()]).toEqual([{ packets: 7 }, { packets: 0 }]);
    },
  );

  test('never by itself', async () => {
    const { simulator, driver } = await box({ aliases: [], users: [editor] });
    await rejection(driver.read(signal()));
    await driver.examine(signal());
    await rejection(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    expect(simulator.state.aliases.size).toBe(0);
  });

  test('and not a second time', async () => {
    const { simulator, driver } = await box({ users: [editor] });
    const error = await rejection<KnownError>(driver.createAlias?.(signal()) ?? Promise.resolve());
    expect(error.code).toBe('name-taken');
    expect(simulator.state.revisions).toBe(0);
  });

  test('once, though the answer to it got lost', async () => {
    const { simulator, driver } = await box({
      aliases: [],
      users: [editor],
      switches: { resetAfter: 'add_item' },
    });
    await driver.createAlias?.(signal());
    expect(simulator.state.revisions).toBe(1);
    expect(simulator.state.aliases.get(ALIAS)).toMatchObject(made);
  });

  test('when the key may: else the privilege is named', async () => {
    const { driver } = await box({ aliases: [] });
    const error = await rejection<KnownError>(driver.createAlias?.(signal()) ?? Promise.resolve());
    expect(error.code).toBe('firewall-privilege-missing');
    expect(error.hint).toContain('"Firewall: Alias: Edit"');
  });
});

test('an alias deleted under way is noticed by the next addition', async () => {
  const { simulator, driver } = await box();
  simulator.state.aliases.delete(ALIAS);
  const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
  expect(error.code).toBe('firewall-alias-missing');
});

describe('states of what a person closes', () => {
  const state = (n: number, src: string, dst: string) => ({
    id: `${n}f/5c3fd2e1`,
    src_addr: src,
    dst_addr: dst,
    nat_addr: null,
  });
  const killer = { ...DEFAULT_USER, privileges: [PF_TABLES_PRIVILEGE, STATES_PRIVILEGE] };
  const clients = ['192.168.20.5/32', '2001:db8:20::/64'].map(parsePrefix);

  test('are killed between our hosts and that address, in both families, and no others', async () => {
    const { simulator, driver } = await box({ users: [killer], kills: true });
    const kept = [
      state(1, '192.168.20.6', '203.0.113.5'),
      state(2, '192.168.20.5', '203.0.113.50'),
      state(3, '2001:db8:20::5', '2001:db8:ffff::50'),
      state(4, '2001:db8:21::5', '2001:db8:ffff::5'),
    ];
    simulator.state.states.push(
      ...kept,
      state(5, '192.168.20.5', '203.0.113.5'),
      state(6, '2001:db8:20::5', '2001:db8:ffff::5'),
    );
    await driver.killStates?.(addresses('203.0.113.5', '2001:db8:ffff::5'), clients, signal());
    expect(simulator.state.states).toEqual(kept);
  });

  test('are left alone where the owner did not ask for it', async () => {
    expect((await box()).driver.killStates).toBeUndefined();
  });

  test('need a privilege, and the checklist says so', async () => {
    const { driver } = await box({ kills: true });
    expect(await driver.examine(signal())).toContainEqual(
      expect.objectContaining({
        check: 'privileges',
        result: 'failed',
        remedy: expect.stringContaining('"Diagnostics: Show States"'),
      }),
    );
    const allowed = await box({ users: [killer], kills: true });
    expect(await allowed.driver.examine(signal())).toContainEqual(
      expect.objectContaining({ check: 'privileges', result: 'ok', detail: 'The key may kill states' }),
    );
  });
});

describe('what an owner can get wrong', () => {
  test('a wrong key, which is then left alone for five minutes', async () => {
    let now = 0;
    const clock: Clock = { now: () => now, after: () => () => undefined, soon: () => () => undefined };
    const { simulator, driver } = await box({ key: 'wrong', clock });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.code).toBe('firewall-refused-key');
    expect(error.message).toMatch(/^OPNsense 127\.0\.0\.1:\d+ refused the key$/);
    expect(simulator.state.requests).toHaveLength(1);

    now = 299_000;
    expect((await rejection(driver.read(signal()))).message).toMatch(
      /refused the key; not tried again for 1 min$/,
    );
    expect(simulator.state.requests).toHaveLength(1);
    now = 300_000;
    await rejection(driver.read(signal()));
    expect(simulator.state.requests).toHaveLength(2);
  });

  test('a missing privilege', async () => {
    const { driver } = await box({ users: [{ ...DEFAULT_USER, privileges: [] }] });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.code).toBe('firewall-privilege-missing');
    expect(error.hint).toContain('"Diagnostics: PF Table IP addresses"');
  });

  test('a proxy that drops the Authorization header', async () => {
    const { driver } = await box({ switches: { dropAuth: true } });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.code).toBe('firewall-misconfigured');
    expect(error.message).toMatch(/sent us to its login page \(HTTP 302\)/);
  });

  test('a url where somebody else answers', async () => {
    const { driver } = await box({ switches: { htmlInsteadOfJson: true } });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.code).toBe('firewall-misconfigured');
    expect(error.message).toMatch(/with text\/html instead of JSON/);
  });

  test('a user who may not write', async () => {
    const { driver } = await box({ users: [{ ...DEFAULT_USER, readonly: true }] });
    const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    expect(error.code).toBe('firewall-misconfigured');
    expect(error.hint).toContain('"System: Deny config write"');
  });

  test('which before 26.7 holds for the configuration alone', async () => {
    const { simulator, driver } = await box({
      version: '26.1',
      users: [{ ...DEFAULT_USER, readonly: true }],
    });
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1']);
  });

  test('an OPNsense that is too old', async () => {
    const { driver } = await box({ version: '22.7' });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.hint).toContain('OPNsense 25.1 or newer is needed');
    expect((await driver.examine(signal()))[0]).toMatchObject({
      result: 'failed',
      remedy: expect.stringContaining('25.1'),
    });
  });

  test('a PHP error is not the owner’s fault', async () => {
    const { driver } = await box({ switches: { htmlFatal: true } });
    const error = await rejection(driver.read(signal()));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect(error.message).toMatch(/PHP fatal error/);
  });
});

test('no error and no finding shows key or secret', async () => {
  const { driver } = await box({ users: [] });
  const error = await rejection(driver.read(signal()));
  const text = JSON.stringify([error, error.message, await driver.examine(signal())]);
  expect(text).not.toContain(DEFAULT_USER.secret);
  expect(text).not.toContain(Buffer.from(DEFAULT_USER.secret).toString('base64'));
});

describe('the checklist', () => {
  const byCheck = (findings: readonly { check: string; result: string }[]) =>
    Object.fromEntries(findings.map(({ check, result }) => [check, result]));

  test('says what is known, and that rules cannot be seen', async () => {
    const { driver } = await box();
    const findings = await driver.examine(signal());
    expect(byCheck(findings)).toEqual({
      reachable: 'ok',
      key: 'ok',
      privileges: 'ok',
      alias: 'unknown',
      'rule-uses-alias': 'unknown',
    });
    expect(findings.at(-1)?.remedy).toContain('Firewall > Rules');
  });

  test.each([
    [{ users: [] }, 'key'],
    [{ users: [{ ...DEFAULT_USER, privileges: [] }] }, 'privileges'],
    [{ aliases: [] }, 'alias'],
    [{ switches: { configdDown: true } }, 'reachable'],
  ] as const)('%# puts the failure where it belongs', async (options, check) => {
    const { driver } = await box(options);
    expect(byCheck(await driver.examine(signal()))).toMatchObject({ [check]: 'failed' });
  });

  test.each([
    [{ type: 'host' }, /is of type host/],
    [{ enabled: false }, /is disabled/],
    [{ expire: '86400' }, /has Expire 86400/],
  ])('sees %o where the key may look', async (setting, detail) => {
    const user = { ...DEFAULT_USER, privileges: [PF_TABLES_PRIVILEGE, ALIAS_EDIT_PRIVILEGE] };
    const { simulator, driver } = await box({ users: [user] });
    Object.assign(simulator.state.aliases.get(ALIAS) ?? {}, setting);
    const finding = (await driver.examine(signal())).find(({ check }) => check === 'alias');
    expect(finding).toMatchObject({ result: 'failed', detail: expect.stringMatching(detail) });
  });

  test.each([
    ['host', 'failed'],
    ['network', 'failed'],
    ['urltable', 'unknown'],
    ['geoip', 'unknown'],
    ['networkgroup', 'unknown'],
    ['port', 'unknown'],
    ['external', 'unknown'],
  ] as const)('never calls %s in order for a key that may not see the type', async (type, result) => {
    const { simulator, driver } = await box();
    Object.assign(simulator.state.aliases.get(ALIAS) ?? {}, { type });
    const findings = await driver.examine(signal());
    expect(findings.find(({ check }) => check === 'alias')).toMatchObject({
      result,
      remedy: expect.stringContaining('External (advanced)'),
    });
    expect([simulator.state.revisions, simulator.table(ALIAS)]).toEqual([0, []]);
  });

  test('calls one of type External in order where the key may look', async () => {
    const user = { ...DEFAULT_USER, privileges: [PF_TABLES_PRIVILEGE, ALIAS_EDIT_PRIVILEGE] };
    const { driver } = await box({ users: [user] });
    expect(byCheck(await driver.examine(signal()))).toMatchObject({ alias: 'ok' });
  });

  test('names a prefix somebody put into the table', async () => {
    const { simulator, driver } = await box();
    simulator.state.tables.get(ALIAS)?.add('198.51.100.0/24');
    const finding = (await driver.examine(signal())).find(({ check }) => check === 'alias');
    expect(finding).toMatchObject({ result: 'failed', detail: expect.stringContaining('198.51.100.0/24') });
    expect((await driver.read(signal())).size).toBe(0);
    expect(driver.wider?.()).toEqual(['198.51.100.0/24']);
    simulator.state.tables.get(ALIAS)?.delete('198.51.100.0/24');
    await driver.read(signal());
    expect(driver.wider?.()).toEqual([]);
  });
});
