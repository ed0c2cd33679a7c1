import type { LedgerFacts } from '../actions/promises.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { oldestLeaseStart } from '../store/leases.ts';
import type { MainDb } from '../store/open.ts';

/** What the promises are judged by. */
export function ledgerFacts({
  db,
  ledger,
  storageProblem,
}: {
  readonly db: MainDb;
  readonly ledger: Pick<Ledger, 'live'>;
  readonly storageProblem: string | undefined;
}): LedgerFacts {
  let endsBeforeTold = 0;
  const kept = new Set<string>();
  for (const { until, toldUntil, cause, address } of ledger.live()) {
    if (until < toldUntil) endsBeforeTold++;
    if (cause === 'outage') kept.add(address);
  }
  return {
    endsBeforeTold,
    keptThroughOutage: kept.size,
    historySince: oldestLeaseStart(db),
    storageProblem,
  };
}
