import type { LeaseStore } from '../ledger/lease-writer.ts';
import { endLeases, saveLeases } from '../store/leases.ts';
import type { MainDb } from '../store/open.ts';

/** The ledger's leases in SQLite: committed when each call returns. */
export function ledgerStore(db: MainDb): LeaseStore {
  return {
    save: (leases, ends) => saveLeases(db, leases, ends),
    end(keys, endedAt, endCause) {
      endLeases(db, keys, { endedAt, endCause });
    },
  };
}
