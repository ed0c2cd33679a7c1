/** The configuration as code over a real database, with a file in memory. */
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../src/base/clock.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createConfiguration } from '../../src/control/configuration/configuration.ts';
import { createRehearsal, type Rehearse } from '../../src/control/configuration/rehearsal.ts';
import { readOpenings } from '../../src/control/openings.ts';
import type { Lease } from '../../src/ledger/lease.ts';
import { allGroupNames } from '../../src/store/groups.ts';
import { liveLeases } from '../../src/store/leases.ts';
import type { MainDb } from '../../src/store/open.ts';
import { getRule } from '../../src/store/rules.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));

export interface FileInMemory {
  /** undefined: there is none. */
  text: string | undefined;
  /** What the next start would be given if the file is broken then. */
  kept: string | undefined;
  /** Files that secrets are in. */
  readonly others: Record<string, string>;
  readonly env: Record<string, string>;
}

export function configurationFile(text?: string): FileInMemory {
  return { text, kept: undefined, others: {}, env: {} };
}

export function configurationOf(
  db: MainDb,
  clock: Clock,
  file: FileInMemory,
  rehearse: Rehearse = rehearsalOf(db, clock),
) {
  const read = () => {
    const named = file.text === undefined ? {} : { SALLYPORT_CONFIG: '/config/sallyport.yaml' };
    const env = { ...named, ...file.env };
    const readFile = (path: string) => {
      const found = path === '/config/sallyport.yaml' ? file.text : file.others[path];
      if (found === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return found;
    };
    return { loaded: loadConfig({ env, readFile, databaseSettings: {} }), text: file.text };
  };
  return createConfiguration({
    db,
    clock,
    catalog,
    rehearse,
    env: file.env,
    running: read().loaded,
    read,
    keep(text) {
      file.kept = text;
    },
    problem: undefined,
  });
}

/** With the leases that the database has: of each that is live, its rule alone says whether it stays. */
export function rehearsalOf(db: MainDb, clock: Clock): Rehearse {
  let leases: readonly Lease[] = [];
  return createRehearsal({
    db,
    live: () => leases,
    wouldEnd() {
      // What ends is told by the leases themselves, as the ledger has them.
      leases = liveLeases(db);
      return leases.filter(({ ruleId }) => ruleId !== undefined && getRule(db, ruleId).endedAt !== undefined);
    },
    openings: () => readOpenings(db, clock.now()),
    groupNames: () => allGroupNames(db),
    firewalls: () => [],
  });
}
