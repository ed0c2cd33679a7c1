/** The gate behind the whole pipeline, asked with packets. */
import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { allow, deny, type RoomOptions, room, START } from '../dns/room.ts';
import { settle } from '../support/settle.ts';
import { a, aaaa } from '../support/toy-upstream.ts';

const gated = ({ group, rules }: RoomOptions = {}) => {
  const made = room({ rules: rules ?? [allow('plex.tv')], group: { gated: true, ...group } });
  made.upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1'));
  made.upstream.answers('plex.tv AAAA', aaaa('plex.tv', '2001:db8::1'));
  return made;
};
const hopeless = [1];

test('an answer waits for the read-back; equal questions ask once and wake together', async () => {
  const { ask, now, requested, confirm, gate } = gated();
  const answers = Promise.all([ask('plex.tv'), ask('plex.tv', 'A', { edns: false })]);
  expect(await now(answers)).toBeUndefined();
  expect(requested).toMatchObject([{ address: '198.51.100.1', cause: 'answer', toldUntil: START + 300_000 }]);
  confirm();
  for (const answer of await answers)
    expect(answer).toMatchObject({ answers: ['A 198.51.100.1'], ttls: [300] });
  expect(gate.counters).toEqual({ held: 2, toldOverBudget: 0 });
});

test('who asks while a request is long under way asks again', async () => {
  const { ask, now, requested, clock } = gated();
  void ask('plex.tv');
  await settle();
  clock.advance(999);
  expect(await now(ask('plex.tv', 'A', { edns: false }))).toBeUndefined();
  expect(requested).toHaveLength(1);
  clock.advance(1);
  expect(await now(ask('plex.tv', 'A', { edns: false, client: '192.0.2.6' }))).toBeUndefined();
  expect(requested).toHaveLength(2);
});

test('who asks under another rule asks for himself: the request under way may come to nothing with the first', async () => {
  const { ask, now, requested, setPolicy } = gated();
  void ask('plex.tv');
  await settle();
  const other = allow('.tv');
  setPolicy({ gated: true, rules: [other] });
  expect(await now(ask('plex.tv', 'A', { edns: false }))).toBeUndefined();
  expect(requested).toHaveLength(2);
  expect(requested[1]).toMatchObject({ ruleId: other.id });
});

test('who asks a control plane that has just come up asks it for what the one before was asked', async () => {
  const { ask, now, gate, requested } = gated();
  void ask('plex.tv');
  await settle();
  gate.update([], [], [1]);
  expect(await now(ask('plex.tv', 'A', { edns: false }))).toBeUndefined();
  expect(requested).toHaveLength(2);
});

test('an answer that is woken in vain asks again, where its request is long under way', async () => {
  const { ask, now, gate, clock, requested } = gated();
  const answer = ask('plex.tv');
  await settle();
  clock.advance(1000);
  const [request] = requested;
  if (request === undefined) throw new Error('nothing was asked for');
  gate.update([{ ...request, address: parseIpAddress('198.51.100.9'), heldUntil: START + 1000 }], []);
  expect(await now(answer)).toBeUndefined();
  expect(requested).toMatchObject([{ address: '198.51.100.1' }, { address: '198.51.100.1' }]);
});

test('what another name leased does not confirm this one', async () => {
  const { ask, now, gate, clock, requested } = gated();
  const answer = ask('plex.tv');
  await settle();
  const heldUntil = clock.now() + 3_600_000;
  gate.update(
    requested.map((request) => ({ ...request, name: parseDomainName('other.tv'), heldUntil })),
    [],
  );
  expect(await now(answer)).toBeUndefined();
});

