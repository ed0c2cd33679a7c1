import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditActions } from '../../web/src/texts/en/audit-actions.ts';

const KINDS = new Set(Object.keys(auditActions).map((action) => action.split('.')[0]));

test('whatever can stand in the audit has words on the page', () => {
  const written = globSync('src/{actions,api/access,api/routes,cli,control}/**/*.ts')
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/'([a-z]+)\.([a-z-]+)'/g)])
    .filter(([, kind]) => KINDS.has(kind))
    .map(([, kind, what]) => `${kind}.${what}`);
  expect(written.length).toBeGreaterThan(50);
  expect([...new Set(written)].filter((action) => !(action in auditActions))).toEqual([]);
});
