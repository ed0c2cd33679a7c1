/** Runs on a small file system of its own: writes until it is full, then says what happened and whether it goes on. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KnownError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { openMainDatabase } from '../../src/store/open.ts';
import { readSetting, writeSetting } from '../../src/store/settings.ts';

const [dataDir = ''] = process.argv.slice(2);
const db = openMainDatabase({ dataDir, log: silentLog(), appVersion: '0.1.0' });
const ballast = join(dataDir, 'ballast');
writeFileSync(ballast, Buffer.alloc(2_000_000));
writeSetting(db, 'before', true);

let full: unknown;
try {
  for (let i = 0; i < 10_000; i++) writeSetting(db, `fill-${i}`, 'x'.repeat(4000));
} catch (error) {
  full = error;
}
const before = readSetting(db, 'before');
rmSync(ballast);
writeSetting(db, 'after', true);
console.log(
  JSON.stringify({
    code: full instanceof KnownError ? full.code : String(full),
    message: full instanceof Error ? full.message : '',
    before,
    after: readSetting(db, 'after'),
  }),
);