describe('at the deadline', () => {
  test('the answer is told unconfirmed, counted, with a short ttl, and not repeated', async () => {
    const { ask, clock, logged, requested, now } = gated();
    const answer = ask('plex.tv');
    await settle();
    clock.advance(4499);
    expect(await now(answer)).toBeUndefined();
    clock.advance(1);
    expect(await answer).toMatchObject({ answers: ['A 198.51.100.1'], ttls: [10] });
    expect(logged).toMatchObject([{ verdict: 'allowed', reason: 'not-confirmed' }]);
    expect(requested).toHaveLength(1);
    // Asked again it waits again: the reply was not kept.
    expect(await now(ask('plex.tv'))).toBeUndefined();
  });

  test('no more is told than was asked for', async () => {
    const { ask, clock, upstream, requested } = gated();
    const many = Array.from({ length: 9 }, (_, n) => a('plex.tv', `198.51.100.${n + 1}`));
    upstream.answers('plex.tv A', ...many);
    const answer = ask('plex.tv');
    await settle();
    clock.advance(4500);
    const told = (await answer).answers;
    expect(told).toHaveLength(4);
    expect(told).toEqual(requested.map(({ address }) => `A ${address}`));
  });

  test('in strict mode the client is told to try again', async () => {
    const { ask, clock } = gated({ group: { onHoldLimit: 'servfail' } });
    const answers = Promise.all([ask('plex.tv'), ask('plex.tv', 'AAAA')]);
    await settle();
    clock.advance(4500);
    for (const answer of await answers)
      expect(answer).toMatchObject({ rcode: 'SERVFAIL', ede: { code: 14 } });
  });

  test.each([
    ['A', 'AAAA'],
    ['AAAA', 'A'],
  ])(
    'in strict mode %s is told and %s is NODATA for 5 s when only the first was confirmed',
    async (told, other) => {
      const { ask, clock, gate, requested } = gated({ group: { onHoldLimit: 'servfail' } });
      const first = ask('plex.tv', told);
      const second = ask('plex.tv', other);
      await settle();
      const [one] = requested.filter(({ address }) => address.includes(':') === (told === 'AAAA'));
      if (one === undefined) throw new Error('nothing was asked for');
      gate.update([{ ...one, heldUntil: clock.now() + 3_600_000 }], []);
      expect((await first).answers).toHaveLength(1);
      clock.advance(4500);
      expect(await second).toMatchObject({ rcode: 'NOERROR', answers: [], authority: [{ minimum: 5 }] });
    },
  );
});

describe('the hold limit', () => {
  const slowly = async (holdLimitMs: number) => {
    const made = gated({ group: { holdLimitMs } });
    made.upstream.waits(true);
    const answer = made.ask('plex.tv');
    await settle();
    made.clock.advance(3000);
    made.upstream.waits(false);
    return { ...made, answer };
  };

  test('of nothing holds nothing, and leaves the upstream its time', async () => {
    const { answer, now, gate, requested } = await slowly(0);
    expect(await now(answer)).toMatchObject({ answers: ['A 198.51.100.1'], ttls: [10] });
    expect(requested).toHaveLength(1);
    expect(gate.counters.held).toBe(0);
  });

  test('counts from the answer of the upstream', async () => {
    const { answer, now, clock } = await slowly(1000);
    await settle();
    clock.advance(999);
    expect(await now(answer)).toBeUndefined();
    clock.advance(1);
    expect(await answer).toMatchObject({ ttls: [10] });
  });

  test('never goes past the deadline of the question', async () => {
    const { answer, now, clock } = await slowly(4500);
    await settle();
    clock.advance(1499);
    expect(await now(answer)).toBeUndefined();
    clock.advance(1);
    expect(await answer).toMatchObject({ ttls: [10] });
  });
});

