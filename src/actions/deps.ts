import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Catalog } from '../catalog/load.ts';
import type { MainDb } from '../store/open.ts';
import type { BackupPort } from './backups.ts';
import type { Closing, ConfigurationPort } from './configuration/ports.ts';
import type { NewsTeller } from './news.ts';
import type { CachePort, DoctorPort, FeedPort, LeasePort, PlexPort, PolicyPort, SyncPort } from './ports.ts';

/** What an action that changes something is given. */
export interface ActionDeps {
  readonly db: MainDb;
  readonly clock: Clock;
  readonly policy: PolicyPort;
  readonly sync: SyncPort;
  readonly leases: LeasePort;
  readonly cache: CachePort;
  readonly catalog: Catalog;
  readonly feeds: FeedPort;
  readonly plex: PlexPort;
  readonly doctor: DoctorPort;
  readonly configuration: ConfigurationPort;
  readonly backups: BackupPort;
  /** Which addresses would close, were this written; nothing stays written. */
  readonly rehearse: (write: () => void) => readonly Closing[];
  readonly news: NewsTeller;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  /** True while groups and rules that came from a file may only be changed there; another one after a file was applied. */
  readonly managedByFile: boolean;
}
