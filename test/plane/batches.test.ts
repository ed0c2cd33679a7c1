import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { createBatcher } from '../../src/plane/batches.ts';
import { createEventBatches } from '../../src/plane/event-batches.ts';
import type { DataMessage, LogBatch } from '../../src/plane/protocol.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

describe('a batcher', () => {
  const stage = () => {
    const clock = manualClock();
    const sent: (readonly number[])[] = [];
    const batcher = createBatcher<number>({
      clock,
      everyMs: 100,
      maxBatch: 3,
      maxUnacknowledged: 2,
      send: (batch) => sent.push(batch),
    });
    return { clock, sent, batcher };
  };

  test('waits for company, and never longer than it may', () => {
    const { clock, sent, batcher } = stage();
    batcher.add(1);
    batcher.add(2);
    expect(sent).toEqual([]);
    clock.advance(100);
    expect(sent).toEqual([[1, 2]]);
    clock.advance(1000);
    expect(sent).toHaveLength(1);
  });

  test('sends a full batch at once, and drops and counts what the other side cannot take', () => {
    const { clock, sent, batcher } = stage();
    for (let n = 0; n < 9; n++) batcher.add(n);
    clock.advance(100);
    expect(sent).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(batcher.dropped()).toBe(3);
    batcher.acknowledged();
    batcher.add(9);
    batcher.flush();
    expect(sent.at(-1)).toEqual([9]);
  });

  test('expects no word from a thread that is gone', () => {
    const { sent, batcher } = stage();
    for (let n = 0; n < 6; n++) batcher.add(n);
    batcher.reset();
    batcher.add(6);
    batcher.flush();
    expect(sent.at(-1)).toEqual([6]);
    expect(batcher.dropped()).toBe(0);
  });
});

