import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('a server is made without the compilers of Fastify, of which nothing is used', async () => {
  const program = `
    const { createRequire } = await import('node:module');
    const { createServer, TIMEOUTS } = await import('./src/api/http-server.ts');
    await createServer(undefined, TIMEOUTS, () => '/').ready();
    console.log(Object.keys(createRequire(import.meta.url).cache).join('\\n'));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  const loaded = [
    ...new Set([...stdout.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(([, name]) => name)),
  ];
  expect(loaded).toContain('fastify');
  expect(loaded).not.toContain('ajv');
  expect(loaded).not.toContain('@fastify/fast-json-stringify-compiler');
});
