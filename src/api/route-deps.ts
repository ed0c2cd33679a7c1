import type { Actions } from '../actions/actions.ts';
import type { BackupPort } from '../actions/backups.ts';
import type { ConfigurationPort } from '../actions/configuration/ports.ts';
import type { CachePort, FeedPort, LeasePort, SyncPort } from '../actions/ports.ts';
import type { QueryPort } from '../actions/query-port.ts';
import type { Clock } from '../base/clock.ts';
import type { Catalog } from '../catalog/load.ts';
import type { MainDb } from '../store/open.ts';
import type { ListPort, StatusPort } from './ports.ts';

/** What routes read from and act through. */
export interface RouteDeps {
  readonly actions: Actions;
  readonly db: MainDb;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly sync: SyncPort;
  readonly leases: LeasePort;
  readonly cache: CachePort;
  readonly feeds: FeedPort;
  readonly queries: QueryPort;
  readonly backups: BackupPort;
  readonly status: StatusPort;
  readonly configuration: ConfigurationPort;
  readonly lists: ListPort;
  /** True while what came from sallyport.yaml may only be changed there. */
  readonly managedByFile: boolean;
}
