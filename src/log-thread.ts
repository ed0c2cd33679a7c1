/** The log thread: the one writer of the query log, so that a slow disk delays neither answers nor leases. */
import type { AppConfig } from './app-config.ts';
import { KnownError } from './base/errors.ts';
import { type Port, portOf } from './plane/port.ts';
import type { LogBatch } from './plane/protocol.ts';
import { createQueryTap, type FromTap, type ToTap } from './plane/query-tap.ts';
import { runWorker } from './plane/worker.ts';
import { AGGREGATE_DAYS, RAW_DAYS } from './store/days-kept.ts';
import { openQueryLogToWrite } from './store/open-file.ts';
import { createQueryLogWriter } from './store/querylog/writer.ts';

runWorker<AppConfig>(({ config, clock, log }) => {
  const db = openQueryLogToWrite({ dataDir: config.dataDir, log, appVersion: config.version });
  const writer = createQueryLogWriter(db);
  let failing = false;

  /** What happens when the disk takes nothing is said once. */
  const attempt = (write: () => void) => {
    try {
      write();
      failing = false;
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      if (!failing) log.error({ why: error.message, hint: error.hint }, 'query log lines are lost');
      failing = true;
    }
  };
  const prune = () => {
    let more = false;
    attempt(() => {
      const daysAgo = (days: number) => clock.now() - days * 24 * 3_600_000;
      more = writer.prune({ raw: daysAgo(RAW_DAYS), counts: daysAgo(AGGREGATE_DAYS) });
    });
    cancelPrune = clock.after(more ? 1000 : 3_600_000, prune);
  };
  let cancelPrune = clock.after(60_000, prune);

  let watcher: Port<ToTap, FromTap> | undefined;
  const tap = createQueryTap(clock, (batch) => watcher?.post(batch));

  return {
    peer(plane, messagePort) {
      if (plane === 'control') {
        tap.off();
        watcher = portOf<ToTap, FromTap>(messagePort);
        watcher.listen(tap.obey);
        return;
      }
      const port = portOf<LogBatch, { readonly seq: number }>(messagePort);
      port.listen((batch) => {
        let ids: readonly number[] = [];
        attempt(() => {
          ids = writer.write(batch.lines);
        });
        port.post({ seq: batch.seq });
        tap.add(batch.lines, ids);
      });
    },
    gone(plane) {
      if (plane !== 'control') return;
      tap.off();
      watcher = undefined;
    },
    stop() {
      cancelPrune();
      db.close();
    },
  };
});
