import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createNetworks } from '../../../src/reports/risk/networks.ts';
import { openRangesFile } from '../../../src/reports/risk/ranges-file.ts';
import { tempDir } from '../../store/temp.ts';
import { ip } from '../../store/world.ts';

function rangesFile(...lines: string[]) {
  const path = join(tempDir(), 'ranges.csv');
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  const file = openRangesFile(path);
  onTestFinished(() => file.close());
  return file;
}

describe('a file of ranges', () => {
  test('finds the range, its ends included, and nothing between two', () => {
    const file = rangesFile('10,19,a', '20,29,"b, ""c"" and d"', '40,49,é');
    const found = [9n, 10n, 19n, 20n, 29n, 30n, 39n, 40n, 49n, 50n].map((one) => file.find(one)?.join('|'));
    const b = 'b, "c" and d';
    expect(found).toEqual([undefined, 'a', 'a', b, b, undefined, undefined, 'é', 'é', undefined]);
  });

  test('may be empty', () => {
    expect(rangesFile().find(1n)).toBeUndefined();
  });

  test('of any length is searched as a walk over it would find it', () => {
    const ranges = fc.array(fc.tuple(fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 250 })), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(ranges, fc.array(fc.nat(45_000), { maxLength: 50 }), (made, asked) => {
        let next = 0;
        const all = made.map(([gap, length, text], index) => {
          const first = next + gap;
          next = first + length + 1;
          return { first, last: first + length, name: `${index}${'x'.repeat(text)}` };
        });
        const file = rangesFile(...all.map(({ first, last, name }) => `${first},${last},${name}`));
        for (const one of asked) {
          const expected = all.find(({ first, last }) => first <= one && one <= last);
          expect(file.find(BigInt(one))).toEqual(expected === undefined ? undefined : [expected.name]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('that is something else is refused', () => {
    expect(() => rangesFile('<html>').find(1n)).toThrow('not a range: "<html>"');
  });
});

describe('networks', () => {
  test('are unknown where the data is not installed', () => {
    expect(createNetworks(() => undefined).of(ip('1.1.1.1'))).toBeUndefined();
  });

  test.each([
    ['1.1.1.1', { asn: 13335, name: 'Cloudflare, Inc.', country: 'AU' }],
    ['104.18.26.211', { asn: 13335, name: 'Cloudflare, Inc.' }],
    ['2606:4700:4400::ac40:9267', { asn: 13335, name: 'Cloudflare, Inc.' }],
    ['151.101.1.6', { asn: 54113, name: 'Fastly, Inc.' }],
    ['2001:67c:2e8:22::c100:68b', { asn: 3333 }],
    ['44.210.41.33', { asn: 14618 }],
  ])('of %s, in the data that comes along', (address, expected) => {
    const networks = createNetworks();
    onTestFinished(() => networks.close());
    expect(networks.of(ip(address))).toMatchObject(expected);
    expect(networks.of(ip(address))).toMatchObject(expected);
  });

  test.each(['10.0.0.1', '192.168.20.5', '255.255.255.255', '0.0.0.0', 'fd00::1', '::', 'ffff::1'])(
    '%s is in none',
    (address) => {
      const networks = createNetworks();
      onTestFinished(() => networks.close());
      expect(networks.of(ip(address))).toBeUndefined();
    },
  );
});