describe('an answer on its way when the policy changes', () => {
  const endsAt = START + 2000;
  const temporary = { temporary: true, expiresAt: endsAt };

  test.each([
    ['the firewall is waited for', false],
    ['the upstream is asked', true],
  ])('is refused when its temporary rule ends while %s, without anybody saying so', async (_, waits) => {
    const { ask, now, clock, upstream } = gated({ rules: [allow('plex.tv', temporary)] });
    upstream.waits(waits);
    const answer = ask('plex.tv');
    expect(await now(answer)).toBeUndefined();
    clock.advance(2000);
    upstream.waits(false);
    expect(await now(answer)).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  });

  test('is refused when it was confirmed after its rule had ended', async () => {
    const { ask, now, clock, confirm } = gated({ rules: [allow('plex.tv', temporary)] });
    const answer = ask('plex.tv');
    await settle();
    clock.advance(2000);
    confirm();
    expect(await now(answer)).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  });

  test('is told when another rule allows the name after that', async () => {
    const { ask, now, clock, confirm } = gated({ rules: [allow('plex.tv', temporary), allow('.tv')] });
    const answer = ask('plex.tv');
    await settle();
    clock.advance(2000);
    expect(await now(answer)).toBeUndefined();
    confirm();
    expect(await now(answer)).toMatchObject({ answers: ['A 198.51.100.1'] });
  });

  test.each([
    ['a deny rule', { mode: 'enforce', rules: [allow('plex.tv'), deny('plex.tv')] }],
    ['a revoke', { mode: 'enforce', rules: [] }],
  ] as const)('is refused by %s, confirmed or not', async (_, group) => {
    const { ask, now, setPolicy, confirm } = gated();
    const answer = ask('plex.tv');
    await settle();
    setPolicy({ gated: true, ...group });
    confirm();
    expect(await now(answer)).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  });

  test.each([
    ['learning', { mode: 'learn' }],
    ['a pause', { mode: 'paused', pausedUntil: START + 60_000 }],
  ] as const)('is let go by %s', async (_, group) => {
    const { ask, now, setPolicy } = gated({ group: { onHoldLimit: 'servfail' } });
    const answer = ask('plex.tv');
    expect(await now(answer)).toBeUndefined();
    setPolicy({ gated: true, rules: [], ...group });
    expect(await now(answer)).toMatchObject({ answers: ['A 198.51.100.1'] });
  });
});

describe('where nothing can be confirmed in time', () => {
  test.each([
    ['answer', { rcode: 'NOERROR', answers: ['A 198.51.100.1'], ttls: [10] }],
    ['servfail', { rcode: 'SERVFAIL', answers: [] }],
  ] as const)('onHoldLimit: %s applies at once', async (onHoldLimit, expected) => {
    const { ask, gate, now, requested } = gated({ group: { onHoldLimit } });
    gate.update([], hopeless);
    expect(await now(ask('plex.tv'))).toMatchObject(expected);
    expect(requested).toHaveLength(1);
    expect(gate.counters.held).toBe(0);
  });

  test('those told because the write budget is spent are counted apart, as long as it is', async () => {
    const { ask, gate, now } = gated({ rules: [allow('.plex.tv')] });
    gate.update([], hopeless, [], [], [1]);
    expect(await now(ask('plex.tv'))).toMatchObject({ answers: ['A 198.51.100.1'] });
    expect(gate.counters.toldOverBudget).toBe(1);
    gate.update([], hopeless);
    expect(await now(ask('plex.tv', 'AAAA'))).toMatchObject({ answers: ['AAAA 2001:db8::1'] });
    expect(gate.counters.toldOverBudget).toBe(1);
  });

  test('answers that wait already are let go', async () => {
    const { ask, gate, now } = gated();
    const answer = ask('plex.tv');
    expect(await now(answer)).toBeUndefined();
    gate.update([], hopeless);
    expect((await answer).ttls).toEqual([10]);
  });

  test('what is confirmed is told as ever (P6)', async () => {
    const { ask, confirm, gate, now } = gated();
    const first = ask('plex.tv');
    await settle();
    confirm();
    await first;
    gate.update([], hopeless);
    expect(await now(ask('plex.tv', 'A', { edns: false }))).toMatchObject({ ttls: [300] });
  });
});

