import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rows } from './table.ts';

test('every row of docs/faults.md has one test, and every test a row', () => {
  const folder = new URL('.', import.meta.url);
  const tested = readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^ *fault\('([a-z-]+)'/gm)])
    .map(([, id]) => id);
  expect(tested.toSorted()).toEqual(
    rows()
      .map(({ id }) => id)
      .toSorted(),
  );
});