describe('what the data plane tells', () => {
  const stage = () => {
    const clock = manualClock(1000);
    const posted: DataMessage[] = [];
    return {
      clock,
      posted,
      batches: createEventBatches({
        clock,
        post: (message) => posted.push(message),
      }),
    };
  };
  const context = (name: string, more: { readonly client?: string; readonly fresh?: boolean } = {}) => ({
    query: { question: { name: parseDomainName(name), type: 1 } },
    client: parseIpAddress(more.client ?? '192.0.2.5'),
    arrivedAt: 1000,
    group: { id: 1 },
    allowed: undefined,
    ...(more.fresh === undefined ? {} : { fresh: more.fresh }),
  });
  const ended = {
    verdict: 'allowed',
    reason: 'rule',
    rcode: 0,
    source: 'cache',
    answers: [],
  } as const;

  test('sightings go before the leases they justify, together with all of the same turn', async () => {
    const { posted, batches } = stage();
    batches.lease([]);
    batches.lease([{} as never]);
    batches.sighted(context('plex.tv'), { chain: [], records: [], upstream: 'x' });
    batches.sighted(context('plex.tv'), { chain: [], records: [], upstream: 'x' });
    await settle();
    expect(posted.map(({ kind, ...rest }) => [kind, 'batch' in rest ? rest.batch.length : 0])).toEqual([
      ['sightings', 2],
      ['leases', 1],
    ]);
  });

  test('a name that a client asked is told, also when a cache answered it', () => {
    const { clock, posted, batches } = stage();
    for (const name of ['a.example', 'a.example', 'b.example'])
      batches.answered(context(name), { id: 1 }, ended, 7);
    batches.answered(context('c.example'), { id: 1 }, { ...ended, verdict: 'denied' }, 7);
    batches.answered(context('d.example'), undefined, ended, 7);
    clock.advance(5000);
    expect(posted).toMatchObject([
      {
        kind: 'asked',
        batch: ['a.example', 'b.example'].map((name) => ({ groupId: 1, name: parseDomainName(name) })),
      },
    ]);
  });

  test('refusals are counted per client, type and name; our own look-ups are nobody’s', () => {
    const { clock, posted, batches } = stage();
    for (const name of ['a.example', 'a.example', 'b.example'])
      batches.denied(context(name), 'no-rule', undefined);
    batches.denied(context('a.example', { client: '192.0.2.6' }), 'no-rule', undefined);
    batches.denied(context('c.example', { fresh: true }), 'no-rule', undefined);
    clock.advance(250);
    expect(posted).toMatchObject([{ kind: 'denials', batch: [{ count: 2 }, { count: 1 }, { count: 1 }] }]);
  });

  test('a health check of this machine is no client: all questions still come from one address', () => {
    const { clock, posted, batches } = stage();
    for (let n = 0; n < 10; n++)
      batches.answered(context('plex.tv', { client: '172.18.0.1' }), undefined, ended, 7);
    batches.unknownClient(parseIpAddress('127.0.0.1'), parseDomainName('healthcheck.invalid'));
    batches.answered(context('healthcheck.invalid', { client: '127.0.0.1' }), undefined, ended, 7);
    clock.advance(5000);
    expect(batches.onlyClient()).toBe('172.18.0.1');
    expect(posted.filter(({ kind }) => kind === 'hosts')).toEqual([]);
    batches.answered(context('healthcheck.invalid', { client: '192.0.2.9' }), undefined, ended, 7);
    expect(batches.onlyClient()).toBeUndefined();
  });

  test('a flood of refusals is bounded, and what is left out is counted', () => {
    const { clock, posted, batches } = stage();
    for (let n = 0; n < 2100; n++) batches.denied(context(`n${n}.example`), 'no-rule', undefined);
    clock.advance(250);
    expect(posted).toMatchObject([{ batch: { length: 2000 } }]);
    expect(batches.counters().droppedDenials).toBe(100);
  });

  test('the next batch of refusals waits until the one before is written down', () => {
    const { clock, posted, batches } = stage();
    const refuse = (name: string) => batches.denied(context(name), 'no-rule', undefined);
    refuse('a.example');
    clock.advance(250);
    for (const name of ['b.example', 'c.example', 'b.example']) refuse(name);
    clock.advance(10_000);
    expect(posted).toMatchObject([{ kind: 'denials', batch: [{ count: 1 }] }]);
    batches.denialsTaken();
    clock.advance(250);
    expect(posted.slice(1)).toMatchObject([{ kind: 'denials', batch: [{ count: 2 }, { count: 1 }] }]);
    refuse('d.example');
    batches.controlChanged();
    clock.advance(250);
    expect(posted.slice(2)).toMatchObject([{ kind: 'denials', batch: [{ count: 1 }] }]);
  });

  test('the next control plane gets the leases that were asked for before it, each once, while they last', () => {
    const { clock, posted, batches } = stage();
    const ask = (n: number) => {
      batches.lease([
        {
          groupId: 1,
          name: parseDomainName('a.example'),
          address: parseIpAddress(`198.51.${n >> 8}.${n & 255}`),
          ruleId: undefined,
          cause: 'learn',
          toldUntil: clock.now() + 60_000,
          until: clock.now() + 120_000,
        },
      ]);
      batches.sendUrgent();
    };
    const sentAgain = () => {
      const before = posted.length;
      batches.controlChanged();
      batches.sendUrgent();
      return posted.slice(before);
    };
    ask(1);
    clock.advance(20_000);
    for (const n of [2, 3, 2]) ask(n);
    clock.advance(100_000);
    expect(sentAgain()).toMatchObject([
      { kind: 'leases', batch: [{ address: '198.51.0.3' }, { address: '198.51.0.2' }] },
    ]);
    // One that crashes in its turn has taken no more than the one before.
    expect(sentAgain()).toMatchObject([{ batch: { length: 2 } }]);
    for (let n = 0; n < 5100; n++) ask(n);
    expect(sentAgain()).toMatchObject([{ batch: { length: 5000 } }]);
    clock.advance(120_000);
    expect(sentAgain()).toEqual([]);
  });

  test('what is collected when we stop is sent, whether the batch before was written down or not', () => {
    const { clock, posted, batches } = stage();
    batches.denied(context('a.example'), 'no-rule', undefined);
    clock.advance(250);
    batches.denied(context('b.example'), 'no-rule', undefined);
    batches.flush();
    expect(posted.slice(1)).toMatchObject([
      { kind: 'denials', batch: [{ name: parseDomainName('b.example') }] },
    ]);
  });

  test('an unknown host is one line with a few of its names', () => {
    const { clock, posted, batches } = stage();
    for (let n = 0; n < 60; n++)
      batches.unknownClient(parseIpAddress('192.0.2.9'), parseDomainName(`n${n}.example`));
    clock.advance(250);
    expect(posted).toMatchObject([{ kind: 'hosts', batch: [{ count: 60, names: { length: 50 } }] }]);
  });

  test('log lines stop when the log thread does not follow, and go on with the next one', () => {
    const { clock, batches } = stage();
    const first: LogBatch[] = [];
    let acknowledge = () => {};
    batches.connectLog({
      post: (batch) => first.push(batch),
      listen(onMessage) {
        acknowledge = () => onMessage({ seq: 1 });
      },
      close: () => undefined,
    });
    for (let n = 0; n < 9000; n++) batches.answered(context('plex.tv'), { id: 1 }, ended, 7);
    expect(first).toHaveLength(16);
    expect(batches.counters()).toMatchObject({ queries: 9000, cached: 9000, droppedLogLines: 1000 });
    acknowledge();
    batches.answered(context('plex.tv'), { id: 1 }, ended, 7);
    clock.advance(250);
    expect(first.at(-1)?.lines).toMatchObject([{ durationUs: 7, groupId: 1 }]);
  });

  test('the same answer again and again is one line of the log, and each is counted', () => {
    const { clock, posted, batches } = stage();
    const log: LogBatch[] = [];
    batches.connectLog({ post: (batch) => log.push(batch), listen: () => undefined, close: () => undefined });
    const told = { context: context('plex.tv'), outcome: ended };
    const refused = {
      context: context('ads.example'),
      outcome: { ...ended, verdict: 'denied', reason: 'no-rule', source: 'local' } as const,
    };
    for (let n = 0; n < 1000; n++) batches.repeated(told, 1000 + n, performance.now());
    for (let n = 0; n < 7; n++) batches.repeated(refused, 1000, performance.now());
    clock.advance(500);
    expect(log.flatMap(({ lines }) => lines)).toMatchObject([
      { name: parseDomainName('plex.tv'), count: 1000, at: 1000 },
      { name: parseDomainName('ads.example'), count: 7 },
    ]);
    clock.advance(5000);
    expect(posted).toMatchObject([
      { kind: 'denials', batch: [{ count: 7, name: parseDomainName('ads.example') }] },
      { kind: 'asked', batch: [{ name: parseDomainName('plex.tv') }] },
    ]);
    expect(batches.counters()).toMatchObject({ queries: 1007, cached: 1000, denied: 7 });
  });

  test('what enforcing would refuse is counted each time it is told while learning', () => {
    const { clock, posted, batches } = stage();
    const learnt = {
      context: {
        ...context('new.example'),
        allowed: { rule: undefined, wouldBe: { reason: 'no-rule', rule: undefined } },
      },
      outcome: { ...ended, reason: 'learn' },
    } as const;
    for (let n = 0; n < 3; n++) batches.repeated(learnt, 1000, performance.now());
    clock.advance(500);
    expect(posted).toMatchObject([
      { kind: 'denials', batch: [{ count: 3, reason: 'no-rule', name: parseDomainName('new.example') }] },
    ]);
  });

  test('counts what was refused, failed, told unconfirmed and left out', () => {
    const { batches } = stage();
    batches.answered(context('a.example'), undefined, { ...ended, verdict: 'denied', reason: 'no-rule' }, 7);
    batches.answered(
      context('a.example'),
      { id: 1 },
      { ...ended, verdict: 'failed', reason: 'not-confirmed' },
      7,
    );
    batches.answered(
      context('a.example'),
      { id: 1 },
      { ...ended, reason: 'not-confirmed', source: 'udp' },
      7,
    );
    batches.unrelated(2);
    expect(batches.counters()).toMatchObject({
      queries: 3,
      denied: 1,
      failed: 1,
      toldUnconfirmed: 1,
      cached: 2,
      droppedRecords: 2,
    });
  });
});