describe.each(['answer', 'servfail'] as const)(
  'a name that leads elsewhere by now (onHoldLimit: %s)',
  (onHoldLimit) => {
    /** 198.51.100.1 was told for 300 s and is held; since `afterMs` its upstream names 198.51.100.9, which the cache knows. */
    const moved = async (afterMs: number, group: RoomOptions['group'] = {}) => {
      const made = gated({ group: { onHoldLimit, ...group } });
      const first = made.ask('plex.tv');
      await settle();
      made.confirm();
      await first;
      made.clock.advance(afterMs);
      made.upstream.answers('plex.tv A', a('plex.tv', '198.51.100.9'));
      made.cache.flush();
      made.requested.length = 0;
      return { ...made, again: () => made.ask('plex.tv', 'A', { edns: false }) };
    };

    test('is told the same again for as long as it was told, while the other is opened (P6)', async () => {
      const { again, now, requested } = await moved(290_000);
      expect(await now(again())).toMatchObject({ answers: ['A 198.51.100.1'], ttls: [11] });
      expect(requested).toMatchObject([{ address: '198.51.100.9' }]);
    });

    test('so also when the control plane has started anew meanwhile', async () => {
      const { again, now, gate, clock, requested } = await moved(10_000);
      const [name, address] = [parseDomainName('plex.tv'), parseIpAddress('198.51.100.1')];
      gate.update([{ groupId: 1, name, address, heldUntil: clock.now() + 3_600_000 }], [], [1]);
      expect(await now(again())).toMatchObject({ answers: ['A 198.51.100.1'] });
      expect(requested).toMatchObject([{ address: '198.51.100.9' }]);
    });

    test('is waited for after that; where the firewall takes too long, what is open is told for a moment', async () => {
      const { again, now, clock } = await moved(302_000);
      const answer = again();
      expect(await now(answer)).toBeUndefined();
      clock.advance(4500);
      expect(await answer).toMatchObject({ rcode: 'NOERROR', answers: ['A 198.51.100.1'], ttls: [10] });
    });

    test('is told what is open, and that is kept open, as long as nothing can be confirmed (P6)', async () => {
      const { again, now, gate, clock, requested } = await moved(302_000);
      gate.update([], hopeless);
      expect(await now(again())).toMatchObject({ rcode: 'NOERROR', answers: ['A 198.51.100.1'], ttls: [10] });
      expect(requested).toMatchObject([{ address: '198.51.100.9' }]);
      clock.advance(3_000_000);
      await again();
      expect(requested.slice(1)).toMatchObject([{ address: '198.51.100.9' }, { address: '198.51.100.1' }]);
    });

    test('is told what is open when its upstreams fail', async () => {
      const { again, now, upstream, clock } = await moved(290_000);
      await again();
      clock.advance(310_000);
      upstream.fails(true);
      expect(await now(again())).toMatchObject({ rcode: 'NOERROR', answers: ['A 198.51.100.1'], ttls: [30] });
    });
  },
);

describe('a reply already told', () => {
  const told = async () => {
    const made = gated();
    const first = made.ask('plex.tv');
    await settle();
    made.confirm();
    await first;
    return made;
  };

  test('is repeated from memory', async () => {
    const { ask, logged } = await told();
    await ask('plex.tv');
    expect(logged).toMatchObject([{ source: expect.stringMatching(/^udp/) }, { source: 'cache' }]);
  });

  test('is not repeated once its address was withdrawn', async () => {
    const { ask, gate, now, requested } = await told();
    gate.update(
      requested.map((request) => ({ ...request, heldUntil: undefined })),
      [],
    );
    expect(await now(ask('plex.tv'))).toBeUndefined();
  });

  test('is not repeated once the group is told anew without it', async () => {
    const { ask, gate, now } = await told();
    gate.update([], [], [1]);
    expect(await now(ask('plex.tv'))).toBeUndefined();
  });

  test('is told with a ttl inside what the firewall still holds', async () => {
    const { ask, confirm } = await told();
    confirm(60_000 + 100_000);
    expect((await ask('plex.tv')).ttls).toEqual([100]);
  });

  test('renews its lease when the headroom is half used', async () => {
    const { ask, confirm, requested } = await told();
    const before = requested.length;
    confirm(300_000 + 60_000 + 200_000);
    await ask('plex.tv');
    expect(requested.length).toBe(before + 1);
  });
});

