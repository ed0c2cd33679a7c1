import { describe, expect, test } from 'vitest';
import { readYaml } from '../../src/config/yaml-file.ts';

const problems = (text: string) =>
  readYaml(text, 'f.yaml').problems.map(({ key, wanted }) => `${key} ${wanted}`);

test('each value is known by its line', () => {
  const file = readYaml(
    'file: off\ngroups:\n  - name: plex\n    rules:\n      - allow: a.example\n',
    'f.yaml',
  );
  expect(file.sourceOf(['groups', 0, 'rules', 0])).toBe('f.yaml:5');
  expect(file.values).toEqual({ file: 'off', groups: [{ name: 'plex', rules: [{ allow: 'a.example' }] }] });
});

describe('a file that is made to hurt', () => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 10; i++)
    bomb.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  test.each([
    ['a bomb of aliases', bomb.join('\n'), 'f.yaml its aliases (*) repeat too much; write it out'],
    ['an alias inside itself', 'a: &a [*a]', 'f.yaml an alias (*) must not stand inside what it repeats'],
    ['brackets', '['.repeat(200_000), 'f.yaml nested more than 64 levels deep'],
    ['dashes', '- '.repeat(200_000), 'f.yaml nested more than 64 levels deep'],
    ['question marks', '? '.repeat(200_000), 'f.yaml nested more than 64 levels deep'],
    [
      'a tag of its own',
      'a: 1\nb: !!js/function x',
      'f.yaml:2 Unresolved tag: tag:yaml.org,2002:js/function',
    ],
    ['octets in base64', 'b: !!binary aGk=', 'f.yaml:1 Unresolved tag: tag:yaml.org,2002:binary'],
    ['a key twice', 'a: 1\nb: 2\na: 3', 'f.yaml:3 Map keys must be unique'],
    ['a list where keys belong', '- a', 'f.yaml:1 write `key: value` lines'],
  ])('%s', (_, text, problem) => {
    expect(problems(text)).toEqual([problem]);
    expect(readYaml(text, 'f.yaml').values).toEqual({});
  });

  test('a megabyte of keys is read in time that grows with its length only', () => {
    const cost = (keys: number) => {
      const text = Array.from({ length: keys }, (_, i) => `k${i}: 1`).join('\n');
      const before = process.cpuUsage();
      readYaml(text, 'f.yaml');
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    cost(2000);
    // Comparing each key with each, ten times as many cost a hundred times as much.
    expect(cost(40_000)).toBeLessThan(40 * cost(4000));
  });

  test('keys that JavaScript has words for are keys like others', () => {
    const { values } = readYaml('__proto__: { polluted: true }\n', 'f.yaml');
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
