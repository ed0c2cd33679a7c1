import type { Log } from '../base/log.ts';
import type { MainDb } from '../store/open.ts';
import { recordRun } from '../store/runs.ts';
import type { SyncRun } from '../sync/sync-run.ts';

export interface RunHistoryDeps {
  readonly db: MainDb;
  readonly log: Log;
  readonly firewallId: number;
  readonly alias: string;
  /** Runs a write; false when the disk is full. */
  readonly attempt: (what: string, write: () => void) => boolean;
}

/** Writes down and logs the runs that are news: those that changed something, and trouble when it begins or changes. */
export function createRunHistory({
  db,
  log,
  firewallId,
  alias,
  attempt,
}: RunHistoryDeps): (run: SyncRun) => void {
  let lastTrouble = '';
  return (run) => {
    const { outcome } = run;
    // The same trouble as in the run before is no news: a dead firewall would fill the history with itself.
    // How long it took this time is none either.
    const trouble = run.changes.length === 0 ? `${outcome} ${run.detail.replaceAll(/\d+ ms/g, '')}` : '';
    const isNews = trouble === '' || trouble !== lastTrouble;
    lastTrouble = trouble;
    if (outcome === 'unchanged' || !isNews) return;
    attempt('sync runs', () => recordRun(db, { ...run, outcome, firewallId }, run.changes));
    const about = {
      trigger: run.trigger,
      outcome,
      desired: run.desired,
      took: run.finishedAt - run.startedAt,
      ...Object.fromEntries(
        Map.groupBy(run.changes, (change) => change.change)
          .entries()
          .map(([change, list]) => [change, list.length]),
      ),
    };
    if (outcome === 'applied') log.info(about, `alias ${alias} in sync`);
    else log.warn(about, run.detail);
  };
}
