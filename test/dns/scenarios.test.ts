import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { play, readScenario } from './scenarios/play.ts';

const FOLDER = fileURLToPath(new URL('scenarios/', import.meta.url));
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.scenario'));

test.each(files.map((file) => readScenario(file, readFileSync(`${FOLDER}${file}`, 'utf8'))))(
  '$file: $title',
  (scenario) => play(scenario),
);

describe('a scenario that goes wrong', () => {
  test.each([
    [
      'what was expected and what came',
      'expect NOERROR 192.0.2.1 ttl 60',
      /^x:3: expect NOERROR.*\nanswer\n {2}is {7}NXDOMAIN/,
    ],
    ['a step nobody knows', 'dance', /^x:3: dance\nnothing is known to do here/],
    ['a span that is none', 'time passes soon', /^x:3: .*\nnot a span of time: soon/],
  ])('names file and line: %s', async (_, line, message) => {
    await expect(play(readScenario('x', `Title.\nask gone.example.org A\n${line}`))).rejects.toThrow(message);
  });
});
