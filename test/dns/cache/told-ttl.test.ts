/** A law: whatever is asked, answered and waited for, no told TTL ends later than the upstream allowed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UpstreamPort } from '../../../src/dns/stages/ask-upstream.ts';
import { UpstreamFailure } from '../../../src/dns/upstream/upstream.ts';
import { RCODE } from '../../../src/dns/wire/constants.ts';
import type { Response } from '../../../src/dns/wire/response.ts';
import { settle } from '../../support/settle.ts';
import { a, cname, soa } from '../../support/toy-upstream.ts';
import { type Answer, type AskOptions, allow, room } from '../room.ts';

type Upstream = 'address' | 'alias' | 'nxdomain' | 'nodata' | 'fails';
type Step =
  | { readonly do: 'ask'; readonly name: string; readonly asking: AskOptions }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'upstream'; readonly gives: Upstream; readonly ttl: number };

const NAMES = ['a.example.org', 'b.example.org'];
const HOUR = 3_600_000;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      name: fc.constantFrom(...NAMES),
      asking: fc.constantFrom<AskOptions>({}, { edns: false }, { protocol: 'tcp' }, { dnssecOk: true }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(
        fc.constant(900),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 300_000 }),
        fc.constant(24 * HOUR),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('upstream' as const),
      gives: fc.constantFrom<Upstream>('address', 'alias', 'nxdomain', 'nodata', 'fails'),
      ttl: fc.constantFrom(0, 1, 2, 10, 60, 300, 90_000),
    }),
  },
);

interface Given {
  readonly at: number;
  readonly ttl: number;
}

test('no told TTL exceeds what the upstream gave less the time passed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const given = new Map<string, Given>();
      const now = { gives: 'address' as Upstream, ttl: 60 };
      const { ask, clock, logged } = room({
        rules: [allow('.example.org')],
        upstreamOf: (clock) => numbered(now, (id) => given.set(id, { at: clock.now(), ttl: now.ttl })),
      });
      for (const step of steps) {
        if (step.do === 'upstream') Object.assign(now, step);
        if (step.do === 'wait') clock.advance(step.ms);
        if (step.do === 'ask') {
          const answer = await ask(step.name, 'A', step.asking);
          expectNoneTooLong(answer, logged.at(-1)?.reason === 'stale', given, clock.now());
        }
        await settle(2);
      }
    }),
    { numRuns: 150, examples: [[TWO_CACHES_COUNT]] },
  );
});

/** Parts of a second in both caches make a whole one. */
const TWO_CACHES_COUNT: Step[] = [
  { do: 'ask', name: 'a.example.org', asking: {} },
  { do: 'wait', ms: 900 },
  { do: 'ask', name: 'a.example.org', asking: { edns: false } },
  { do: 'wait', ms: 900 },
  { do: 'ask', name: 'a.example.org', asking: { edns: false } },
];

/** Every answer can be told from all others: by its address, or by the minimum of its SOA. */
function numbered(
  now: { readonly gives: Upstream; readonly ttl: number },
  give: (id: string) => void,
): UpstreamPort {
  let n = 0;
  return {
    async resolve({ name }) {
      if (now.gives === 'fails') throw new UpstreamFailure('servfail', 'The upstream answered SERVFAIL');
      n++;
      const address = `198.18.${n >> 8}.${n & 255}`;
      const minimum = LARGE + n;
      const owner = NAMES.find((text) => name.includes(text.slice(0, 1))) ?? '';
      give(`A ${address}`);
      give(String(minimum));
      const answers = {
        address: [a(owner, address, now.ttl)],
        alias: [cname(owner, 'target.example', now.ttl), a('target.example', address, now.ttl)],
        nxdomain: [],
        nodata: [],
      }[now.gives];
      const isNegative = answers.length === 0;
      const response: Response = {
        rcode: now.gives === 'nxdomain' ? RCODE.NXDOMAIN : RCODE.NOERROR,
        authoritative: false,
        truncated: false,
        authenticData: false,
        edns: true,
        answers,
        authority: isNegative ? [soa('example.org', minimum, now.ttl)] : [],
      };
      return { response, upstream: 'upstream' };
    },
  };
}

function expectNoneTooLong(
  answer: Answer,
  isStale: boolean,
  given: ReadonlyMap<string, Given>,
  now: number,
): void {
  const address = answer.answers.find((record) => record.startsWith('A '));
  const told = [
    ...answer.ttls.map((ttl) => ({ ttl, id: address })),
    ...answer.authority.map(({ ttl, minimum }) => ({ ttl, id: String(minimum) })),
  ];
  for (const { ttl, id } of told) {
    const { at, ttl: allowed } = given.get(id ?? '') ?? { at: Number.NaN, ttl: Number.NaN };
    const left = allowed - Math.floor((now - at) / 1000);
    if (isStale) {
      expect(ttl).toBe(30);
      expect(-left).toBeLessThanOrEqual(24 * 3600);
    } else expect(ttl).toBeLessThanOrEqual(left);
  }
}

/** Above every TTL, so that it is never the lesser. */
const LARGE = 1_000_000;
