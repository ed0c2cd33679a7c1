import { afterEach, describe, expect, test } from 'vitest';
import {
  DEFAULT_USER,
  LEAST_PRIVILEGES,
  type PfsenseOptions,
  type PfsenseUser,
  start,
} from '../../scripts/simulators/pfsense.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type KnownError, TransientDriverError } from '../../src/base/errors.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { Secret } from '../../src/base/secret.ts';
import { createPfsenseDriver } from '../../src/firewall/pfsense/driver.ts';
import { adding, addresses, changes, rejection, signal } from '../contract/driver-contract.ts';

const ALIAS = 'Plex_Allowed';
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function box(
  options: PfsenseOptions & {
    alias?: string;
    key?: string;
    clock?: Clock;
    limitMs?: number;
    pending?: 'apply';
    kills?: boolean;
  } = {},
) {
  const simulator = await start({ ...options, switches: { reloadMs: 5, ...options.switches } });
  const driver = createPfsenseDriver({
    url: simulator.url,
    key: new Secret(options.key ?? DEFAULT_USER.key),
    alias: options.alias ?? ALIAS,
    tls: {},
    clock: options.clock ?? systemClock(),
    kills: options.kills ?? false,
    ...(options.pending === undefined ? {} : { pending: options.pending }),
    reload: { pollMs: 5, limitMs: options.limitMs ?? 5000 },
  });
  cleanups.push(simulator.close, driver.close);
  return { simulator, driver };
}

const stored = (address: readonly string[], type = 'host') => ({
  name: ALIAS,
  type,
  descr: '',
  address,
  detail: [],
});
const requests = (simulator: { state: { requests: string[] } }) =>
  simulator.state.requests.splice(0).map((line) => line.replace('/api/v2/', ''));

