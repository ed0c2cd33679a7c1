import { expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { ToldTerms } from '../../src/gate/told-terms.ts';
import { manualClock } from '../support/manual-clock.ts';

const name = parseDomainName('plex.tv');
const address = parseIpAddress('198.51.100.1');
const lease = { groupId: 1, name, address };

test('what was told for a while is good for that, though it was told again for less', () => {
  const terms = new ToldTerms(manualClock(0));
  terms.note({ groupId: 1, name }, [address], 300);
  terms.note({ groupId: 1, name }, [address], 10);
  // A repeated reply counts down in whole seconds.
  expect(terms.until(lease)).toBe(301_000);
});

test('of too many the one that was told longest ago is forgotten, though its term runs', () => {
  const terms = new ToldTerms(manualClock(0));
  const nth = (n: number) => parseIpAddress(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  for (let n = 0; n <= 20_000; n++) terms.note({ groupId: 1, name }, [nth(n)], 300);
  const known = [0, 1, 20_000].map((n) => terms.until({ ...lease, address: nth(n) }));
  expect(known).toEqual([undefined, 301_000, 301_000]);
});
