import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { RCODE, TYPE } from '../../src/dns/wire/constants.ts';
import { a, aaaa, cname } from '../support/toy-upstream.ts';
import { allow, deny, room, START } from './room.ts';

describe('a refused name', () => {
  test.each([
    ['nxdomain', 'NXDOMAIN', []],
    ['nodata', 'NOERROR', []],
    ['refused', 'REFUSED', []],
    ['zero', 'NOERROR', ['A 0.0.0.0']],
  ] as const)('with refuse: %s is answered %s', async (refuse, rcode, answers) => {
    const { ask, upstream, denied } = room({ group: { refuse } });
    const answer = await ask('tracker.example');
    expect(answer).toMatchObject({ rcode, answers });
    expect(answer.ede).toMatchObject({
      code: 15,
      text: expect.stringMatching(/^no rule allows tracker\.example; it can be allowed/),
    });
    expect(denied).toEqual([{ name: 'tracker.example', reason: 'no-rule', ruleId: undefined }]);
    expect(upstream.asked).toEqual([]);
  });

  test('with refuse: zero an AAAA question gets ::, and any other type nothing', async () => {
    const { ask } = room({ group: { refuse: 'zero' } });
    expect((await ask('tracker.example', 'AAAA')).answers).toEqual(['AAAA ::']);
    expect(await ask('tracker.example', 'TXT')).toMatchObject({ rcode: 'NOERROR', answers: [] });
  });

  test('carries an SOA of the name itself that is forgotten after 5 s, and is not authoritative', async () => {
    const { ask } = room();
    const { authority, raw } = await ask('tracker.example');
    expect(authority).toEqual([{ name: 'tracker.example', ttl: 5, minimum: 5 }]);
    expect(raw.flag_aa).toBe(false);
  });

  test('is explained only to a client that sent an OPT', async () => {
    const { ask } = room();
    const answer = await ask('tracker.example', 'A', { edns: false });
    expect(answer.rcode).toBe('NXDOMAIN');
    expect(answer.raw.additionals).toEqual([]);
  });

  test('names the deny rule, in learn mode too, and is written down', async () => {
    const rule = deny('.tracker.example');
    const { ask, denied, logged } = room({ group: { mode: 'learn' }, rules: [rule] });
    const answer = await ask('a.tracker.example');
    expect(answer).toMatchObject({
      rcode: 'NXDOMAIN',
      ede: { text: `a.tracker.example is refused by rule ${rule.id}; without that rule it could be allowed` },
    });
    expect(denied).toEqual([{ name: 'a.tracker.example', reason: 'deny-rule', ruleId: rule.id }]);
    expect(logged).toMatchObject([{ verdict: 'denied', reason: 'deny-rule', ruleId: rule.id }]);
  });

  test.each([
    ['refused only for its type', 'plex.tv', 'TXT', 'qtype'],
    ['above an allowed name', 'tv', 'A', 'above-allowed'],
    ['an HTTPS question that no rule lists', 'plex.tv', 'HTTPS', 'qtype'],
  ])('%s is NODATA, whatever the group says', async (_, name, type, reason) => {
    const { ask, denied, upstream } = room({ rules: [allow('plex.tv')], group: { refuse: 'refused' } });
    expect(await ask(name, type)).toMatchObject({
      rcode: 'NOERROR',
      answers: [],
      authority: [{ minimum: 5 }],
    });
    expect(denied).toMatchObject([{ reason }]);
    expect(upstream.asked).toEqual([]);
  });

  test('is written down as what would have been refused while learning, with the rule that covers other types', async () => {
    const rule = allow('plex.tv');
    const { ask, denied, upstream } = room({ group: { mode: 'learn' }, rules: [rule] });
    upstream.answers('new.example A', a('new.example', '198.51.100.1'));
    await ask('new.example');
    await ask('plex.tv', 'TXT');
    expect(denied).toEqual([
      { name: 'new.example', reason: 'no-rule', ruleId: undefined },
      { name: 'plex.tv', reason: 'qtype', ruleId: rule.id },
    ]);
    expect(upstream.asked).toEqual(['new.example A', 'plex.tv TXT']);
  });
});

