import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../../src/base/domain-name.ts';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { CLASS, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { a } from '../../support/toy-upstream.ts';
import { allow, CLIENT, room } from '../room.ts';

describe('names under an allowed wildcard', () => {
  test('beyond its budget are refused with the reason and written down; allowed by themselves they resolve', async () => {
    const wildcard = allow('*.example.org');
    const { ask, upstream, denied, logged, setPolicy } = room({
      rules: [wildcard],
      limits: { wildcard: { names: 1, labelLength: 40, nameLength: 100 } },
    });
    upstream.answers('one.example.org A', a('one.example.org', '198.51.100.1'));
    upstream.answers('two.example.org A', a('two.example.org', '198.51.100.2'));
    await ask('one.example.org');
    const refused = await ask('two.example.org');
    expect(refused).toMatchObject({
      rcode: 'NXDOMAIN',
      ede: {
        code: 15,
        text: '*.example.org had its 1 new names of this hour: only names asked before are answered; two.example.org may be allowed by itself',
      },
    });
    expect(denied).toEqual([{ name: 'two.example.org', reason: 'budget', ruleId: wildcard.id }]);
    expect(logged.at(-1)).toMatchObject({ verdict: 'denied', reason: 'budget', ruleId: wildcard.id });
    expect(upstream.asked).toEqual(['one.example.org A']);
    expect(await ask('one.example.org', 'AAAA')).toMatchObject({ ede: undefined });

    setPolicy({ rules: [wildcard, allow('two.example.org')] });
    expect(await ask('two.example.org')).toMatchObject({ answers: ['A 198.51.100.2'] });
  });

  test('are only written down while the group learns', async () => {
    const { ask, upstream, denied } = room({
      rules: [allow('*.example.org')],
      group: { mode: 'learn' },
      limits: { wildcard: { names: 1, labelLength: 40, nameLength: 100 } },
    });
    upstream.answers('two.example.org A', a('two.example.org', '198.51.100.2'));
    await ask('one.example.org');
    expect(await ask('two.example.org')).toMatchObject({ answers: ['A 198.51.100.2'] });
    expect(denied).toMatchObject([{ name: 'two.example.org', reason: 'budget' }]);
  });

  test('may come by the ten thousand: no more than the budget leaves the house, little is kept, known names go on', {
    timeout: 60_000,
  }, async () => {
    const { ask, now, upstream, limits, cache, denied, pipeline } = room({
      rules: [allow('*.example.org')],
      limits: { client: { rate: 0, burst: 0 } },
    });
    upstream.answers('www.example.org A', a('www.example.org', '198.51.100.1', 30));
    await ask('www.example.org');
    let refused = 0;
    const count = (octets: Buffer) => {
      if ((octets.readUInt16BE(2) & 15) === RCODE.NXDOMAIN) refused++;
    };
    for (let i = 0; i < FLOOD; i++) {
      pipeline.handle(question(i), { address: parseIpAddress(CLIENT), protocol: 'udp' }, count);
      if (i % 200 === 0) await pipeline.idle();
    }
    await pipeline.idle();
    expect(refused).toBe(FLOOD);
    expect(upstream.asked).toHaveLength(1000);
    expect(limits.budgets.known()).toBe(1000);
    expect(cache.statistics().entries).toBeLessThanOrEqual(1000);
    expect(limits.waiting.taken()).toBe(0);
    expect(denied).toHaveLength(50);
    expect(limits.warnings()).toEqual([expect.stringContaining('49,001 refused')]);
    const known = await now(ask('www.example.org', 'A', { edns: false }));
    expect(known).toMatchObject({ answers: ['A 198.51.100.1'] });
  });
});

const FLOOD = 50_000;

/** A question for a name that was never asked before. */
function question(i: number): Buffer {
  const flags = Buffer.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0);
  const name = parseDomainName(`x${i.toString(36)}.example.org`);
  return Buffer.concat([flags, Buffer.from(name, 'latin1'), Buffer.of(0, TYPE.A, 0, CLASS.IN)]);
}
