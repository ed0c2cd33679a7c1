/** The demo is the first thing people run: it has to come up, tell its story and leave nothing behind. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

test('the demo boots Plex through both firewalls, says what to try, and cleans up', {
  timeout: 90_000,
}, async () => {
  // A place of its own: other houses of the demo come and go beside it.
  const place = await mkdtemp(join(tmpdir(), 'sallyport-once-'));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const command = ['scripts/run.mjs', 'scripts/demo.ts', '--once'];
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    timeout: 80_000,
    env: { ...process.env, TMPDIR: place },
  });

  expect(stdout).toMatch(/servers\.plex\.tv +\d+ ms +203\.0\.113\.\d+/);
  expect(stdout).toMatch(/analytics\.plex\.tv +\d+ ms +no such name/);
  expect(stdout).toMatch(/OPNsense now lets through: .*203\.0\.113\./);
  expect(stdout).toMatch(/pfSense now lets through: .*198\.51\.100\./);
  expect(stdout).toMatch(/Page +http:\/\/127\.0\.0\.1:\d+\//);
  expect(await readdir(place)).toEqual([]);
});