test('under a temporary rule ttl and lease end with the rule', async () => {
  const endsAt = START + 100_000;
  const { ask, confirm, requested, now } = gated({
    rules: [allow('plex.tv', { temporary: true, expiresAt: endsAt })],
  });
  const answer = ask('plex.tv');
  await settle();
  expect(requested).toMatchObject([{ until: endsAt, toldUntil: endsAt }]);
  confirm(100_000);
  expect(await now(answer)).toMatchObject({ ttls: [100] });
});

test('a long wait is not added to what a temporary rule allows', async () => {
  const { ask, clock, confirm } = gated({
    rules: [allow('plex.tv', { temporary: true, expiresAt: START + 100_000 })],
  });
  const answer = ask('plex.tv');
  await settle();
  clock.advance(4000);
  confirm(96_000);
  expect((await answer).ttls).toEqual([96]);
});

describe('while learning or paused', () => {
  test.each([
    ['learn', {}, 'learn', START + 300_000],
    ['paused', { pausedUntil: START + 60_000 }, 'pause', START + 60_000],
  ] as const)('%s: told at once, leased behind', async (mode, more, cause, toldUntil) => {
    const { ask, now, requested } = gated({ rules: [], group: { mode, ...more } });
    expect((await now(ask('plex.tv')))?.answers).toEqual(['A 198.51.100.1']);
    expect(requested).toMatchObject([{ cause, ruleId: undefined, toldUntil }]);
    for (const { until } of requested)
      expect(until).toBe(mode === 'paused' ? START + 60_000 : START + 300_000 + 60_000 + 600_000);
  });

  test('what learning has told is asked for again where a rule tells it', async () => {
    const { ask, requested, setPolicy } = gated({ rules: [], group: { mode: 'learn' } });
    await ask('plex.tv');
    setPolicy({ gated: true, mode: 'learn', rules: [allow('plex.tv')] });
    await ask('plex.tv');
    expect(requested).toMatchObject([{ cause: 'learn' }, { cause: 'answer' }]);
  });

  test('alias: off leaves the firewall alone', async () => {
    const { ask, requested } = gated({ rules: [], group: { mode: 'learn', learnAlias: false } });
    await ask('plex.tv');
    expect(requested).toEqual([]);
  });
});

test('the last good answer of an outage keeps its addresses open as such', async () => {
  const { ask, clock, confirm, requested, upstream } = gated();
  const first = ask('plex.tv');
  await settle();
  confirm(10_000_000);
  await first;
  upstream.fails(true);
  clock.advance(9_700_000);
  const second = ask('plex.tv');
  await settle();
  expect(requested.at(-1)).toMatchObject({ cause: 'outage' });
  expect((await second).ttls).toEqual([30]);
});

