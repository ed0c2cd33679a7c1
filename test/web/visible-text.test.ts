import { expect, test } from 'vitest';
import { visibleText } from '../../web/src/lib/visible-text.ts';

test.each([
  ['gpj.evil\u202Egro.elpmaxe', 'gpj.evil\\u202Egro.elpmaxe'],
  ['\u2066a\u2069', '\\u2066a\\u2069'],
  ['posters, since May', 'posters, since May'],
  ['תמונות', 'תמונות'],
])('%j is shown as %j', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});
