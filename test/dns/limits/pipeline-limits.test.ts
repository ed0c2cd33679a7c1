/** The limits where clients meet them: a whole pipeline with a manual clock. */
import { describe, expect, test } from 'vitest';
import { settle } from '../../support/settle.ts';
import { a } from '../../support/toy-upstream.ts';
import { allow, room } from '../room.ts';

describe('a client that asks too much', () => {
  const rate = { client: { rate: 5, burst: 10 } };

  test('is refused with the reason, and then not answered at all, until it asks less', async () => {
    const { ask, now, clock, limits, logged } = room({ rules: [allow('.example.org')], limits: rate });
    for (let i = 0; i < 10; i++) await ask('nothing.example.net');
    const before = logged.length;
    expect(await now(ask('nothing.example.net'))).toMatchObject({
      rcode: 'REFUSED',
      ede: { code: 0, text: 'this client asks too many questions a second' },
    });
    for (let i = 0; i < 4; i++) await now(ask('nothing.example.net'));
    expect(await now(ask('nothing.example.net'))).toBeUndefined();
    expect(limits.counters().limited).toBe(6);
    expect(limits.warnings()).toEqual([
      '192.0.2.5 asks more than 5 questions a second; 6 were not answered. If that is meant, raise limits.clientRate.',
    ]);
    expect(logged).toHaveLength(before);
    clock.advance(1000);
    expect(await now(ask('nothing.example.net'))).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  test('does not slow another', async () => {
    const { ask, now } = room({ rules: [allow('.example.org')], limits: rate });
    for (let i = 0; i < 100; i++) void ask('nothing.example.net');
    const other = await now(ask('nothing.example.net', 'A', { client: '192.0.2.6' }));
    expect(other).toMatchObject({ rcode: 'NXDOMAIN' });
  });
});

describe('when too many questions of one client wait', () => {
  test('one more fails at once, what is cached is answered, and another client waits as ever', async () => {
    const { ask, now, upstream, limits } = room({ rules: [allow('.example.org')] });
    upstream.answers('cached.example.org A', a('cached.example.org', '198.51.100.1'));
    upstream.answers('last.example.org A', a('last.example.org', '198.51.100.2'));
    await ask('cached.example.org');
    upstream.waits(true);
    for (let i = 0; i < 300; i++) void ask('slow.example.org');
    await settle();
    expect(limits.waiting.taken()).toBe(300);
    expect(limits.exchanges.taken()).toBe(1);

    expect(await now(ask('last.example.org'))).toMatchObject({
      rcode: 'SERVFAIL',
      ede: { code: 0, text: 'too many questions are under way' },
    });
    expect(upstream.asked).not.toContain('last.example.org A');
    const cached = await now(ask('cached.example.org', 'A', { edns: false }));
    expect(cached).toMatchObject({ answers: ['A 198.51.100.1'] });
    const other = ask('last.example.org', 'A', { client: '192.0.2.6' });
    expect(await now(other)).toBeUndefined();
    upstream.waits(false);
    expect(await other).toMatchObject({ answers: ['A 198.51.100.2'] });
    await settle();
    expect(limits.waiting.taken()).toBe(0);
    expect(limits.exchanges.taken()).toBe(0);
    expect(limits.counters().crowded).toBe(2);
  });

  test('one more is not held at the gate', async () => {
    const { ask, now, upstream, limits } = room({
      rules: [allow('.example.org')],
      group: { gated: true, onHoldLimit: 'servfail' },
    });
    upstream.answers('www.example.org A', a('www.example.org', '198.51.100.1'));
    for (let i = 0; i < 300; i++) void ask('www.example.org');
    await settle();
    expect(limits.waiting.taken()).toBe(300);
    expect(await now(ask('www.example.org'))).toMatchObject({ rcode: 'SERVFAIL', ede: { code: 14 } });
  });

  test('and a change of policy lets them all go', async () => {
    const { ask, upstream, limits, setPolicy } = room({ rules: [allow('.example.org')] });
    upstream.waits(true);
    const answers = Array.from({ length: 50 }, (_, i) => ask(`n${i}.example.org`));
    await settle();
    setPolicy({ rules: [] });
    await Promise.all(answers);
    await settle();
    expect(limits.waiting.taken()).toBe(0);
    upstream.waits(false);
  });
});
