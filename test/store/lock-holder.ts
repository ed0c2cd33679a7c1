/** A process of its own that takes a data directory, says so, writes one setting and waits to be killed. */
import { silentLog } from '../../src/base/log.ts';
import { lockDataDirectory } from '../../src/store/data-directory.ts';
import { openMainDatabase } from '../../src/store/open.ts';
import { writeSetting } from '../../src/store/settings.ts';

const [dataDir = ''] = process.argv.slice(2);
lockDataDirectory(dataDir);
const db = openMainDatabase({ dataDir, log: silentLog(), appVersion: '0.1.0' });
writeSetting(db, 'written-by', process.pid);
// What nobody keeps is collected; the directory has to stay taken.
globalThis.gc?.();
process.stdout.write('holding\n');
setInterval(() => {}, 60_000);
