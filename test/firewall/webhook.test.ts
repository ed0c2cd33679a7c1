import { createHmac } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { type SimRequest, type SimResponse, serve } from '../../scripts/simulators/server.ts';
import { type KnownError, TransientDriverError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { createWebhookDriver } from '../../src/firewall/webhook/driver.ts';
import { adding, addresses, changes, rejection, signal } from '../contract/driver-contract.ts';
import { manualClock } from '../support/manual-clock.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const SECRET = 'webhook-secret-0123456789';
const NOW = 1_790_000_000_000;

/** A script that answers GET with this text, and keeps what it was asked. */
async function script(
  text: string | (() => string),
  { contentType = 'application/json', path = '/', status = 200 } = {},
) {
  const requests: SimRequest[] = [];
  const server = await serve(async (request): Promise<SimResponse> => {
    requests.push(request);
    return {
      status,
      headers: { 'content-type': contentType },
      body: typeof text === 'string' ? text : text(),
    };
  }, {});
  const clock = manualClock(NOW);
  const driver = createWebhookDriver({
    url: `${server.url}${path}`,
    secret: new Secret(SECRET),
    alias: 'plex',
    tls: {},
    clock,
  });
  cleanups.push(server.close, driver.close);
  return { driver, requests, clock, server };
}

const held = (...texts: string[]) => JSON.stringify({ addresses: texts });

test('a connection that is closed just as it is used costs no call', async () => {
  const { driver, server } = await script(held());
  server.misbehave({ closesAfter: 1 });
  for (let n = 1; n <= 3; n++) {
    await driver.read(signal());
    await driver.apply(changes({ add: adding(`192.0.2.${n}`) }), signal());
  }
});

test('it is told the whole set and how it differs, sorted, with how long each is wanted', async () => {
  const { driver, requests } = await script(held('192.0.2.10', '192.0.2.9', '2001:db8::1'));
  await driver.read(signal());
  await driver.apply(
    changes({ add: adding('192.0.2.2'), renew: [], remove: addresses('192.0.2.9') }),
    signal(),
  );
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  expect(JSON.parse(requests[1]?.body ?? '')).toEqual({
    alias: 'plex',
    addresses: ['192.0.2.2', '192.0.2.10', '2001:db8::1'],
    add: [{ address: '192.0.2.2', forSeconds: 600 }],
    renew: [],
    remove: ['192.0.2.9'],
  });
});

test('a look at it in between does not change the set that it is told', async () => {
  const answers = { texts: ['192.0.2.1', '192.0.2.2'] };
  const { driver, requests } = await script(() => held(...answers.texts));
  await driver.read(signal());
  // Once, as when its firewall is slow.
  answers.texts = [];
  await driver.examine(signal());
  await driver.apply(changes({ add: adding('192.0.2.3') }), signal());
  expect(JSON.parse(requests.at(-1)?.body ?? '')).toMatchObject({
    addresses: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  });
});

test('each request is signed over its time and body, and names the bearer', async () => {
  const { driver, requests } = await script(held());
  await driver.apply(changes({ add: adding('192.0.2.2') }), signal());
  expect(requests).toHaveLength(2);
  for (const { headers, body } of requests) {
    const stamp = '1790000000';
    expect(headers.authorization).toBe(`Bearer ${SECRET}`);
    expect(headers['x-sallyport-timestamp']).toBe(stamp);
    expect(headers['x-sallyport-signature']).toBe(
      `sha256=${createHmac('sha256', SECRET).update(`${stamp}.${body}`).digest('hex')}`,
    );
  }
});

test('its url is kept as it was written, with the alias put to the query of a read', async () => {
  const { driver, requests } = await script(held(), { path: '/hooks/edge?site=1&alias=forged' });
  await driver.read(signal());
  expect(requests[0]?.rawUrl).toBe('/hooks/edge?site=1&alias=plex');
});

test.each([
  ['nothing', ''],
  ['no JSON', 'ok'],
  ['another form', '["192.0.2.1"]'],
  ['no list', '{"addresses":null}'],
  ['numbers', '{"addresses":[1]}'],
  ['a prefix', held('10.0.0.0/8')],
  ['a name', held('example.org')],
  ['a zone', held('fe80::1%eth0')],
  ['control characters', held('192.0.2.1\r\nx: y')],
  ['a text without an end', held('1'.repeat(65))],
  ['more addresses than there can be', held(...Array.from({ length: 100_001 }, () => '192.0.2.1'))],
])('%s is not taken for a list', async (_, text) => {
  const { driver } = await script(text);
  const error = await rejection<KnownError>(driver.read(signal()));
  expect(error instanceof TransientDriverError || error.code === 'firewall-misconfigured').toBe(true);
  expect(error.message).not.toMatch(/[\r\n]/);
});

test('a mapped address is the address it stands for', async () => {
  const { driver } = await script(held('::ffff:192.0.2.1', '2001:DB8:0::1'));
  expect([...(await driver.read(signal())).keys()]).toEqual(['192.0.2.1', '2001:db8::1']);
});

test('a page with 200 is not the script', async () => {
  const { driver } = await script('<html></html>', { contentType: 'text/html' });
  expect((await rejection<KnownError>(driver.read(signal()))).code).toBe('firewall-misconfigured');
});

test('nothing to do is no request', async () => {
  const { driver, requests } = await script(held());
  await driver.apply(changes({}), signal());
  expect(requests).toEqual([]);
});

test.each([403, 401])('after a refusal (%d) it is left alone for five minutes', async (status) => {
  const { driver, requests, clock } = await script('{}', { status });
  await rejection(driver.read(signal()));
  clock.advance(299_000);
  await rejection(driver.read(signal()));
  expect(requests).toHaveLength(1);
  clock.advance(1000);
  await rejection(driver.read(signal()));
  expect(requests).toHaveLength(2);
});

test('whether a rule uses the alias it cannot tell, and says so', async () => {
  const { driver } = await script(held('192.0.2.1'));
  expect(await driver.examine(signal())).toContainEqual(
    expect.objectContaining({ check: 'rule-uses-alias', result: 'unknown', remedy: expect.any(String) }),
  );
});
