import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyAnswers } from '../../src/actions/decide-covered.ts';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parsePattern, patternMatches } from '../../src/policy/pattern.ts';
import type { Denial } from '../../src/store/denials.ts';
import type { Rule } from '../../src/store/rules.ts';

const label = fc.constantFrom('a', 'b', 'c');
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const pattern = fc.tuple(fc.constantFrom('', '.', '*.'), name).map((parts) => parts.join(''));
const types = fc.subarray(['A', 'AAAA', 'TXT', 'ANY'], { minLength: 1 });
const rule = fc.record({ pattern, types, action: fc.constantFrom('allow', 'deny'), createdAt: fc.nat(3) });

test('finds what looking at every rule would find', () => {
  fc.assert(
    fc.property(
      fc.array(rule),
      name,
      fc.subarray(['A', 'TXT'], { minLength: 1 }),
      fc.nat(3),
      (drawn, text, qtypes, since) => {
        const rules = drawn as unknown as readonly Rule[];
        const denial = { name: parseDomainName(text), qtypes } as unknown as Denial;
        const isMeant = ({ createdAt }: Rule) => createdAt <= since;
        const expected = rules.some(
          (one) =>
            isMeant(one) &&
            patternMatches(parsePattern(one.pattern), denial.name) &&
            (one.action === 'deny' ||
              one.types.includes('ANY') ||
              qtypes.some((type) => one.types.includes(type))),
        );
        expect(anyAnswers(rules)(denial, isMeant)).toBe(expected);
      },
    ),
  );
});
