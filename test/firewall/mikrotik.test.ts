import { afterEach, describe, expect, test } from 'vitest';
import {
  acceptTo,
  DEFAULT_LIST,
  DEFAULT_USER,
  type MikrotikOptions,
  start,
} from '../../scripts/simulators/mikrotik.ts';
import { serve } from '../../scripts/simulators/server.ts';
import { type KnownError, TransientDriverError } from '../../src/base/errors.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { Secret } from '../../src/base/secret.ts';
import { createMikrotikDriver } from '../../src/firewall/mikrotik/driver.ts';
import { formatDuration, parseDuration } from '../../src/firewall/mikrotik/duration.ts';
import { adding, addresses, changes, rejection, signal } from '../contract/driver-contract.ts';
import { manualClock } from '../support/manual-clock.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function driverFor(url: string) {
  const driver = createMikrotikDriver({
    url,
    user: new Secret(DEFAULT_USER.name),
    password: new Secret(DEFAULT_USER.password),
    alias: DEFAULT_LIST,
    tls: {},
    clock: manualClock(),
  });
  cleanups.push(driver.close);
  return driver;
}

async function box(options: MikrotikOptions = {}) {
  const clock = manualClock(0);
  const simulator = await start({ now: clock.now, ...options });
  cleanups.push(simulator.close);
  const byHand = (address: string, change: { timeout?: number; list?: string } = {}) => {
    const entry = { list: DEFAULT_LIST, comment: '', timeout: undefined, ...change, address };
    return simulator.lists.add(address.includes(':') ? 'ipv6' : 'ip', entry);
  };
  return { clock, simulator, byHand, driver: driverFor(simulator.url) };
}

test('a connection that is closed just as it is used costs no call', async () => {
  const { simulator, driver } = await box();
  simulator.misbehave({ closesAfter: 1 });
  await driver.apply(changes({ add: adding('192.0.2.1', '192.0.2.2', '2001:db8::1') }), signal());
  await driver.apply(changes({ renew: adding('192.0.2.1'), remove: addresses('192.0.2.2') }), signal());
  expect([...(await driver.read(signal())).keys()]).toEqual(['192.0.2.1', '2001:db8::1']);
});

/** A router that answers every list with this. */
async function answering(rows: unknown) {
  const server = await serve(
    async () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rows),
    }),
    {},
  );
  cleanups.push(server.close);
  return driverFor(server.url);
}

test('an entry names us, ends by itself, and is written as RouterOS writes it', async () => {
  const { simulator, driver } = await box();
  await driver.apply(changes({ add: adding('192.0.2.7', '2001:DB8::7') }), signal());
  expect(simulator.lists.all()).toMatchObject([
    { family: 'ip', address: '192.0.2.7', comment: 'opened by Sallyport', endsAt: 600_000 },
    { family: 'ipv6', address: '2001:db8::7/128', comment: 'opened by Sallyport', endsAt: 600_000 },
  ]);
});

test('what is there gets a new time-out, keeps its id, and is not made twice', async () => {
  const { clock, simulator, driver } = await box();
  await driver.apply(changes({ add: adding('192.0.2.7') }), signal());
  clock.advance(300_000);
  await driver.apply(changes({ renew: adding('192.0.2.7') }), signal());
  expect(simulator.lists.all()).toMatchObject([{ id: '*1', endsAt: 900_000 }]);
});

test('what ended between the read and the write is made again', async () => {
  const { clock, simulator, driver } = await box();
  await driver.apply(changes({ add: adding('192.0.2.7') }), signal());
  clock.advance(600_000);
  await driver.apply(changes({ renew: adding('192.0.2.7'), remove: addresses('192.0.2.8') }), signal());
  expect(simulator.lists.all()).toMatchObject([{ id: '*2', endsAt: 1_200_000 }]);
});

test('entries of other lists are nobody’s business', async () => {
  const { simulator, byHand, driver } = await box();
  byHand('192.0.2.7', { list: 'other' });
  expect((await driver.read(signal())).size).toBe(0);
  await driver.apply(changes({ remove: addresses('192.0.2.7') }), signal());
  expect(simulator.lists.all()).toHaveLength(1);
});

test('an entry somebody made for good is held without an end, and may be removed', async () => {
  const { simulator, byHand, driver } = await box();
  byHand('192.0.2.7');
  expect((await driver.read(signal())).get(parseIpAddress('192.0.2.7'))).toEqual({});
  await driver.apply(changes({ add: adding('192.0.2.7') }), signal());
  expect(simulator.lists.all()).toMatchObject([{ endsAt: undefined }]);
  await driver.apply(changes({ remove: addresses('192.0.2.7') }), signal());
  expect(simulator.lists.all()).toEqual([]);
});

