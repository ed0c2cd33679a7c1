/** The demo is the first thing people run: it has to come up, tell its story and leave nothing behind. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('sallyport-demo-'));

test('the demo boots Plex through both firewalls, says what to try, and cleans up', {
  timeout: 90_000,
}, async () => {
  const before = left();
  const command = ['scripts/run.mjs', 'scripts/demo.ts', '--once'];
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 80_000 });

  expect(stdout).toMatch(/servers\.plex\.tv +\d+ ms +203\.0\.113\.\d+/);
  expect(stdout).toMatch(/analytics\.plex\.tv +\d+ ms +no such name/);
  expect(stdout).toMatch(/OPNsense now lets through: .*203\.0\.113\./);
  expect(stdout).toMatch(/pfSense now lets through: .*198\.51\.100\./);
  expect(stdout).toMatch(/Page +http:\/\/127\.0\.0\.1:\d+\//);
  expect(left()).toEqual(before);
});
