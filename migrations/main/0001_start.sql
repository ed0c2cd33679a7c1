-- Times are milliseconds since 1970 (UTC). Names are lower-case presentation form without the final dot. Addresses are canonical text.

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL                         -- JSON
) STRICT;

-- One row, written every few seconds: tells a restart how long we were away and whether the machine's clock can be trusted.
CREATE TABLE heartbeat (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  wall_ms   INTEGER NOT NULL,
  boot_id   TEXT NOT NULL,
  uptime_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
  id            INTEGER PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,                -- argon2id, PHC string
  role          TEXT NOT NULL CHECK (role IN ('viewer', 'approver', 'admin')),
  created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  token_hash   TEXT PRIMARY KEY,              -- SHA-256 of the cookie, hex
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  from_address TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A removed group stays as a row: rules, leases and denials of last year still name it.
CREATE TABLE groups (
  id               INTEGER PRIMARY KEY,
  name             TEXT NOT NULL,
  mode             TEXT NOT NULL DEFAULT 'learn' CHECK (mode IN ('learn', 'enforce')),
  paused_until     INTEGER,                   -- paused while this is in the future
  refuse           TEXT NOT NULL DEFAULT 'nxdomain' CHECK (refuse IN ('nxdomain', 'nodata', 'refused', 'zero')),
  ipv6             INTEGER NOT NULL DEFAULT 1 CHECK (ipv6 IN (0, 1)),
  hold_limit_ms    INTEGER NOT NULL DEFAULT 4500,
  on_hold_limit    TEXT NOT NULL DEFAULT 'answer' CHECK (on_hold_limit IN ('answer', 'servfail')),
  grace_ms         INTEGER NOT NULL DEFAULT 600000,
  headroom_ms      INTEGER NOT NULL DEFAULT 600000,
  learn_alias      INTEGER NOT NULL DEFAULT 1 CHECK (learn_alias IN (0, 1)),   -- 0: learn mode leaves the firewall alone
  enforce_override INTEGER NOT NULL DEFAULT 0 CHECK (enforce_override IN (0, 1)),
  presets          TEXT NOT NULL DEFAULT '[]',                                 -- JSON array of preset ids
  plex_direct      TEXT NOT NULL DEFAULT '{"hashes":[],"ownAddresses":[]}',    -- JSON
  origin           TEXT NOT NULL CHECK (origin IN ('default', 'person', 'file')),
  created_at       INTEGER NOT NULL,
  removed_at       INTEGER
) STRICT;
CREATE UNIQUE INDEX groups_by_name ON groups (name) WHERE removed_at IS NULL;

CREATE TABLE group_clients (
  prefix   TEXT PRIMARY KEY,                  -- address or address/length: a prefix belongs to one group only
  group_id INTEGER NOT NULL REFERENCES groups (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_clients_by_group ON group_clients (group_id);

-- Ended rules stay: leases and log lines of last year still name them.
CREATE TABLE rules (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id   INTEGER NOT NULL REFERENCES groups (id),
  action     TEXT NOT NULL CHECK (action IN ('allow', 'deny')),
  pattern    TEXT NOT NULL,                   -- name | *.name | .name
  types      TEXT,                            -- comma-separated qtypes; NULL: A and AAAA
  note       TEXT NOT NULL DEFAULT '',
  private    INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1)),
  warm       TEXT NOT NULL DEFAULT 'auto' CHECK (warm IN ('auto', 'always', 'never')),
  origin     TEXT NOT NULL CHECK (origin IN ('person', 'catalog', 'learn', 'file')),
  preset     TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  ended_at   INTEGER,
  ended_by   TEXT
) STRICT;
CREATE INDEX rules_in_force ON rules (group_id) WHERE ended_at IS NULL;

-- A refused name waiting for a person: one row per group and name.
CREATE TABLE denials (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id    INTEGER NOT NULL REFERENCES groups (id),
  name        TEXT NOT NULL,
  state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'muted', 'decided')),
  reason      TEXT NOT NULL,
  rule_id     INTEGER REFERENCES rules (id),  -- the deny rule, when one decided
  qtypes      TEXT NOT NULL,                  -- comma-separated, those asked so far
  last_client TEXT NOT NULL,
  count       INTEGER NOT NULL,
  first_at    INTEGER NOT NULL,
  last_at     INTEGER NOT NULL,
  decided_at  INTEGER,
  decided_by  TEXT,
  UNIQUE (group_id, name)
) STRICT;
CREATE INDEX denials_by_state ON denials (state, id);
CREATE INDEX denials_by_group ON denials (group_id, state, count, last_at);