describe('questions nobody here answers', () => {
  test('a client of no group is refused, told why, and shown as a new host', async () => {
    const { ask, strangers, upstream } = room({ rules: [allow('plex.tv')] });
    const answer = await ask('plex.tv', 'A', { client: '198.51.100.77' });
    expect(answer).toMatchObject({ rcode: 'REFUSED', ede: { code: 18 } });
    expect(strangers).toEqual(['198.51.100.77']);
    expect(upstream.asked).toEqual([]);
  });

  test.each([
    ['a zone transfer', 'AXFR', 'IN'],
    ['an incremental one', 'IXFR', 'IN'],
    ['another class', 'TXT', 'CH'],
  ] as const)('%s is REFUSED', async (_, type, recordClass) => {
    const { ask, upstream } = room({ group: { mode: 'learn' } });
    expect(await ask('plex.tv', type, { class: recordClass })).toMatchObject({
      rcode: 'REFUSED',
      ede: { code: 21 },
    });
    expect(upstream.asked).toEqual([]);
  });

  test('ANY of an allowed name gets one record that says nothing (RFC 8482), so that no address passes the gate with it', async () => {
    const { ask, upstream } = room({ rules: [allow('plex.tv', { types: 'any' })] });
    expect(await ask('plex.tv', 'ANY')).toMatchObject({
      rcode: 'NOERROR',
      raw: { answers: [{ type: 'HINFO', data: { cpu: 'RFC8482', os: '' } }] },
    });
    expect(await ask('other.example', 'ANY')).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(upstream.asked).toEqual([]);
  });

  test('without any upstream an allowed name fails, and says why', async () => {
    const { ask } = room({ rules: [allow('plex.tv')], noUpstream: true });
    expect(await ask('plex.tv')).toMatchObject({
      rcode: 'SERVFAIL',
      ede: { code: 22, text: expect.stringMatching(/^no upstream is configured: set SALLYPORT_UPSTREAMS/) },
    });
  });
});

