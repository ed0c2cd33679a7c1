import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { formatPattern, parsePattern, patternMatches } from '../../src/policy/pattern.ts';
import { compilePolicy, type PolicyRule } from '../../src/policy/policy.ts';

const A = 1;
const TXT = 16;
const NOW = 1_000_000;

let nextId = 1;
function rule(text: string, more: Partial<PolicyRule> = {}): PolicyRule {
  const [action, pattern] = text.split(' ') as ['allow' | 'deny', string];
  return {
    id: nextId++,
    action,
    pattern: parsePattern(pattern),
    types: [1, 28],
    temporary: false,
    expiresAt: undefined,
    private: false,
    ...more,
  };
}

function verdict(
  rules: readonly PolicyRule[],
  name: string,
  qtype = A,
  mode: 'learn' | 'enforce' | 'paused' = 'enforce',
) {
  return compilePolicy(rules).decide(parseDomainName(name), qtype, mode, NOW);
}

describe('patterns', () => {
  test.each([
    ['example.org', 'example.org', true],
    ['example.org', 'a.example.org', false],
    ['*.example.org', 'a.b.example.org', true],
    ['*.example.org', 'example.org', false],
    ['.example.org', 'example.org', true],
    ['.example.org', 'a.example.org', true],
    ['.example.org', 'notexample.org', false],
    ['EXAMPLE.org', 'example.ORG', true],
  ])('%s against %s: %s', (pattern, name, expected) => {
    expect(patternMatches(parsePattern(pattern), parseDomainName(name))).toBe(expected);
  });

  test.each(['*', '.', '*.', 'a.*.org', 'a..b', '', '*example.org'])('%j is refused', (text) => {
    expect(() => parsePattern(text)).toThrow(RangeError);
  });

  test('a pattern prints as it was read', () => {
    for (const text of ['example.org', '*.example.org', '.example.org'])
      expect(formatPattern(parsePattern(text))).toBe(text);
  });

  test('a label that contains a dot is not two labels', () => {
    expect(patternMatches(parsePattern('*.allowed.org'), parseDomainName('www\\.allowed.org'))).toBe(false);
  });
});

describe('precedence', () => {
  test.each<[string, PolicyRule[], string, boolean | string]>([
    ['nothing allows it', [rule('allow plex.tv')], 'example.org', 'no-rule'],
    ['exact beats suffix deny', [rule('deny *.plex.tv'), rule('allow a.plex.tv')], 'a.plex.tv', true],
    [
      'exact deny beats suffix allow',
      [rule('allow .plex.tv'), rule('deny analytics.plex.tv')],
      'analytics.plex.tv',
      'deny-rule',
    ],
    [
      'the longer suffix wins',
      [rule('allow *.plex.tv'), rule('deny *.ads.plex.tv')],
      'x.ads.plex.tv',
      'deny-rule',
    ],
    [
      'deny beats allow at equal specificity',
      [rule('allow plex.tv'), rule('deny plex.tv')],
      'plex.tv',
      'deny-rule',
    ],
    [
      'a temporary rule beats deny at equal specificity',
      [rule('deny plex.tv'), rule('allow plex.tv', { temporary: true, expiresAt: NOW + 1 })],
      'plex.tv',
      true,
    ],
    [
      'an expired temporary rule is not there',
      [rule('deny plex.tv'), rule('allow plex.tv', { temporary: true, expiresAt: NOW })],
      'plex.tv',
      'deny-rule',
    ],
    [
      '.name is less specific than name',
      [rule('allow .plex.tv'), rule('deny plex.tv')],
      'plex.tv',
      'deny-rule',
    ],
    ['a name above an allowed one is not nonexistent', [rule('allow *.plex.tv')], 'plex.tv', 'above-allowed'],
    ['nor is its grandparent', [rule('allow a.b.plex.tv')], 'tv', 'above-allowed'],
  ])('%s', (_, rules, name, expected) => {
    const found = verdict(rules, name);
    expect(found.allowed ? true : found.reason).toBe(expected);
  });

  test('a type that no rule lists is refused for its type', () => {
    expect(verdict([rule('allow plex.tv')], 'plex.tv', TXT)).toMatchObject({
      allowed: false,
      reason: 'qtype',
    });
    expect(verdict([rule('allow plex.tv', { types: [TXT] })], 'plex.tv', TXT)).toMatchObject({
      allowed: true,
    });
    expect(verdict([rule('allow plex.tv', { types: 'any' })], 'plex.tv', 65_280)).toMatchObject({
      allowed: true,
    });
    expect(verdict([rule('deny plex.tv')], 'plex.tv', TXT)).toMatchObject({ reason: 'deny-rule' });
  });
});

test.each(['learn', 'paused'] as const)(
  '%s lets everything through but deny rules, and says what enforcing would do',
  (mode) => {
    const rules = [rule('deny analytics.plex.tv')];
    expect(verdict(rules, 'example.org', A, mode)).toMatchObject({
      allowed: true,
      reason: mode,
      wouldBe: { reason: 'no-rule' },
    });
    expect(verdict(rules, 'analytics.plex.tv', A, mode)).toMatchObject({
      allowed: false,
      reason: 'deny-rule',
    });
  },
);