test('a disabled entry is not open, is not enabled, and is named by the checklist', async () => {
  const { simulator, byHand, driver } = await box();
  const entry = byHand('192.0.2.7');
  if (typeof entry === 'object') entry.disabled = true;
  await driver.apply(changes({ add: adding('192.0.2.7', '192.0.2.8') }), signal());
  expect([...(await driver.read(signal())).keys()]).toEqual(['192.0.2.8']);
  expect(simulator.lists.all()[0]?.disabled).toBe(true);
  expect(await driver.examine(signal())).toContainEqual(
    expect.objectContaining({
      check: 'alias',
      result: 'failed',
      detail: expect.stringContaining('192.0.2.7'),
    }),
  );
});

test.each(['192.0.2.0/24', '192.0.2.1-192.0.2.9', 'cdn.example.org', '2001:db8::/64'])(
  '%s is no single address: neither counted nor touched, and named',
  async (text) => {
    const { byHand, driver } = await box();
    byHand(text);
    expect((await driver.read(signal())).size).toBe(0);
    expect(driver.wider?.()).toEqual([text]);
    expect(await driver.examine(signal())).toContainEqual(
      expect.objectContaining({ check: 'alias', result: 'failed', detail: expect.stringContaining(text) }),
    );
  },
);

const row = { '.id': '*1', list: DEFAULT_LIST, address: '192.0.2.7', disabled: 'false', dynamic: 'true' };

test('of an address that is there twice the longer entry counts', async () => {
  const driver = await answering([
    { ...row, timeout: '5m' },
    { ...row, '.id': '*2', timeout: '1h' },
    { ...row, '.id': '*3', timeout: '10m' },
  ]);
  expect([...(await driver.read(signal())).values()]).toEqual([{ expiresInMs: 3_600_000 }]);
});

test.each<[string, unknown]>([
  ['an id that leads elsewhere', [{ ...row, '.id': '*1/../../../system/reboot' }]],
  ['no list at all', { rows: [] }],
  ['numbers for text', [{ ...row, address: 7 }]],
  ['an address without an end', [{ ...row, address: 'a'.repeat(301) }]],
  ['a time nobody can read', [{ ...row, timeout: 'soon' }]],
])('%s: nothing is believed', async (_, rows) => {
  const driver = await answering(rows);
  expect(await rejection(driver.read(signal()))).toBeInstanceOf(TransientDriverError);
});

describe('the checklist', () => {
  const ruleUse = async (rules: readonly Record<string, string>[]) => {
    const { driver } = await box({ rules });
    return (await driver.examine(signal())).find(({ check }) => check === 'rule-uses-alias')?.result;
  };

  test.each([
    ['a rule that accepts what is in the list', [acceptTo(DEFAULT_LIST)], 'ok'],
    ['a rule that drops what is not', [{ ...acceptTo(`!${DEFAULT_LIST}`), action: 'drop' }], 'ok'],
    ['a disabled rule', [{ ...acceptTo(DEFAULT_LIST), disabled: 'true' }], 'failed'],
    ['a rule for another list', [acceptTo('other')], 'failed'],
    ['no rule', [], 'failed'],
  ])('%s: %s', async (_, rules, result) => {
    expect(await ruleUse(rules)).toBe(result);
  });

  test('a user that may not write is named when it shows', async () => {
    const { driver } = await box({ users: [{ ...DEFAULT_USER, mayWrite: false }] });
    const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.7') }), signal()));
    expect(error).toMatchObject({
      code: 'firewall-privilege-missing',
      hint: expect.stringContaining('rest-api'),
    });
  });
});

test.each([
  ['1h2m3s', 3_723_000],
  ['59s', 59_000],
  ['1w2d', 777_600_000],
  ['3d01:02:03', 262_923_000],
  ['00:00:07', 7000],
  ['0s', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', 'never', '1h2', '-5s', '5s5s', '1:2:3'])('%j is no time', (text) => {
  expect(() => parseDuration(text)).toThrow('in a form we do not know');
});

test('a time is told rounded up, and never as nothing', () => {
  expect([0, 1, 1000, 1001, 86_400_000].map(formatDuration)).toEqual(['1s', '1s', '1s', '2s', '86400s']);
});
