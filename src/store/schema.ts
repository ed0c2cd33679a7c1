/** The tables of sallyport.db as kysely sees them; the words are explained in migrations/main. */
import type { Generated } from 'kysely';
import type { LeaseCause, LeaseEndCause } from '../ledger/lease.ts';

export interface MainSchema {
  settings: SettingsTable;
  heartbeat: HeartbeatTable;
  users: UsersTable;
  sessions: SessionsTable;
  second_factors: SecondFactorsTable;
  recovery_codes: RecoveryCodesTable;
  api_tokens: ApiTokensTable;
  groups: GroupsTable;
  group_clients: GroupClientsTable;
  rules: RulesTable;
  preset_takings: PresetTakingsTable;
  denials: DenialsTable;
  denial_days: DenialDaysTable;
  reproductions: ReproductionsTable;
  unknown_clients: UnknownClientsTable;
  unknown_client_names: UnknownClientNamesTable;
  sightings: SightingsTable;
  leases: LeasesTable;
  pins: PinsTable;
  feeds: FeedsTable;
  feed_entries: FeedEntriesTable;
  firewalls: FirewallsTable;
  list_fetches: ListFetchesTable;
  sync_runs: SyncRunsTable;
  sync_changes: SyncChangesTable;
  audit: AuditTable;
  kept_answers: KeptAnswersTable;
  audit_start: AuditStartTable;
  /** SQLite's own. */
  sqlite_sequence: SequenceTable;
}

/** SQLite has no booleans. */
export type Flag = 0 | 1;

interface SettingsTable {
  key: string;
  value: string;
}

interface HeartbeatTable {
  id: number;
  wall_ms: number;
  boot_id: string;
  uptime_ms: number;
}

export interface UsersTable {
  id: Generated<number>;
  name: string;
  /** '' for an account that a provider vouches for. */
  password_hash: string;
  role: 'viewer' | 'approver' | 'admin';
  created_at: number;
  issuer: Generated<string | null>;
  subject: Generated<string | null>;
  disabled_at: Generated<number | null>;
}

interface SessionsTable {
  token_hash: string;
  user_id: number;
  created_at: number;
  last_seen_at: number;
  from_address: string;
  user_agent: string;
}

interface SecondFactorsTable {
  user_id: number;
  secret: string;
  confirmed_at: number | null;
  last_step: Generated<number>;
}

interface RecoveryCodesTable {
  user_id: number;
  code_hash: string;
}

export interface ApiTokensTable {
  id: Generated<number>;
  name: string;
  prefix: string;
  token_hash: string;
  role: 'viewer' | 'approver' | 'admin';
  created_at: number;
  created_by: string;
  expires_at: number | null;
  used_at: number | null;
  used_from: string | null;
}

export interface GroupsTable {
  id: Generated<number>;
  name: string;
  mode: Generated<'learn' | 'enforce'>;
  paused_until: number | null;
  refuse: Generated<'nxdomain' | 'nodata' | 'refused' | 'zero'>;
  ipv6: Generated<Flag>;
  hold_limit_ms: Generated<number>;
  on_hold_limit: Generated<'answer' | 'servfail'>;
  grace_ms: Generated<number>;
  headroom_ms: Generated<number>;
  learn_alias: Generated<Flag>;
  enforce_override: Generated<Flag>;
  presets: Generated<string>;
  plex_direct: Generated<string>;
  origin: 'default' | 'person' | 'file';
  created_at: number;
  removed_at: number | null;
  place: Generated<string | null>;
}

export interface GroupClientsTable {
  prefix: string;
  group_id: number;
}

export interface RulesTable {
  id: Generated<number>;
  group_id: number;
  action: 'allow' | 'deny';
  pattern: string;
  types: string | null;
  note: string;
  private: Flag;
  warm: 'auto' | 'always' | 'never';
  origin: 'person' | 'catalog' | 'learn' | 'file';
  preset: string | null;
  created_at: number;
  created_by: string;
  expires_at: number | null;
  ended_at: number | null;
  ended_by: string | null;
  place: Generated<string | null>;
}