describe('the last good answer of an outage', () => {
  const twoAddresses = [a('plex.tv', '198.51.100.1'), a('plex.tv', '198.51.100.2')];
  /** Told and confirmed, then the leases of `closed` ended, the ttl as well, and the upstream. */
  const outage = async (closed: readonly string[], group: RoomOptions['group'] = {}) => {
    const made = gated({ group });
    made.upstream.answers('plex.tv A', ...twoAddresses);
    const first = made.ask('plex.tv');
    await settle();
    made.confirm(10_000_000);
    await first;
    const gone = made.requested.filter(({ address }) => closed.includes(address));
    made.gate.update(
      gone.map((request) => ({ ...request, heldUntil: undefined })),
      [],
    );
    made.upstream.fails(true);
    made.clock.advance(300_000);
    made.requested.length = 0;
    return made;
  };

  test('is told of the addresses that are still open, and opens no other', async () => {
    const { ask, requested } = await outage(['198.51.100.2']);
    expect(await ask('plex.tv')).toMatchObject({ answers: ['A 198.51.100.1'], ttls: [30], ede: { code: 3 } });
    expect(requested).toEqual([]);
  });

  test.each(['answer', 'servfail'] as const)(
    'is not told when all are closed (onHoldLimit: %s)',
    async (onHoldLimit) => {
      const { ask, now, requested } = await outage(['198.51.100.1', '198.51.100.2'], { onHoldLimit });
      expect(await now(ask('plex.tv'))).toMatchObject({ rcode: 'SERVFAIL', answers: [], ede: { code: 22 } });
      expect(requested).toEqual([]);
    },
  );

  test('is not told of what the firewall has closed by itself', async () => {
    const { ask, now, clock } = await outage(['198.51.100.2']);
    clock.advance(10_000_000);
    expect(await now(ask('plex.tv'))).toMatchObject({ rcode: 'SERVFAIL', answers: [], ede: { code: 22 } });
  });

  test('while learning is told, and opens nothing that was closed', async () => {
    const { ask, requested } = await outage(['198.51.100.2'], { mode: 'learn' });
    expect((await ask('plex.tv')).answers).toHaveLength(2);
    expect(requested).toMatchObject([{ address: '198.51.100.1' }]);
  });
});

test('a look-up of our own is held, but is no answer to anybody, and is not counted', async () => {
  const { gate, requested, clock, ask } = gated();
  void ask('plex.tv');
  await settle();
  const [request] = requested;
  if (request === undefined) throw new Error('nothing was asked for');
  const allowed = { reason: 'rule', rule: { id: 1 }, enforced: true, endsAt: undefined } as const;
  const own = gate.pass({
    group: {
      id: 1,
      gated: true,
      learnAlias: true,
      frugal: false,
      onHoldLimit: 'answer',
      graceMs: 0,
      headroomMs: 0,
    },
    allowed,
    name: request.name,
    asked: false,
    stale: false,
    addresses: [request.address],
    ttlS: 60,
    deadline: clock.now() + 1000,
  });
  clock.advance(1000);
  expect(await own).toMatchObject({ confirmed: false });
  expect(gate.counters).toEqual({ held: 1, toldOverBudget: 0 });
});

test('a name with a thousand addresses opens sixteen of them while learning', async () => {
  const { ask, requested, upstream } = gated({ group: { mode: 'learn' } });
  const many = Array.from({ length: 40 }, (_, n) => `198.51.100.${n + 1}`);
  upstream.answers('big.example A', ...many.map((address) => a('big.example', address)));
  const told = await ask('big.example', 'A', { protocol: 'tcp' });
  expect(told).toMatchObject({ answers: many.slice(0, 16).map((address) => `A ${address}`) });
  expect(requested).toHaveLength(16);
});

test('without a firewall the ledger hears of an answer, and not of what the cache tells again', async () => {
  const made = room({ rules: [allow('plex.tv')], group: { gated: false } });
  made.upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 300));
  await made.ask('plex.tv');
  made.clock.advance(30_500);
  await made.ask('plex.tv', 'A', { edns: false });
  expect(made.requested).toMatchObject([{ address: '198.51.100.1', toldUntil: START + 300_000 }]);
  made.clock.advance(270_000);
  await made.ask('plex.tv');
  expect(made.requested).toMatchObject([{ toldUntil: START + 300_000 }, { toldUntil: START + 600_500 }]);
});

test('what was closed since is asked for again, though it was told a moment ago', async () => {
  const { ask, gate, requested, clock } = gated({ group: { mode: 'learn' }, rules: [] });
  await ask('plex.tv');
  expect(requested).toMatchObject([{ address: '198.51.100.1', cause: 'learn' }]);
  gate.update(
    requested.map((request) => ({ ...request, heldUntil: clock.now() + 3_600_000 })),
    [],
  );
  gate.update(
    requested.map((request) => ({ ...request, heldUntil: undefined })),
    [],
  );
  clock.advance(1000);
  await ask('plex.tv', 'A', { edns: false });
  expect(requested).toHaveLength(2);
});
