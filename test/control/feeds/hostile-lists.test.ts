/** Whatever a list's server sends, on a real connection: what is open stays, and no more than the feed may have is added. */
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../../scripts/simulators/server.ts';
import { neverOpened } from '../../../src/base/address-class.ts';
import { type FeedConfig, feeds as feedsSchema } from '../../../src/config/schema/feeds.ts';
import { startFeeds } from '../../../src/control/feeds/feeds.ts';
import { fetchListWithin } from '../../../src/control/feeds/fetch-list.ts';
import { createOpenings } from '../../../src/control/openings.ts';
import { findGroupByName } from '../../../src/store/groups.ts';
import { readableLog } from '../../attacks/stage.ts';
import { mainDb } from '../../store/temp.ts';
import { group, NOON } from '../../store/world.ts';
import { manualClock } from '../../support/manual-clock.ts';

const ADDRESSES = Array.from({ length: 20 }, (_, i) => `198.51.100.${i + 1}`);
const TOKEN = 'xyzTOKENxyz123456789';
const FORMATS = {
  text: { format: 'text' },
  json: { format: 'json', path: 'servers.host' },
  xml: { format: 'xml', path: 'Server@host' },
} as const;
type Format = keyof typeof FORMATS;

const written = (format: Format, addresses: readonly string[]): string => {
  if (format === 'text') return addresses.join('\n');
  if (format === 'json') return JSON.stringify({ servers: addresses.map((host) => ({ host, port: 443 })) });
  return `<?xml version="1.0"?><MediaContainer size="${addresses.length}">${addresses
    .map((host) => `<Server host="${host}" region="fra"/>`)
    .join('')}</MediaContainer>`;
};
const TYPES = { text: 'text/plain', json: 'application/json', xml: 'application/xml' };

/** Answers with a good list until it is told otherwise. */
async function listServer(format: Format, tls = false) {
  let answer: RequestListener = (_, response) => good(response);
  const good = (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': TYPES[format] }).end(written(format, ADDRESSES));
  const seen: (string | undefined)[] = [];
  const handler: RequestListener = (request, response) => {
    seen.push(request.headers['x-plex-token']?.toString());
    answer(request, response);
  };
  const server = tls ? createTlsServer(selfSigned('lists.example'), handler) : createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(() => close());
  const { port } = server.address() as AddressInfo;
  return {
    url: `http${tls ? 's' : ''}://127.0.0.1:${port}/servers`,
    seen,
    close,
    answers(next: RequestListener) {
      answer = next;
    },
  };
}

function stage(url: string, format: Format, db = mainDb(), more: object = {}) {
  if (findGroupByName(db, 'plex') === undefined) group(db);
  const clock = manualClock(NOON);
  const { log, lines } = readableLog();
  const openings = createOpenings({ db, clock });
  const [feed] = feedsSchema.parse([
    {
      name: 'push',
      groups: ['plex'],
      url,
      ...FORMATS[format],
      headers: { 'X-Plex-Token': TOKEN },
      max: 100,
      ...more,
    },
  ]) as readonly FeedConfig[];
  if (feed === undefined) throw new Error('no feed');
  const feeds = startFeeds({
    db,
    clock,
    log,
    feeds: [feed],
    fetchList: fetchListWithin({ answerMs: 700 }),
    isNeverOpened: neverOpened([]),
    groupIdOf: (name) => findGroupByName(db, name)?.id,
    attempt(_, write) {
      write();
      return true;
    },
    onChange: () => openings.changed(),
    random: () => 0.5,
  });
  onTestFinished(() => feeds.close());
  return { db, feeds, lines, open: () => openings.current().map(({ address }) => address) };
}

const all = Object.keys(FORMATS) as Format[];

test.each(all)('a list in %s is read, with the secret in its header', async (format) => {
  const server = await listServer(format);
  const { feeds, open } = stage(server.url, format);
  expect(await feeds.refresh('push')).toMatchObject({ entries: 20, list: 'fetched', problem: undefined });
  expect(open()).toEqual(ADDRESSES);
  expect(server.seen).toEqual([TOKEN]);
});

const html = '<!DOCTYPE html><html><body><p>Sign in 203.0.113.9</p></body></html>';
const send =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(body);
/** A million lines, written as fast as they are taken. */
const endless =
  (type: string, head: string, line: (n: number) => string): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'content-type': type });
    response.write(head);
    let n = 0;
    const more = () => {
      while (n < 1_000_000) if (!response.write(line(n++))) return void response.once('drain', more);
      response.end();
    };
    more();
  };