export interface PresetTakingsTable {
  id: Generated<number>;
  group_id: number;
  preset: string;
  version: string;
  rules: string;
  taken_at: number;
  taken_by: string;
  ended_at: Generated<number | null>;
  ended_by: Generated<string | null>;
}

export interface DenialsTable {
  id: Generated<number>;
  group_id: number;
  name: string;
  state: 'waiting' | 'muted' | 'decided';
  reason: string;
  rule_id: number | null;
  qtypes: string;
  last_client: string;
  count: number;
  first_at: number;
  last_at: number;
  decided_at: number | null;
  decided_by: string | null;
}

interface DenialDaysTable {
  day: string;
  group_id: number;
  name: string;
  qtype: string;
  rule_id: number;
  reason: string;
  count: number;
}

export interface ReproductionsTable {
  group_id: number;
  started_at: number;
  started_by: string;
  mark_at: number;
  rules: Generated<string>;
}

interface UnknownClientsTable {
  address: string;
  first_at: number;
  last_at: number;
  queries: number;
}

interface UnknownClientNamesTable {
  address: string;
  name: string;
}

export interface SightingsTable {
  id: Generated<number>;
  at: number;
  group_id: number;
  rule_id: number | null;
  name: string;
  address: string;
  ttl: number;
  chain: string;
  upstream: string;
}

export interface LeasesTable {
  id: Generated<number>;
  group_id: number;
  rule_id: number | null;
  name: string;
  address: string;
  cause: LeaseCause;
  started_at: number;
  told_until: number;
  until_at: number;
  ended_at: number | null;
  end_cause: LeaseEndCause | null;
}

export interface PinsTable {
  id: Generated<number>;
  group_id: number;
  prefix: string;
  ports: string;
  note: string;
  until_at: number | null;
  origin: 'person' | 'file';
  created_at: number;
  created_by: string;
  ended_at: Generated<number | null>;
  ended_by: Generated<string | null>;
  place: Generated<string | null>;
  plex_server: Generated<string>;
}

export interface FeedsTable {
  name: string;
  source: string;
  checked_at: number | null;
  fetched_at: number | null;
  etag: string | null;
  last_modified: string | null;
  dropped: number;
  problem: string | null;
  held: string | null;
}

export interface FeedEntriesTable {
  id: Generated<number>;
  feed: string;
  group_id: number;
  address: string;
  started_at: number;
  ended_at: Generated<number | null>;
  note: Generated<string>;
  until_at: number | null;
}

export interface FirewallsTable {
  id: Generated<number>;
  name: string;
  driver: string;
  alias: string;
  first_read_at: number | null;
  list_token: string | null;
}

interface ListFetchesTable {
  firewall_id: number;
  at: number;
  source: string;
  agent: string;
  addresses: string;
}

export interface SyncRunsTable {
  id: Generated<number>;
  firewall_id: number;
  trigger: 'schedule' | 'nudge' | 'lease-end' | 'person' | 'start';
  started_at: number;
  finished_at: number;
  outcome: 'applied' | 'held' | 'drift' | 'failed';
  detail: string;
  desired: number;
  current: number;
}

interface SyncChangesTable {
  run_id: number;
  address: string;
  change: 'add' | 'renew' | 'remove';
  cause: string;
  confirmed: Flag;
}

export interface AuditTable {
  id: Generated<number>;
  at: number;
  actor: string;
  action: string;
  subject: string;
  before: string | null;
  after: string | null;
  note: string;
  origin: string;
  hash: string;
  reverts: number | null;
}

interface KeptAnswersTable {
  key_hash: string;
  actor: string;
  fingerprint: string;
  at: number;
  status: number;
  body: string | null;
}

interface AuditStartTable {
  id: number;
  entry_id: number;
  hash: string;
}

interface SequenceTable {
  name: string;
  seq: number;
}
