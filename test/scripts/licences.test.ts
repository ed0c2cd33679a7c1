import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  isAllowed,
  type Lock,
  licencesPage,
  PAGE,
  pageDependencies,
  productionDependencies,
} from '../../scripts/support/licences.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const lock = JSON.parse(read('package-lock.json')) as Lock;

test('everything that is installed to run Sallyport is under a licence that lets us ship it', () => {
  const refused = [...productionDependencies(lock), ...pageDependencies(lock)].filter(
    ({ licence }) => !isAllowed(licence),
  );
  expect(refused).toEqual([]);
});

test('docs/licences.md is what is locked: `npm run licences` writes it', () => {
  expect(read('docs/licences.md')).toBe(licencesPage(productionDependencies(lock), pageDependencies(lock)));
});

test('every package the page imports is listed as one of it', () => {
  const files = readdirSync('web/src', { recursive: true, encoding: 'utf8' }).filter((f) =>
    /\.tsx?$/.test(f),
  );
  const imported = files.flatMap((file) =>
    [...read(`web/src/${file}`).matchAll(/^(?:import|export) (?!type ).*?from '([^'.][^']*)'/gms)].map(
      ([, specifier = '']) =>
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
    ),
  );
  expect([...new Set(imported)].sort()).toEqual([...PAGE].sort());
});

test('what is only needed to build and test is not listed', () => {
  const names = productionDependencies(lock).map(({ name }) => name);
  expect(names).toContain('fastify');
  expect(names).toContain('openid-client');
  expect(names).not.toContain('vitest');
  expect(names).not.toContain('oidc-provider');
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['(MIT AND GPL-3.0-only)', false],
  ['MIT AND ISC', true],
  ['GPL-3.0-only', false],
  ['AGPL-3.0-or-later', false],
  ['SEE LICENSE IN LICENSE', false],
  ['CC-BY-4.0', true],
  ['CC-BY-NC-4.0', false],
  ['UNLICENSED', false],
  [undefined, false],
])('%s: %s', (licence, allowed) => {
  expect(isAllowed(licence)).toBe(allowed);
});

test('the lock says what the packages say', () => {
  for (const { name, version, licence } of productionDependencies(lock)) {
    const path = `node_modules/${name}/package.json`;
    const manifest = readIfInstalled(path);
    const locked = lock.packages[`node_modules/${name}`]?.license;
    if (manifest?.version === version) expect([name, manifest.license]).toEqual([name, locked ?? licence]);
  }
});

/** Packages for other platforms are not. */
function readIfInstalled(path: string): { readonly version?: string; readonly license?: string } | undefined {
  try {
    return JSON.parse(read(path)) as { version?: string; license?: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
