/** The commands on a real data directory; no Sallyport runs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mainDb, queryLogDb, tempDir } from '../store/temp.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/sallyport.mjs', import.meta.url));

function sallyport(dataDir: string, args: readonly string[], input = 'a long enough passphrase\n') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args, '--data-dir', dataDir], {
    encoding: 'utf8',
    input,
  });
  return { code: status, out: stdout, err: stderr };
}

test('a backup and the way back, with the passphrase from a pipe', () => {
  const dataDir = tempDir();
  mainDb(dataDir);
  queryLogDb(dataDir);
  const file = join(tempDir(), 'a.backup');
  expect(sallyport(dataDir, ['backup', file])).toMatchObject({
    code: 0,
    out: expect.stringContaining('sallyport restore a.backup'),
  });
  const fresh = tempDir();
  expect(sallyport(fresh, ['restore', file], 'not the passphrase\n')).toMatchObject({
    code: 1,
    err: expect.stringContaining('cannot be opened with this passphrase'),
  });
  const { code, out } = sallyport(fresh, ['restore', file, '--json']);
  expect([code, JSON.parse(out)]).toMatchObject([0, { app: '0.1.0' }]);
  expect(existsSync(join(fresh, 'querylog.db'))).toBe(true);
});
