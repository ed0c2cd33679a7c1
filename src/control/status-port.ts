import type { PlaneStatus, RunningStatus, StatusPort } from '../api/ports.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MainDb } from '../store/open.ts';
import type { Feeds } from './feeds/feeds.ts';
import type { Firewalls } from './firewalls.ts';
import type { Health } from './health.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { ledgerFacts } from './ledger-facts.ts';
import type { Recorder } from './recorder.ts';
import { defaultGateways, statusWarnings } from './status-warnings.ts';

export interface StatusParts {
  readonly version: string;
  readonly startedAt: number;
  readonly planes: () => readonly PlaneStatus[];
  readonly health: () => Health;
  readonly db: MainDb;
  readonly ledger: Pick<Ledger, 'live'>;
  readonly lastDay: () => RunningStatus['lastDay'];
  readonly keeper: Pick<LeaseKeeper, 'counters'>;
  readonly recorder: Pick<Recorder, 'problem'>;
  readonly feeds: Pick<Feeds, 'reports'>;
  readonly firewalls: Pick<Firewalls, 'reports' | 'warnings'>;
  readonly nextRunAt: () => number | undefined;
}

/** What each part knows of itself, put together when somebody asks. */
export function statusPort(parts: StatusParts): StatusPort {
  const { db, ledger, keeper, recorder, feeds, firewalls } = parts;
  const gateways = defaultGateways();
  return {
    read() {
      const health = parts.health();
      const storageProblem = recorder.problem();
      const nextRunAt = parts.nextRunAt();
      return {
        version: parts.version,
        startedAt: parts.startedAt,
        planes: parts.planes(),
        ...(nextRunAt === undefined ? {} : { nextRunAt }),
        listeners: health.listeners,
        upstreams: health.upstreams,
        counters: { ...health.counters, ...keeper.counters() },
        lastDay: parts.lastDay(),
        ledger: ledgerFacts({ db, ledger, storageProblem }),
        warnings: [
          ...statusWarnings({
            storage: storageProblem,
            upstreams: health.upstreams.length,
            onlyClient: health.onlyClient,
            gateways,
            feeds: feeds.reports(),
            adopted: [...ledger.live()].filter(({ cause }) => cause === 'adopted'),
          }),
          ...firewalls.warnings(),
          ...health.warnings,
        ],
      };
    },
    ready: () => firewalls.reports().every((report) => report.status.state !== 'starting'),
  };
}