CREATE TABLE denial_days (
  day      TEXT NOT NULL,                     -- YYYY-MM-DD, UTC
  group_id INTEGER NOT NULL,
  name     TEXT NOT NULL,
  qtype    TEXT NOT NULL,
  rule_id  INTEGER NOT NULL DEFAULT 0,        -- 0: no rule
  reason   TEXT NOT NULL,
  count    INTEGER NOT NULL,
  PRIMARY KEY (day, group_id, name, qtype, rule_id, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE unknown_clients (
  address  TEXT PRIMARY KEY,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  queries  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE unknown_client_names (
  address TEXT NOT NULL REFERENCES unknown_clients (address) ON DELETE CASCADE,
  name    TEXT NOT NULL,
  PRIMARY KEY (address, name)
) STRICT, WITHOUT ROWID;

-- One address given by one upstream answer for one name.
CREATE TABLE sightings (
  id       INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  group_id INTEGER NOT NULL,
  rule_id  INTEGER,                           -- NULL in learn mode and while paused
  name     TEXT NOT NULL,
  address  TEXT NOT NULL,
  ttl      INTEGER NOT NULL,                  -- seconds, as the upstream gave it
  chain    TEXT NOT NULL DEFAULT '',          -- CNAMEs from the name to the address, separated by spaces
  upstream TEXT NOT NULL
) STRICT;
CREATE INDEX sightings_by_address ON sightings (address, at);
CREATE INDEX sightings_by_name ON sightings (name, at);
CREATE INDEX sightings_by_time ON sightings (at);

-- Why one address is open for one group, from when to when: one row per interval, kept as history.
CREATE TABLE leases (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id   INTEGER NOT NULL,
  rule_id    INTEGER REFERENCES rules (id),   -- NULL: learn, pause, adopted
  name       TEXT NOT NULL,
  address    TEXT NOT NULL,
  cause      TEXT NOT NULL CHECK (cause IN ('answer', 'learn', 'pause', 'pin', 'feed', 'outage', 'restored', 'adopted')),
  started_at INTEGER NOT NULL,
  told_until INTEGER NOT NULL,                -- the latest moment a client was told it may use the address
  until_at   INTEGER NOT NULL,
  ended_at   INTEGER,
  end_cause  TEXT CHECK (end_cause IN ('expired', 'revoked', 'rule-ended', 'pause-ended', 'mode-changed', 'name-gone', 'group-gone', 'cap'))
) STRICT;
CREATE UNIQUE INDEX leases_live ON leases (group_id, name, address) WHERE ended_at IS NULL;
CREATE INDEX leases_by_address ON leases (address, started_at);
CREATE INDEX leases_by_name ON leases (name, started_at);
CREATE INDEX leases_by_end ON leases (ended_at) WHERE ended_at IS NOT NULL;

-- Addresses opened by hand.
CREATE TABLE pins (
  id         INTEGER PRIMARY KEY,
  group_id   INTEGER NOT NULL REFERENCES groups (id),
  prefix     TEXT NOT NULL,
  ports      TEXT NOT NULL DEFAULT '',        -- comma-separated; a note for people, aliases hold addresses only
  note       TEXT NOT NULL DEFAULT '',
  until_at   INTEGER,
  origin     TEXT NOT NULL CHECK (origin IN ('person', 'file')),
  created_at INTEGER NOT NULL,
  UNIQUE (group_id, prefix)
) STRICT;

-- Identity only: address, key and alias are configuration. Kept after removal, because runs name them.
CREATE TABLE firewalls (
  id     INTEGER PRIMARY KEY,
  name   TEXT NOT NULL UNIQUE,
  driver TEXT NOT NULL,
  alias  TEXT NOT NULL,
  first_read_at INTEGER                       -- NULL until its alias was read once: decides what counts as foreign
) STRICT;

-- Runs that changed, held or failed something; an unchanged minute leaves no row.
CREATE TABLE sync_runs (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  firewall_id INTEGER NOT NULL REFERENCES firewalls (id),
  trigger     TEXT NOT NULL CHECK (trigger IN ('schedule', 'nudge', 'lease-end', 'person', 'start')),
  started_at  INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  outcome     TEXT NOT NULL CHECK (outcome IN ('applied', 'held', 'drift', 'failed')),
  detail      TEXT NOT NULL DEFAULT '',
  desired     INTEGER NOT NULL,
  current     INTEGER NOT NULL
) STRICT;
CREATE INDEX sync_runs_by_firewall ON sync_runs (firewall_id, id);

CREATE TABLE sync_changes (
  run_id    INTEGER NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
  address   TEXT NOT NULL,
  change    TEXT NOT NULL CHECK (change IN ('add', 'renew', 'remove')),
  cause     TEXT NOT NULL,
  confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
  PRIMARY KEY (run_id, address, change)
) STRICT, WITHOUT ROWID;
CREATE INDEX sync_changes_by_address ON sync_changes (address, run_id);

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  actor   TEXT NOT NULL,                      -- user:anna, token, cli, file, expiry, system
  action  TEXT NOT NULL,                      -- rule.allow, rule.end, group.mode, ...
  subject TEXT NOT NULL,
  before  TEXT,                               -- JSON
  after   TEXT,                               -- JSON
  note    TEXT NOT NULL DEFAULT '',
  origin  TEXT NOT NULL DEFAULT ''            -- client address, or socket
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