describe('local names', () => {
  test.each([
    ['localhost', 'A', ['A 127.0.0.1']],
    ['a.localhost', 'AAAA', ['AAAA ::1']],
    ['printer.local', 'A', []],
    ['1.1.168.192.in-addr.arpa', 'PTR', []],
    ['use-application-dns.net', 'A', []],
    ['_dns.resolver.arpa', 'SVCB', []],
    ['hidden.onion', 'A', []],
  ])('%s %s never leaves the house', async (name, type, answers) => {
    const { ask, upstream, denied } = room({ group: { mode: 'learn' } });
    expect((await ask(name, type)).answers).toEqual(answers);
    expect(upstream.asked).toEqual([]);
    expect(denied).toEqual([]);
  });

  test("the owner's own records are answered before any rule; a type they lack is NODATA", async () => {
    const { ask } = room({ records: [a('plex.home.arpa', '192.168.20.5', 60)] });
    expect(await ask('plex.home.arpa')).toMatchObject({ answers: ['A 192.168.20.5'], ttls: [60] });
    expect(await ask('plex.home.arpa', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(await ask('nas.home.arpa')).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  test('a reserved domain with an upstream of its own is forwarded, where a rule allows it', async () => {
    const { ask, upstream } = room({
      forwarded: ['home.arpa'],
      rules: [allow('nas.home.arpa', { private: true })],
    });
    upstream.answers('nas.home.arpa A', a('nas.home.arpa', '192.168.1.9'));
    expect((await ask('nas.home.arpa')).answers).toEqual(['A 192.168.1.9']);
    expect((await ask('other.home.arpa')).rcode).toBe('NXDOMAIN');
    expect(upstream.asked).toEqual(['nas.home.arpa A']);
  });

  test('plex.direct is answered from its label, only for own hashes and addresses', async () => {
    const { ask, upstream, requested } = room({
      group: {
        plexDirect: {
          hashes: ['abc123'],
          ownAddresses: [parsePrefix('192.168.1.0/24'), parsePrefix('fd00::/8')],
          shared: [],
        },
        gated: true,
      },
      rules: [allow('.plex.direct')],
    });
    expect((await ask('192-168-1-20.abc123.plex.direct')).answers).toEqual(['A 192.168.1.20']);
    expect((await ask('fd00--20.abc123.plex.direct', 'AAAA')).answers).toEqual(['AAAA fd00::20']);
    for (const other of [
      '192-168-2-20.abc123.plex.direct',
      '192-168-1-20.other.plex.direct',
      '8-8-8-8.abc123.plex.direct',
      'x.192-168-1-20.abc123.plex.direct',
    ]) {
      expect((await ask(other)).rcode).toBe('NXDOMAIN');
    }
    expect(upstream.asked).toEqual([]);
    expect(requested).toEqual([]);
  });

  test('a group without IPv6 gets NODATA for AAAA, so that musl takes the A', async () => {
    const { ask, upstream } = room({ group: { ipv6: false }, rules: [allow('plex.tv')] });
    upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1'));
    expect(await ask('plex.tv', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect((await ask('plex.tv')).answers).toEqual(['A 198.51.100.1']);
    expect((await ask('refused.example', 'AAAA')).rcode).toBe('NXDOMAIN');
    expect(upstream.asked).toEqual(['plex.tv A']);
  });
});

describe('what an upstream says', () => {
  test('only records on the chain from the question are told and recorded, in its order', async () => {
    const { ask, upstream, sighted } = room({ rules: [allow('plex.tv')] });
    upstream.answers(
      'plex.tv A',
      a('edge.cdn.example', '198.51.100.2'),
      a('evil.example', '198.51.100.66'),
      cname('lb.example', 'edge.cdn.example'),
      cname('plex.tv', 'lb.example'),
    );
    expect((await ask('plex.tv')).answers).toEqual([
      'CNAME lb.example',
      'CNAME edge.cdn.example',
      'A 198.51.100.2',
    ]);
    expect(sighted).toMatchObject([
      {
        chain: ['lb.example', 'edge.cdn.example'].map(parseDomainName),
        records: [{ address: '198.51.100.2', ttlS: 300 }],
      },
    ]);
  });

  test('a chain that goes round is told once, and is no answer', async () => {
    const { ask, upstream } = room({ rules: [allow('plex.tv')] });
    upstream.answers('plex.tv A', cname('plex.tv', 'b.example'), cname('b.example', 'plex.tv'));
    expect((await ask('plex.tv')).answers).toEqual(['CNAME b.example', 'CNAME plex.tv']);
  });

  test('an address in another class is not an answer, and passes no gate', async () => {
    const { ask, upstream } = room({ rules: [allow('plex.tv')], group: { gated: true } });
    upstream.answers('plex.tv A', { ...a('plex.tv', '198.51.100.1'), class: 3 });
    expect((await ask('plex.tv')).answers).toEqual([]);
  });

  test('private addresses of a public name are taken out, unless the rule says private', async () => {
    const { ask, upstream } = room({
      rules: [allow('rebind.example'), allow('nas.example', { private: true })],
    });
    for (const name of ['rebind.example', 'nas.example'])
      upstream.answers(`${name} A`, a(name, '192.168.1.1'), a(name, '198.51.100.1'));
    upstream.answers('rebind.example AAAA', aaaa('rebind.example', 'fd00::1'));
    expect((await ask('rebind.example')).answers).toEqual(['A 198.51.100.1']);
    expect((await ask('nas.example')).answers).toEqual(['A 192.168.1.1', 'A 198.51.100.1']);
    expect(await ask('rebind.example', 'AAAA')).toMatchObject({
      rcode: 'NOERROR',
      answers: [],
      ede: { code: 15 },
    });
  });

  test('a private address is told at once in a gated group, and never leased', async () => {
    const { ask, upstream, requested, now } = room({
      rules: [allow('nas.example', { private: true })],
      group: { gated: true },
    });
    upstream.answers('nas.example A', a('nas.example', '192.168.1.1'));
    expect((await now(ask('nas.example')))?.answers).toEqual(['A 192.168.1.1']);
    expect(requested).toEqual([]);
  });

  test('a public resolver is no address for a gated group, and harmless where nothing is opened', async () => {
    for (const [gated, answers] of [
      [true, []],
      [false, ['A 1.1.1.1']],
    ] as const) {
      const { ask, upstream, requested } = room({ rules: [allow('dns.example')], group: { gated } });
      upstream.answers('dns.example A', a('dns.example', '1.1.1.1'));
      expect((await ask('dns.example')).answers).toEqual(answers);
      if (gated) expect(requested).toEqual([]);
    }
  });

  test('HTTPS records lose their address hints and ECH in a gated group only', async () => {
    const target = Buffer.from([0, 1, 0]);
    const alpn = Buffer.from([0, 1, 0, 3, 2, 0x68, 0x32]);
    const hint = Buffer.from([0, 4, 0, 4, 198, 51, 100, 66]);
    const ech = Buffer.from([0, 5, 0, 2, 1, 1]);
    for (const [gated, rdata] of [
      [true, Buffer.concat([target, alpn])],
      [false, Buffer.concat([target, alpn, hint, ech])],
    ] as const) {
      const { ask, upstream } = room({
        rules: [allow('plex.tv', { types: [TYPE.HTTPS] })],
        group: { gated },
      });
      upstream.answers('plex.tv HTTPS', {
        owner: parseDomainName('plex.tv'),
        type: TYPE.HTTPS,
        class: 1,
        ttl: 300,
        rdata: Buffer.concat([target, alpn, hint, ech]),
      });
      expect((await ask('plex.tv', 'HTTPS')).answers).toEqual([`HTTPS ${rdata.toString('hex')}`]);
    }
  });

  test.each([RCODE.SERVFAIL, RCODE.REFUSED, RCODE.YXDOMAIN])(
    'rcode %i is a failure, not an answer',
    async (rcode) => {
      const { ask, upstream } = room({ rules: [allow('plex.tv')] });
      upstream.responds('plex.tv A', { rcode });
      expect(await ask('plex.tv')).toMatchObject({ rcode: 'SERVFAIL', ede: { code: 22 } });
    },
  );
});

describe('a change of policy while a question is under way', () => {
  test('the answer is judged by the new policy', async () => {
    const { ask, upstream, setPolicy, now, logged } = room({ rules: [allow('plex.tv')] });
    upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1'));
    upstream.waits(true);
    const answer = ask('plex.tv');
    expect(await now(answer)).toBeUndefined();
    setPolicy({ rules: [] });
    upstream.waits(false);
    expect((await answer).rcode).toBe('NXDOMAIN');
    expect(logged).toHaveLength(1);
    expect((await ask('plex.tv')).rcode).toBe('NXDOMAIN');
  });

  test('what was told before is not repeated after it, and what the upstream said is not asked again', async () => {
    const { ask, upstream, setPolicy } = room({ rules: [allow('plex.tv')] });
    upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1'));
    await ask('plex.tv');
    setPolicy({ rules: [deny('plex.tv')] });
    expect((await ask('plex.tv')).rcode).toBe('NXDOMAIN');
    const again = allow('plex.tv');
    setPolicy({ rules: [again] });
    expect((await ask('plex.tv')).answers).toEqual(['A 198.51.100.1']);
    expect(upstream.asked).toEqual(['plex.tv A']);
  });

  test('the log names the rule of now, not the one under which the answer was cached', async () => {
    const { ask, upstream, setPolicy, logged } = room({ group: { mode: 'learn' } });
    upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1'));
    await ask('plex.tv');
    const rule = allow('plex.tv');
    setPolicy({ rules: [rule] });
    await ask('plex.tv');
    expect(logged).toMatchObject([
      { reason: 'learn', ruleId: undefined },
      { reason: 'rule', ruleId: rule.id, source: 'cache' },
    ]);
  });
});

describe('what is allowed for a time', () => {
  test.each(['A', 'TXT'])(
    'no %s record of a temporary rule is told or repeated past its end',
    async (type) => {
      const rule = allow('plex.tv', { types: 'any', temporary: true, expiresAt: START + 20_000 });
      const { ask, upstream, clock } = room({ rules: [rule] });
      const txt = { ...a('plex.tv', '198.51.100.1'), type: TYPE.TXT, rdata: Buffer.from('\x02hi') };
      upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1'));
      upstream.answers('plex.tv TXT', txt);
      expect((await ask('plex.tv', type)).ttls).toEqual([20]);
      clock.advance(15_000);
      expect((await ask('plex.tv', type)).ttls).toEqual([5]);
      clock.advance(5000);
      expect((await ask('plex.tv', type)).rcode).toBe('NXDOMAIN');
    },
  );

  test('a pause ends by itself, and nothing is told past its end', async () => {
    const { ask, upstream, clock } = room({ group: { mode: 'paused', pausedUntil: START + 30_000 } });
    upstream.answers('new.example A', a('new.example', '198.51.100.1'));
    expect(await ask('new.example')).toMatchObject({ answers: ['A 198.51.100.1'], ttls: [30] });
    clock.advance(30_000);
    expect((await ask('new.example')).rcode).toBe('NXDOMAIN');
  });
});

test('P1: no upstream ever sees a name without an allow rule', async () => {
  const label = fc.constantFrom('a', 'b', 'plex', 'tv');
  const domain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
  const pattern = fc.tuple(fc.constantFrom('', '.', '*.'), domain).map(([front, name]) => front + name);
  const aRule = fc
    .tuple(
      fc.constantFrom('allow', 'deny'),
      pattern,
      fc.constantFrom([TYPE.A], [TYPE.TXT], 'any'),
      fc.boolean(),
    )
    .map(([action, text, types, temporary]) =>
      (action === 'allow' ? allow : deny)(text, {
        types: types as readonly number[] | 'any',
        temporary,
        expiresAt: temporary ? START + 1000 : undefined,
      }),
    );
  await fc.assert(
    fc.asyncProperty(
      fc.array(aRule, { maxLength: 6 }),
      fc.array(fc.tuple(domain, fc.constantFrom('A', 'AAAA', 'TXT', 'ANY', 'HTTPS')), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.constantFrom('nxdomain', 'zero'),
      fc.boolean(),
      async (rules, questions, refuse, late) => {
        const { ask, upstream, clock } = room({ rules, group: { refuse } });
        if (late) clock.advance(2000);
        for (const [name, type] of questions) await ask(name, type);
        for (const line of upstream.asked) {
          const [name = '', type = ''] = line.split(' ');
          const alive = rules.filter((rule) => rule.expiresAt === undefined || rule.expiresAt > clock.now());
          expect(alive.some((rule) => rule.action === 'allow' && covers(rule, name, type))).toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );

  /** Written anew, as text, so that it shares no mistake with the policy. */
  function covers(rule: ReturnType<typeof allow>, name: string, type: string): boolean {
    const labels = (wire: string) =>
      wire
        .slice(0, -1)
        .replaceAll(/[^a-z]/g, '.')
        .replace(/^\./, '');
    const base = labels(rule.pattern.name);
    const below = name.endsWith(`.${base}`);
    const matches =
      rule.pattern.kind === 'exact'
        ? name === base
        : rule.pattern.kind === 'below'
          ? below
          : below || name === base;
    return matches && (rule.types === 'any' || rule.types.includes(TYPE[type as keyof typeof TYPE]));
  }
});
