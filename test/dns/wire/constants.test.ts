import { expect, test } from 'vitest';
import { rcodeName, typeName, typeNumber } from '../../../src/dns/wire/constants.ts';

test.each([
  [1, 'A'],
  [28, 'AAAA'],
  [65, 'HTTPS'],
  [65280, 'TYPE65280'],
])('type %i is %s, both ways', (number, text) => {
  expect(typeName(number)).toBe(text);
  expect(typeNumber(text)).toBe(number);
  expect(typeNumber(text.toLowerCase())).toBe(number);
});

test('a known type may be written as its number', () => expect(typeNumber('TYPE65')).toBe(65));

test.each(['', 'HTPS', 'TYPE', 'TYPE65536', 'TYPE-1', '65'])('%j is no type', (text) => {
  expect(() => typeNumber(text)).toThrow(new RegExp(`not a record type: "${text}"`));
});

test('rcodes have names', () => {
  expect(rcodeName(3)).toBe('NXDOMAIN');
  expect(rcodeName(4095)).toBe('RCODE4095');
});
