/** Whatever answers in a firewall's place may repeat what it was sent: nothing of the key gets into an error, a hint or a cause. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { describeError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import type { Driver } from '../../src/firewall/driver.ts';
import { createOpnsenseDriver } from '../../src/firewall/opnsense/driver.ts';
import { createPfsenseDriver } from '../../src/firewall/pfsense/driver.ts';
import { adding, changes, rejection, signal } from '../contract/driver-contract.ts';

const KEY = 'k3y/of+the=firewall';
const SECRET = 's3cret/of+the=firewall';
const BASIC = Buffer.from(`${KEY}:${SECRET}`).toString('base64');

interface Echo {
  readonly status: number;
  readonly type: string;
  readonly body: (sent: string) => string;
  readonly headers?: (sent: string) => Record<string, string>;
}

const envelope = (sent: string) =>
  JSON.stringify({ code: 500, status: 'x', response_id: sent, message: `with ${sent}`, data: [] });
const opnsenseError = (sent: string) =>
  JSON.stringify({ errorMessage: `with ${sent}`, errorTitle: sent }).replaceAll('/', '\\/');

const ECHOES: readonly (readonly [string, Echo])[] = [
  ...[200, 400, 401, 403, 404, 405, 409, 500, 503].flatMap((status) => [
    [`an envelope with ${status}`, { status, type: 'application/json', body: envelope }] as const,
    [`an error with ${status}`, { status, type: 'application/json', body: opnsenseError }] as const,
    [
      `a page with ${status}`,
      { status, type: 'text/html', body: (sent: string) => `Fatal error: ${sent}` },
    ] as const,
  ]),
  [
    'a redirect',
    { status: 302, type: 'text/html', body: () => '', headers: (sent) => ({ location: `/?${sent}` }) },
  ],
  ['a content type', { status: 200, type: `text/${KEY}`, body: () => '{}' }],
  ['JSON that is cut short', { status: 200, type: 'application/json', body: (sent) => `{"${sent}` }],
];

async function echo({ status, type, body, headers }: Echo): Promise<string> {
  const server = createServer((request, response) => {
    const { authorization = '', 'x-api-key': key = '' } = request.headers;
    const decoded = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString('utf8');
    const sent = [authorization, decoded, ...decoded.split(':'), key].join(' ');
    response.writeHead(status, { 'content-type': type, ...headers?.(encodeURI(KEY)) });
    response.end(body(sent));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const kinds = {
  opnsense: (url: string) =>
    createOpnsenseDriver({
      url,
      key: new Secret(KEY),
      secret: new Secret(SECRET),
      alias: 'a',
      tls: {},
      clock: systemClock(),
    }),
  pfsense: (url: string) =>
    createPfsenseDriver({ url, key: new Secret(KEY), alias: 'a', tls: {}, clock: systemClock() }),
} satisfies Record<string, (url: string) => Driver>;

test.each(ECHOES)('%s', async (_, answer) => {
  for (const make of [kinds.opnsense, kinds.pfsense]) {
    const driver = make(await echo(answer));
    onTestFinished(() => driver.close());
    const said: unknown[] = [await driver.examine(signal())];
    const errors = [
      await rejection(driver.read(signal())),
      await rejection(driver.apply(changes({ add: adding('192.0.2.1') }), signal())),
    ];
    for (const error of errors) said.push(describeError(error), inspect(error, { depth: 8 }));
    const text = said.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n');
    for (const secret of [KEY, SECRET, BASIC]) expect(text).not.toContain(secret);
  }
});

test('a key that cannot be sent is not in the error either', async () => {
  const url = await echo({ status: 200, type: 'application/json', body: () => '{}' });
  const driver = createPfsenseDriver({
    url,
    key: new Secret(`${KEY}\n`),
    alias: 'a',
    tls: {},
    clock: systemClock(),
  });
  onTestFinished(() => driver.close());
  const error = await rejection(driver.read(signal()));
  expect(inspect(error, { depth: 8 })).not.toContain(KEY);
});
