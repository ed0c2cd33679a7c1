import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { neverOpened } from '../../../src/base/address-class.ts';
import { TransientDriverError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { type FeedConfig, feeds as feedsSchema } from '../../../src/config/schema/feeds.ts';
import { startFeeds } from '../../../src/control/feeds/feeds.ts';
import { type Fetched, fetchList } from '../../../src/control/feeds/fetch-list.ts';
import { createOpenings } from '../../../src/control/openings.ts';
import { feedEntriesOfAddress } from '../../../src/store/feeds.ts';
import { findGroupByName } from '../../../src/store/groups.ts';
import { mainDb, tempDir } from '../../store/temp.ts';
import { group, HOUR, ip, MINUTE, NOON } from '../../store/world.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { settle } from '../../support/settle.ts';

const config = (more: object = {}): FeedConfig => {
  const [feed] = feedsSchema.parse([
    { name: 'cdn', groups: ['plex'], url: 'https://lists.example/cdn.txt', ...more },
  ]);
  if (feed === undefined) throw new Error('no feed');
  return feed;
};
const addresses = (n: number, net = '198.51.100') => Array.from({ length: n }, (_, i) => `${net}.${i + 1}`);
const list = (lines: readonly string[], more: Partial<Fetched> = {}): Fetched => ({
  kind: 'list',
  text: lines.join('\n'),
  etag: undefined,
  lastModified: undefined,
  ...more,
});

function stage(feeds: readonly FeedConfig[] = [config()], db = mainDb(), clock = manualClock(NOON)) {
  if (findGroupByName(db, 'plex') === undefined) group(db);
  const openings = createOpenings({ db, clock });
  const answers: (Fetched | Error)[] = [];
  const asked: (string | undefined)[] = [];
  let changes = 0;
  const started = startFeeds({
    db,
    clock,
    log: silentLog(),
    feeds,
    async fetchList(_, { etag }) {
      asked.push(etag);
      const answer = answers.shift() ?? new TransientDriverError('lists.example:443 refused the connection');
      if (answer instanceof Error) throw answer;
      return answer;
    },
    isNeverOpened: neverOpened([]),
    groupIdOf: (name) => findGroupByName(db, name)?.id,
    attempt(_, write) {
      write();
      return true;
    },
    onChange() {
      changes++;
      openings.changed();
    },
    random: () => 0.5,
  });
  onTestFinished(() => started.close());
  return {
    db,
    clock,
    asked,
    openings,
    feeds: started,
    changes: () => changes,
    open: () => openings.current().map(({ address }) => address),
    report: () => started.reports()[0],
    /** What the next fetches bring, in order; then time passes. */
    async pass(ms: number, ...next: (Fetched | Error)[]) {
      answers.push(...next);
      clock.advance(ms);
      await settle();
    },
  };
}

test('a list is fetched at the start and every hour; what leaves it is closed', async () => {
  const { pass, open, report, openings, changes } = stage();
  await pass(MINUTE, list(addresses(5)));
  expect(open()).toEqual(addresses(5));
  expect(report()).toMatchObject({ entries: 5, problem: undefined, source: 'https://lists.example/cdn.txt' });
  await pass(HOUR, list(addresses(4)));
  expect(open()).toEqual(addresses(4));
  expect(openings.removalCause(ip('198.51.100.5'), new Set([1]))).toEqual({
    cause: 'feed-ended',
    urgent: false,
  });
  expect(openings.removalCause(ip('198.51.100.4'), new Set([1]))).toBeUndefined();
  await pass(HOUR, { kind: 'same' });
  expect(open()).toEqual(addresses(4));
  expect(changes()).toBe(2);
});

describe('the last good list stays open', () => {
  test.each([
    [
      'nobody answers',
      new TransientDriverError('lists.example:443 refused the connection'),
      /refused the connection/,
    ],
    ['the list is empty', list([]), /empty/],
    ['a web page comes', list(['<html>']), /web page/],
    ['it outgrows the feed', list([...addresses(200), ...addresses(200, '203.0.113')]), /may have 300/],
    ['nearly all of it is gone', list(['198.51.100.1']), /waits for your OK: it would close 19 of 20/],
  ])('when %s', async (_, next, problem) => {
    const { pass, open, report } = stage([config({ max: 300 })]);
    await pass(MINUTE, list(addresses(20)));
    await pass(HOUR, next);
    expect(open()).toEqual(addresses(20));
    expect(report()?.problem).toMatch(problem);
  });

  test('over a restart, also when the feed has not answered since', async () => {
    const first = stage();
    await first.pass(MINUTE, list(addresses(3), { etag: '"1"' }));
    first.feeds.close();
    const { open, report, pass, asked } = stage([config()], first.db, first.clock);
    expect(open()).toEqual(addresses(3));
    await pass(2 * HOUR, new TransientDriverError('no answer'));
    expect(report()).toMatchObject({ entries: 3, problem: 'no answer' });
    expect(asked).toEqual(['"1"']);
  });
});

test('a held list is put in force by a person', async () => {
  const { pass, open, feeds } = stage();
  await pass(MINUTE, list(addresses(20)));
  expect(() => feeds.accept('cdn')).toThrow(expect.objectContaining({ code: 'feed-not-held' }));
  await pass(HOUR, list(['198.51.100.1'], { etag: '"2"' }));
  await pass(HOUR, { kind: 'same' });
  expect(feeds.reports()[0]).toMatchObject({ held: ['198.51.100.1'], entries: 20 });
  expect(feeds.accept('cdn')).toMatchObject({ entries: 1, held: undefined, problem: undefined });
  expect(open()).toEqual(['198.51.100.1']);
});

test('a feed that fails is asked again soon, and ever later', async () => {
  const { pass, asked } = stage();
  await pass(5000);
  expect(asked).toHaveLength(1);
  await pass(MINUTE);
  await pass(MINUTE);
  expect(asked).toHaveLength(2);
  await pass(MINUTE);
  expect(asked).toHaveLength(3);
  await pass(24 * HOUR);
  expect(asked).toHaveLength(4);
});

test('a person may fetch now; a feed that is not configured is named', async () => {
  const { feeds, pass } = stage();
  await pass(0, list(addresses(2)));
  expect(await feeds.refresh('cdn')).toMatchObject({ entries: 2 });
  expect(() => feeds.refresh('other')).toThrow('there is no feed named other');
});

test('a feed taken out of the configuration, or from a group, closes what it had open', async () => {
  const first = stage([config(), config({ name: 'other' })]);
  group(first.db, 'tv');
  await first.pass(MINUTE, list(addresses(2)), list(addresses(2, '203.0.113')));
  first.feeds.close();
  const { open, pass, db, clock } = stage([config({ groups: ['tv'] })], first.db, first.clock);
  expect(open()).toEqual(addresses(2));
  expect(feedEntriesOfAddress(db, ip('203.0.113.1'), 10)).toMatchObject([{ endedAt: clock.now() }]);
  await pass(2 * HOUR, { kind: 'same' });
  expect(feedEntriesOfAddress(db, ip('198.51.100.1'), 10)).toMatchObject([
    { groupId: 2, endedAt: undefined },
    { groupId: 1, endedAt: expect.any(Number) },
  ]);
});

describe('addresses of the configuration', () => {
  const own = addresses(3);
  const made = (more: object) => {
    const [feed] = feedsSchema.parse([{ name: 'cdn', groups: ['plex'], ...more }]);
    if (feed === undefined) throw new Error('no feed');
    return feed;
  };

  test('are the whole list where nothing is fetched, and follow it', async () => {
    const first = stage([
      made({ addresses: [...own, '192.168.1.1'], note: 'ours', ports: [443], breaks: 'push' }),
    ]);
    expect(first.open()).toEqual(own);
    expect(first.report()).toMatchObject({
      list: 'written',
      source: 'configuration',
      entries: 3,
      dropped: 1,
      ports: [443],
      breaks: 'push',
      nextAt: undefined,
    });
    await first.pass(24 * HOUR);
    await first.feeds.refresh('cdn');
    expect(first.asked).toEqual([]);
    first.feeds.close();
    const { open, openings } = stage(
      [made({ addresses: ['203.0.113.1'], note: 'other' })],
      first.db,
      first.clock,
    );
    expect(open()).toEqual(['203.0.113.1']);
    expect(openings.current()).toMatchObject([{ feed: 'cdn', note: 'other' }]);
  });

  test('are open until the first list came, whatever that one has', async () => {
    const fetched = { url: 'https://lists.example/cdn.txt', addresses: addresses(20) };
    const { pass, open, report, feeds, db, clock } = stage([made(fetched)]);
    expect(open()).toEqual(addresses(20));
    await pass(MINUTE, new TransientDriverError('no answer'));
    expect(open()).toEqual(addresses(20));
    expect(report()).toMatchObject({ list: 'written', problem: 'no answer', fetchedAt: undefined });
    await pass(HOUR, list(['203.0.113.1']));
    expect(open()).toEqual(['203.0.113.1']);
    expect(report()).toMatchObject({ list: 'fetched', problem: undefined });
    feeds.close();
    expect(stage([made(fetched)], db, clock).open()).toEqual(['203.0.113.1']);
  });

  test('of the Plex preset are old, and fetched with a token only', async () => {
    const without = stage([made({ preset: 'plex-pubsub' })]);
    expect(without.open()).toHaveLength(20);
    expect(without.open()).toContain('172.104.145.70');
    expect(without.report()).toMatchObject({
      list: 'built-in',
      knownIn: '2021',
      source: 'built in, of 2021',
      ports: [443],
      breaks: expect.stringContaining('sharing'),
    });
    const feed = made({ preset: 'plex-pubsub', token: 'abcdefgh' });
    expect(feed).toMatchObject({ url: 'https://plex.tv/services/pubsub/servers', path: 'Server@host' });
    expect(feed.headers['X-Plex-Token']?.reveal()).toBe('abcdefgh');
    const with_ = stage([feed]);
    expect(with_.report()).toMatchObject({ list: 'built-in', knownIn: '2021' });
    await with_.pass(MINUTE, list(['<MediaContainer><Server host="203.0.113.1"/></MediaContainer>']));
    expect(with_.open()).toEqual(['203.0.113.1']);
    expect(with_.report()).toMatchObject({ list: 'fetched', knownIn: undefined });
  });
});

describe('a feed with an end', () => {
  const until = '2026-11-22T14:00:00Z';

  test('closes at that moment, is fetched no more, and comes back whole when it gets another end', async () => {
    const first = stage([config({ until, note: 'for a while' })]);
    const { pass, open, openings, asked, report } = first;
    await pass(MINUTE, list(addresses(5), { etag: '"1"' }));
    expect(openings.current()[0]).toMatchObject({ until: NOON + 2 * HOUR, note: 'for a while' });
    await pass(HOUR, { kind: 'same' });
    expect(open()).toEqual(addresses(5));
    await pass(HOUR);
    expect(open()).toEqual([]);
    expect(openings.removalCause(ip('198.51.100.5'), new Set([1]))).toMatchObject({ cause: 'feed-ended' });
    await pass(24 * HOUR);
    await first.feeds.refresh('cdn');
    expect(asked).toHaveLength(2);
    expect(report()).toMatchObject({ entries: 0, nextAt: undefined, list: 'none' });
    first.feeds.close();

    const again = stage([config()], first.db, first.clock);
    await again.pass(MINUTE, list(addresses(5)));
    expect(again.asked).toEqual([undefined]);
    expect(again.open()).toEqual(addresses(5));
  });

  test('in the past never opens anything', () => {
    const { open } = stage([config({ until: '2026-11-22T11:00:00Z', addresses: addresses(2) })]);
    expect(open()).toEqual([]);
  });
});

describe('fetching', () => {
  async function server(status: number, headers: Record<string, string>, body = '') {
    const seen: Record<string, unknown>[] = [];
    const http = createServer((request, response) => {
      seen.push({ path: request.url, ...request.headers });
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void http.close());
    const { port } = http.address() as AddressInfo;
    return { seen, url: `http://127.0.0.1:${port}/lists/?a=b` };
  }
  const none = { etag: undefined, lastModified: undefined };
  const never = new AbortController().signal;

  test('asks with what the server said last time, and says what it says now', async () => {
    const headers = {
      etag: '"2"',
      'last-modified': 'Sun, 22 Nov 2026 11:00:00 GMT',
      'content-type': 'text/plain',
    };
    const { url, seen } = await server(200, headers, '198.51.100.1');
    const got = await fetchList(config({ url }), { etag: '"1"', lastModified: 'yesterday' }, never);
    expect(got).toEqual({
      kind: 'list',
      text: '198.51.100.1',
      etag: '"2"',
      lastModified: headers['last-modified'],
    });
    expect(seen).toMatchObject([
      { path: '/lists/?a=b', 'if-none-match': '"1"', 'if-modified-since': 'yesterday' },
    ]);
  });

  test('nothing new is nothing to read', async () => {
    const { url } = await server(304, {});
    expect(await fetchList(config({ url }), none, never)).toEqual({ kind: 'same' });
  });

  test.each([
    [302, { location: 'https://elsewhere.example/' }, /sends us elsewhere: https:\/\/elsewhere\.example/],
    [500, {}, /answered HTTP 500/],
    [200, { 'content-type': 'text/html; charset=utf-8' }, /sent a web page/],
  ])('%i %j is no list', async (status, headers, why) => {
    const { url } = await server(status, headers as Record<string, string>);
    await expect(fetchList(config({ url }), none, never)).rejects.toThrow(why);
  });

  test('a file is read as it is; one that is not there is named', async () => {
    const path = join(tempDir(), 'list.txt');
    writeFileSync(path, '198.51.100.1');
    const feed = feedsSchema.parse([{ name: 'own', groups: ['plex'], file: path }])[0] as FeedConfig;
    expect(await fetchList(feed, none, never)).toMatchObject({ text: '198.51.100.1' });
    const missing = { ...feed, file: `${path}.old` };
    await expect(fetchList(missing, none, never)).rejects.toThrow(/list\.txt\.old cannot be read \(ENOENT\)/);
  });
});