const address = (n: number) => `203.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

describe.each(all)('what a list in %s had open stays open, over a restart too, when the server', (format) => {
  const type = { 'content-type': TYPES[format] };
  test.each<readonly [string, RequestListener, RegExp]>([
    ['fails', send('oops', {}, 500), /HTTP 500/],
    ['does not take the token', send(`no ${TOKEN}`, {}, 401), /HTTP 401.*token/],
    [
      'sends us elsewhere',
      send('', { location: `https://elsewhere.example/?t=${TOKEN}` }, 302),
      /elsewhere: https/,
    ],
    ['hangs up', (request) => void request.socket.destroy(), /closed the connection/],
    ['says nothing', () => {}, /after 700 ms/],
    ['sends nothing', send('', type), /empty|not JSON|not XML|has no/],
    ['has no addresses any more', send(written(format, []), type), /empty|is not a list|has no Server@host/],
    ['has private addresses only', send(written(format, ['10.0.0.1', '192.168.1.1']), type), /none of its 2/],
    ['has one address left', send(written(format, ADDRESSES.slice(0, 1)), type), /waits for your OK/],
    ['sends a page', send(html, { 'content-type': 'text/html' }), /web page/],
    ['sends a page that it calls a list', send(html, type), /web page/],
    ['sends half a page', send(html.slice(15, 40), type), /web page|not JSON|not XML/],
    ['sends gibberish', send('\u0000\u0001{{<<]]>', type), /does not look like|not JSON|not XML/],
    [
      'sends more than the feed may have',
      send(written(format, ADDRESSES.concat(Array.from({ length: 90 }, (_, n) => address(n)))), type),
      /may have 100/,
    ],
    [
      'drips',
      (_, response) => {
        response.writeHead(200, type);
        const timer = setInterval(() => response.write(' '), 50);
        response.once('close', () => clearInterval(timer));
      },
      /after 700 ms/,
    ],
    [
      'sends a gzip bomb',
      send(gzipSync(Buffer.alloc(50_000_000, '1')), { ...type, 'content-encoding': 'gzip' }),
      /packed \(gzip\)/,
    ],
  ])('%s', async (_, bad, problem) => {
    const server = await listServer(format);
    const { feeds, open, db, lines } = stage(server.url, format);
    await feeds.refresh('push');
    server.answers(bad);
    expect((await feeds.refresh('push')).problem).toMatch(problem);
    expect(open()).toEqual(ADDRESSES);

    feeds.close();
    const again = stage(server.url, format, db);
    expect(again.open()).toEqual(ADDRESSES);
    await again.feeds.refresh('push');
    expect(again.open()).toEqual(ADDRESSES);
    const said = JSON.stringify([lines, again.lines, feeds.reports(), again.feeds.reports()]);
    expect(said).not.toContain(TOKEN);
  });

  test('sends a million lines, or no end at all', async () => {
    const server = await listServer(format);
    const { feeds, open } = stage(server.url, format);
    await feeds.refresh('push');
    const line = {
      text: (n: number) => `${address(n)}\n`,
      json: (n: number) => `{"host":"${address(n)}"},`,
      xml: (n: number) => `<Server host="${address(n)}"/>`,
    };
    const head = { text: '', json: '{"servers":[', xml: '<MediaContainer>' };
    server.answers(endless(TYPES[format], head[format], line[format]));
    expect((await feeds.refresh('push')).problem).toMatch(/sent more than 2 MiB|after 700 ms/);
    expect(open()).toEqual(ADDRESSES);
  });
});

test('a server that is gone, and one whose certificate nobody vouches for, change nothing', async () => {
  const server = await listServer('xml');
  const { feeds, open, db } = stage(server.url, 'xml');
  await feeds.refresh('push');
  await server.close();
  expect((await feeds.refresh('push')).problem).toMatch(/refused the connection/);
  expect(open()).toEqual(ADDRESSES);
  feeds.close();
  const forged = await listServer('xml', true);
  const again = stage(forged.url, 'xml', db);
  const { problem } = await again.feeds.refresh('push');
  expect(problem).toMatch(/is self-signed/);
  expect(problem).not.toMatch(/tls\.pin/);
  expect(forged.seen).toEqual([]);
  expect(again.open()).toEqual(ADDRESSES);
});

test('a list within what may be read, and with more entries than anybody asked for, is not read to its end', async () => {
  const server = await listServer('text');
  const { feeds, open } = stage(server.url, 'text');
  await feeds.refresh('push');
  server.answers(send('x\n'.repeat(900_000), { 'content-type': 'text/plain' }));
  expect((await feeds.refresh('push')).problem).toMatch(/more than 20000 entries/);
  expect(open()).toEqual(ADDRESSES);
});