describe('an alias is made when a person asks for it', () => {
  const NEW = 'Plex_New';
  const maker = { ...DEFAULT_USER, privileges: [...LEAST_PRIVILEGES, 'api-v2-firewall-alias-post'] };
  const make = async ({ driver }: Awaited<ReturnType<typeof box>>) => {
    if (driver.createAlias === undefined) throw new Error('this driver makes none');
    await driver.createAlias(signal());
  };

  test('of type Host(s), empty and loaded, with one write', async () => {
    const here = await box({ alias: NEW, users: [maker] });
    const { simulator, driver } = here;
    const before = simulator.state.revisions;
    await make(here);
    expect(simulator.state.aliases.at(-1)).toMatchObject({ name: NEW, type: 'host', address: [] });
    expect(simulator.state.revisions).toBe(before + 1);
    expect(driver.writes?.()).toBe(1);
    expect([...simulator.state.dirty]).toEqual([]);
    expect((await driver.read(signal())).size).toBe(0);
  });

  test('never by itself', async () => {
    const { simulator, driver } = await box({ alias: NEW, users: [maker] });
    const before = simulator.state.revisions;
    await rejection(driver.read(signal()));
    await driver.examine(signal());
    await rejection(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    expect(simulator.state.revisions).toBe(before);
  });

  test('and not a second time', async () => {
    const here = await box({ users: [maker] });
    expect(await rejection<KnownError>(make(here))).toMatchObject({ code: 'name-taken' });
    expect(here.driver.writes?.()).toBe(0);
  });

  test('once, though the answer to it got lost', async () => {
    const here = await box({ alias: NEW, users: [maker], switches: { resetAfterNextWrite: true } });
    await make(here);
    expect(here.simulator.state.aliases.filter(({ name }) => name === NEW)).toHaveLength(1);
  });

  test('when the key may: else the privilege is named', async () => {
    const error = await rejection<KnownError>(make(await box({ alias: NEW })));
    expect(error.code).toBe('firewall-privilege-missing');
    expect(error.hint).toContain('api-v2-firewall-alias-post');
  });

  test('not while what somebody else has saved waits to be applied', async () => {
    const here = await box({ alias: NEW, users: [maker] });
    here.simulator.state.dirty.add('filter');
    expect((await rejection(make(here))).message).toMatch(/Somebody's changes wait to be applied/);
    expect(here.driver.writes?.()).toBe(0);
  });

  test('a reload that failed is made up for by the next change', async () => {
    const here = await box({ alias: NEW, users: [maker], limitMs: 20, switches: { reloadFails: true } });
    const { simulator, driver } = here;
    expect((await rejection(make(here))).message).toMatch(/has not finished its filter reload/);
    simulator.set({ reloadFails: false });
    simulator.state.referenced.add(NEW);
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect(simulator.table(NEW)).toEqual(['192.0.2.1']);
  });

  test('and what was said and not done is told', async () => {
    const here = await box({ alias: NEW, users: [{ ...maker, configReadonly: true }] });
    const error = await rejection<KnownError>(make(here));
    expect(error.message).toBe(`pfSense said yes to making ${NEW} and did not store it`);
    expect(error.hint).toContain('Deny Config Write');
  });
});

describe('a change', () => {
  test('is the whole set in one write, one reload, and nothing else', async () => {
    const { simulator, driver } = await box();
    await driver.apply(changes({ add: adding('2001:db8::1', '192.0.2.9', '192.0.2.1') }), signal());
    expect(simulator.state.aliases[1]).toMatchObject({
      address: ['192.0.2.1', '192.0.2.9', '2001:db8::1'],
      detail: ['opened by Sallyport', 'opened by Sallyport', 'opened by Sallyport'],
    });
    expect(simulator.state).toMatchObject({ revisions: 1, reloads: 1 });
    const sent = requests(simulator);
    expect(sent.filter((line) => !line.startsWith('GET'))).toEqual([
      'PATCH firewall/alias',
      'POST firewall/apply',
    ]);
  });

  test('that changes nothing writes nothing', async () => {
    const { simulator, driver } = await box({ aliases: [stored(['192.0.2.1'])] });
    await driver.apply(changes({ add: adding('192.0.2.1'), remove: addresses('192.0.2.2') }), signal());
    expect(simulator.state).toMatchObject({ revisions: 0, reloads: 0 });
  });

  test('is done when the reload is, not when it was ordered', async () => {
    const { simulator, driver } = await box({ switches: { reloadMs: 150 } });
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1']);
  });

  test('that was stored and never loaded is loaded by the next one, without another write', async () => {
    const { simulator, driver } = await box({ switches: { reloadFails: true }, limitMs: 20 });
    const plan = changes({ add: adding('192.0.2.1') });
    await rejection(driver.apply(plan, signal()));
    expect((await driver.read(signal())).size).toBe(0);
    simulator.set({ reloadFails: false });
    await driver.apply(plan, signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1']);
    expect(simulator.state.revisions).toBe(1);
  });

  test('hits our alias though its id shifted between the look and the write', async () => {
    const { simulator, driver } = await box({ switches: { shiftIdsBeforeNextPatch: true } });
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect(simulator.state.aliases).toMatchObject([{ name: ALIAS, address: ['192.0.2.1'] }]);
  });

  test('never touches the alias that took over our id', async () => {
    const other = { ...stored(['198.51.100.1']), name: 'Second_Alias' };
    const first = { ...stored([]), name: 'First_Alias' };
    const { simulator, driver } = await box({
      aliases: [first, stored([]), other],
      switches: { shiftIdsBeforeNextPatch: true },
    });
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect(simulator.state.aliases).toMatchObject([
      { address: ['192.0.2.1'] },
      { address: ['198.51.100.1'] },
    ]);
  });

  test('lost to another writer is made again', async () => {
    const { simulator, driver } = await box({ switches: { loseNextWrite: true } });
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1']);
  });

  test('whose answer got lost is looked up, not repeated', async () => {
    const { simulator, driver } = await box({ switches: { resetAfterNextWrite: true } });
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1']);
    expect(simulator.state.revisions).toBe(1);
  });

  test('keeps entries of the table that are not part of it', async () => {
    const { simulator, driver } = await box({ aliases: [stored(['192.0.2.1', '192.0.2.2'])] });
    simulator.state.aliases = [stored(['192.0.2.1'])];
    await driver.apply(changes({ add: adding('192.0.2.3') }), signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  });
});

describe('what somebody else has saved and not applied', () => {
  const plan = changes({ add: adding('192.0.2.1') });
  const other = { ...stored(['198.51.100.1']), name: 'Other_Alias' };

  test('is not applied by us: nothing is written until they have', async () => {
    const { simulator, driver } = await box();
    simulator.state.dirty.add('filter');
    const error = await rejection(driver.apply(plan, signal()));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect(error.message).toMatch(/^Somebody's changes wait.*\(filter\).*pending: apply/);
    expect(simulator.state).toMatchObject({ revisions: 0, reloads: 0 });
    expect(driver.writes?.()).toBe(0);

    simulator.state.dirty.clear();
    await driver.apply(plan, signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1']);
    expect(driver.writes?.()).toBe(1);
  });

  test('in another alias is not either', async () => {
    const { simulator, driver } = await box({ aliases: [other, stored([])] });
    simulator.state.store([{ ...other, address: ['198.51.100.9'] }, stored([])]);
    await rejection(driver.apply(plan, signal()));
    expect(simulator.table('Other_Alias')).toEqual(['198.51.100.1']);
  });

  test('is applied where the owner says so', async () => {
    const { simulator, driver } = await box({ pending: 'apply' });
    simulator.state.dirty.add('filter');
    await driver.apply(plan, signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1']);
  });

  test('is told from what an earlier run of ours has stored', async () => {
    const { simulator, driver } = await box();
    simulator.state.store([stored(['192.0.2.1'])]);
    await driver.apply(plan, signal());
    expect(simulator.table(ALIAS)).toEqual(['192.0.2.1']);
    expect(simulator.state).toMatchObject({ revisions: 1, reloads: 1 });
  });
});

describe('a reload that does not come to its end', () => {
  test.each(['reloadFails', 'staleDispatcherLock'] as const)(
    'because of %s is reported in time',
    async (trap) => {
      const { driver } = await box({ switches: { [trap]: true }, limitMs: 30 });
      const error = await rejection(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
      expect(error).toBeInstanceOf(TransientDriverError);
      expect(error.message).toMatch(
        /not finished its filter reload.*pending: aliases.*FirewallApplyDispatcher\.lock/,
      );
    },
  );

  test('can be given up', async () => {
    const { simulator, driver } = await box({ switches: { staleDispatcherLock: true }, limitMs: 60_000 });
    const stop = new AbortController();
    const applied = rejection(driver.apply(changes({ add: adding('192.0.2.1') }), stop.signal));
    while (!simulator.state.dirty.has('aliases')) await new Promise(setImmediate);
    const reason = new Error('shutting down');
    stop.abort(reason);
    expect(await applied).toBe(reason);
  });
});

describe('a table that is not there', () => {
  test('reads as empty while the alias is', async () => {
    const { simulator, driver } = await box();
    simulator.state.tables.delete(ALIAS);
    expect((await driver.read(signal())).size).toBe(0);
  });

  test('means that no rule uses an alias with entries', async () => {
    const { driver } = await box({ referenced: [] });
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.code).toBe('firewall-misconfigured');
    expect(error.message).toBe(`No firewall rule uses the alias ${ALIAS}: pfSense keeps no table for it`);
    expect(error.hint).toContain('Firewall > Rules');
    expect(await driver.examine(signal())).toContainEqual(
      expect.objectContaining({ check: 'rule-uses-alias', result: 'failed' }),
    );
  });

  test('is not taken for an empty one when there is no alias', async () => {
    const { driver } = await box({ alias: 'Nope_Alias' });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error).toMatchObject({
      code: 'firewall-alias-missing',
      message: 'pfSense has no alias Nope_Alias',
    });
  });
});

describe('states of what a person closes', () => {
  const state = (source: string, destination: string) => ({
    source: `${source}:51234`,
    destination: `${destination}:443`,
  });
  const killer = {
    ...DEFAULT_USER,
    privileges: [...LEAST_PRIVILEGES, 'api-v2-firewall-states-get', 'api-v2-firewall-states-delete'],
  };

  test('are killed between our hosts and that address, and no others; IPv6 is left to end', async () => {
    const { simulator, driver } = await box({ users: [killer], kills: true });
    const kept = [state('192.168.20.6', '203.0.113.5'), state('192.168.20.5', '203.0.113.50')];
    simulator.state.states = [...kept, state('192.168.20.5', '203.0.113.5')];
    const clients = ['192.168.20.5/32', '2001:db8:20::/64'].map(parsePrefix);
    await driver.killStates?.(addresses('203.0.113.5', '2001:db8::5'), clients, signal());
    expect(simulator.state.states).toEqual(kept);
  });

  test('need a privilege, and the checklist names it', async () => {
    const { driver } = await box({ kills: true });
    expect(await driver.examine(signal())).toContainEqual(
      expect.objectContaining({
        check: 'privileges',
        result: 'failed',
        remedy: expect.stringContaining('api-v2-firewall-states-get'),
      }),
    );
  });
});

describe('what an owner can get wrong', () => {
  test('a wrong key: one attempt, and none for half an hour', async () => {
    let now = 0;
    const clock: Clock = { now: () => now, after: () => () => undefined, soon: () => () => undefined };
    const { simulator, driver } = await box({ key: 'wrong', clock });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.code).toBe('firewall-refused-key');
    expect(error.hint).toMatch(/Login Protection pass list/);
    for (now = 0; now < 30 * 60_000; now += 300_000) await rejection(driver.read(signal()));
    expect(requests(simulator)).toHaveLength(1);
  });

  test('silence after a refused key: the message names the lock-out and its remedy', async () => {
    let now = 0;
    const clock: Clock = { now: () => now, after: () => () => undefined, soon: () => () => undefined };
    const { simulator, driver } = await box({ key: 'wrong', clock });
    await rejection(driver.read(signal()));
    simulator.set({ lockoutAfter: 1 });
    simulator.dropConnections();
    now = 30 * 60_000;
    const error = await rejection<TransientDriverError>(driver.read(signal()));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect(error.message).toMatch(
      /closed the connection.*refused our key.*may drop this host.*System > Advanced > Admin Access.*Login Protection pass list/,
    );
  });

  test('silence after a key that was accepted again is no lock-out', async () => {
    let now = 0;
    const clock: Clock = { now: () => now, after: () => () => undefined, soon: () => () => undefined };
    const users: PfsenseUser[] = [];
    const { simulator, driver } = await box({ users, clock });
    await rejection(driver.read(signal()));
    users.push(DEFAULT_USER);
    now = 30 * 60_000;
    await driver.read(signal());
    simulator.set({ lockoutAfter: 0 });
    simulator.dropConnections();
    expect((await rejection(driver.read(signal()))).message).not.toMatch(/refused our key/);
  });

  test('so many wrong keys that sshguard drops us', async () => {
    const { simulator, driver } = await box({ switches: { lockoutAfter: 0 } });
    expect(await rejection(driver.read(signal()))).toBeInstanceOf(TransientDriverError);
    simulator.set({ lockoutAfter: 3 });
    expect((await driver.read(signal())).size).toBe(0);
  });

  test.each(LEAST_PRIVILEGES.filter((name) => !name.includes('system')))(
    'a key without %s: the message names it',
    async (missing) => {
      const privileges = LEAST_PRIVILEGES.filter((name) => name !== missing);
      const { driver } = await box({ users: [{ ...DEFAULT_USER, privileges }] });
      const error = await rejection<KnownError>(
        driver.apply(changes({ add: adding('192.0.2.1') }), signal()),
      );
      expect(error.code).toBe('firewall-privilege-missing');
      expect(error.hint).toContain(missing);
    },
  );

  test('a user whose writes are answered and not stored', async () => {
    const { simulator, driver } = await box({ users: [{ ...DEFAULT_USER, configReadonly: true }] });
    const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    expect(error.message).toBe(`pfSense said yes to a change of ${ALIAS} and did not store it`);
    expect(error.hint).toContain('"User - Config: Deny Config Write"');
    expect(simulator.state.reloads).toBe(0);
  });

  test('a network in the table', async () => {
    const { simulator, driver } = await box({ aliases: [stored(['192.0.2.1'])] });
    simulator.state.tables.set(ALIAS, ['192.0.2.1', '198.51.100.0/24']);
    expect([...(await driver.read(signal())).keys()]).toEqual(['192.0.2.1']);
    expect(driver.wider?.()).toEqual(['198.51.100.0/24']);
  });

  test('an alias of another type', async () => {
    const { simulator, driver } = await box({ aliases: [stored([], 'network')] });
    const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    expect(error.message).toBe(`The alias ${ALIAS} on pfSense is of type network`);
    expect(simulator.state.revisions).toBe(0);
  });

  test.each([
    ['not-installed', /has no \/api\/v2/, /install pfSense-pkg-RESTAPI/],
    ['webgui-not-restarted', /does not know PATCH yet/, /rc\.restart_webgui/],
    ['portal', /with text\/html instead of JSON/, /check the url/],
  ] as const)('html: %s', async (html, message, hint) => {
    const { driver } = await box({ switches: { html } });
    const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    expect(error.code).toBe('firewall-misconfigured');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test('a package from before v2.6.0', async () => {
    const { driver } = await box({ version: 'v2.5.4' });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.hint).toContain('older than v2.6.0');
  });

  test('the read-only mode of the API', async () => {
    const { driver } = await box({ switches: { readOnlyMode: true } });
    const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    expect(error.hint).toContain('Read Only');
  });
});

describe('what passes by itself', () => {
  test('a held write lock, with the time to wait', async () => {
    const { driver } = await box({ switches: { writeLockHeld: true, writeLockWaitMs: 0 } });
    const error = await rejection<TransientDriverError>(
      driver.apply(changes({ add: adding('192.0.2.1') }), signal()),
    );
    expect(error).toBeInstanceOf(TransientDriverError);
    expect(error.retryAfterMs).toBe(5000);
    expect(error.message).toContain('Failed to write to the configuration file');
  });

  test.each([
    [{ html: 'php-down' as const }, /HTTP 502/],
    [{ apiEnabled: false }, /HTTP 503.*not enabled/],
    [{ truncated: true }, /broken JSON/],
  ])('%o', async (switches, message) => {
    const { driver } = await box({ switches });
    const error = await rejection(driver.read(signal()));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect(error.message).toMatch(message);
  });
});

describe('the checklist', () => {
  const byCheck = (findings: readonly { check: string; result: string }[]) =>
    Object.fromEntries(findings.map(({ check, result }) => [check, result]));

  test('of a box that is set up', async () => {
    const { driver } = await box({ aliases: [stored(['192.0.2.1'])] });
    expect(byCheck(await driver.examine(signal()))).toEqual({
      reachable: 'ok',
      key: 'ok',
      version: 'ok',
      alias: 'ok',
      'rule-uses-alias': 'ok',
      privileges: 'ok',
    });
  });

  test('cannot tell of an empty alias whether a rule uses it', async () => {
    const { driver } = await box({ referenced: [] });
    expect(byCheck(await driver.examine(signal()))).toMatchObject({ 'rule-uses-alias': 'unknown' });
  });

  test.each([
    [{ users: [] }, 'key'],
    [{ users: [{ ...DEFAULT_USER, privileges: [] }] }, 'privileges'],
    [{ aliases: [] }, 'alias'],
    [{ aliases: [stored([], 'urltable')] }, 'alias'],
    [{ aliases: [stored(['cdn.example.org'])] }, 'alias'],
    [{ switches: { html: 'php-down' } }, 'reachable'],
    [{ switches: { html: 'not-installed' } }, 'version'],
    [{ version: 'v2.5.4' }, 'version'],
  ] as const)('%# puts the failure where it belongs', async (options, check) => {
    const { driver } = await box(options);
    const findings = await driver.examine(signal());
    expect(findings).toContainEqual(expect.objectContaining({ check, result: 'failed' }));
    expect(JSON.stringify(findings)).not.toContain(DEFAULT_USER.key);
  });

  test.each(LEAST_PRIVILEGES)('names %s where it is missing, and looks at the rest', async (lacking) => {
    const privileges = LEAST_PRIVILEGES.filter((privilege) => privilege !== lacking);
    const { driver, simulator } = await box({ users: [{ ...DEFAULT_USER, privileges }] });
    const findings = await driver.examine(signal());
    expect(findings.filter(({ check }) => check === 'privileges')).toEqual([
      expect.objectContaining({ result: 'failed', remedy: expect.stringContaining(`key ${lacking} (`) }),
    ]);
    expect(byCheck(findings)).toMatchObject({ reachable: 'ok', key: 'ok' });
    expect(simulator.state.requests.filter((request) => !request.startsWith('GET')).length).toBe(2);
  });

  test('changes nothing on the box, though it asks whether it may', async () => {
    const { driver, simulator } = await box({ aliases: [stored(['192.0.2.1'])] });
    const { revisions, reloads } = simulator.state;
    await driver.examine(signal());
    expect(simulator.state).toMatchObject({ revisions, reloads });
  });

  test('warns of changes somebody has saved and not applied', async () => {
    const { simulator, driver } = await box({ aliases: [stored(['192.0.2.1'])] });
    simulator.state.dirty.add('filter');
    expect(await driver.examine(signal())).toContainEqual(
      expect.objectContaining({
        check: 'alias',
        result: 'unknown',
        detail: expect.stringContaining('filter'),
      }),
    );
  });
});
