import { expect, test } from 'vitest';
import { parseRulePattern } from '../../src/actions/rule-pattern.ts';
import { formatPattern } from '../../src/policy/pattern.ts';

test.each([
  'plex.tv',
  '*.plex.tv',
  '.plex.tv',
  '_v2-origintunneld._tcp.argotunnel.com',
  'xn--bcher-kva.example',
])('%s is a pattern', (text) => {
  expect(formatPattern(parseRulePattern(text))).toBe(text);
});

test.each([
  ['bücher.example', 'xn--bcher-kva.example'],
  ['*.Bücher.example.', '*.xn--bcher-kva.example'],
  ['.пример.example', '.xn--e1afmkfd.example'],
])('%s is written in letters of its own', (text, pattern) => {
  expect(formatPattern(parseRulePattern(text))).toBe(pattern);
});

test.each([
  'https://plex.tv/x',
  'plex.tv:443',
  'user@plex.tv',
  '<b>x</b>.org',
  '203.0.113.5',
  'a\\.b.org',
  'a b\u00fc.org',
  '\u0000ü.org',
])('%s could never be asked, so it is refused', (text) => {
  expect(() => parseRulePattern(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});
