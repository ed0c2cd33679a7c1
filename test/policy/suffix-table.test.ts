import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DomainName, parentOf, parseDomainName } from '../../src/base/domain-name.ts';
import { buildSuffixTable } from '../../src/policy/suffix-table.ts';

/** Few labels, so that names are often above, below and beside one another. */
const names = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'a\\.b', 'org'), { maxLength: 4 })
  .map((labels) => parseDomainName(labels.length === 0 ? '.' : labels.join('.')));

test('what stands under a name and above it is found, the nearest first', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.boolean()), { maxLength: 40 }), names, (entries, asked) => {
      const values = new Map(entries.map(([name, isForBelow]) => [name, { name, isForBelow }]));
      const expected: DomainName[] = [];
      for (let up: DomainName | undefined = asked; up !== undefined; up = parentOf(up)) {
        const value = values.get(up);
        if (value !== undefined && (value.isForBelow || up === asked)) expected.push(up);
      }
      const table = buildSuffixTable(values, ({ isForBelow }) => isForBelow);
      expect(table.upwards(asked).map(({ name }) => name)).toEqual(expected);
    }),
  );
});

test('a label that contains a dot is not two labels', () => {
  const table = buildSuffixTable(new Map([[parseDomainName('b.org'), 1]]), () => true);
  expect(table.upwards(parseDomainName('a\\.b.org'))).toEqual([]);
  expect(table.upwards(parseDomainName('a.b.org'))).toEqual([1]);
});
