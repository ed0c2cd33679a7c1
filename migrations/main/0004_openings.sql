-- Addresses opened by hand stay as history when they have ended, as rules and leases do.
CREATE TABLE pins_kept (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id   INTEGER NOT NULL REFERENCES groups (id),
  prefix     TEXT NOT NULL,
  ports      TEXT NOT NULL DEFAULT '',        -- comma-separated; a note for people, aliases hold addresses only
  note       TEXT NOT NULL DEFAULT '',
  until_at   INTEGER,
  origin     TEXT NOT NULL CHECK (origin IN ('person', 'file')),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  ended_at   INTEGER,
  ended_by   TEXT                             -- user:anna, file, expiry
) STRICT;
INSERT INTO pins_kept (id, group_id, prefix, ports, note, until_at, origin, created_at, created_by)
  SELECT id, group_id, prefix, ports, note, until_at, origin, created_at, origin FROM pins;
DROP TABLE pins;
ALTER TABLE pins_kept RENAME TO pins;
CREATE UNIQUE INDEX pins_live ON pins (group_id, prefix) WHERE ended_at IS NULL;
CREATE INDEX pins_by_prefix ON pins (prefix, created_at);
CREATE INDEX pins_open ON pins (created_at) WHERE ended_at IS NULL;
CREATE INDEX pins_by_end ON pins (ended_at) WHERE ended_at IS NOT NULL;

-- What is known of each configured feed between two fetches.
CREATE TABLE feeds (
  name          TEXT PRIMARY KEY,
  source        TEXT NOT NULL,                -- its url or file: what is remembered of another one does not count
  checked_at    INTEGER,                      -- the last try
  fetched_at    INTEGER,                      -- the last try that found the list in order
  etag          TEXT,
  last_modified TEXT,
  dropped       INTEGER NOT NULL DEFAULT 0,   -- entries of the list that are never opened
  problem       TEXT,                         -- why the last try changed nothing
  held          TEXT                          -- JSON array: a much shorter list that waits for a person
) STRICT, WITHOUT ROWID;

-- One row per interval in which a feed had an address open for a group, kept as history.
CREATE TABLE feed_entries (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  feed       TEXT NOT NULL,
  group_id   INTEGER NOT NULL REFERENCES groups (id),
  address    TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX feed_entries_live ON feed_entries (feed, group_id, address) WHERE ended_at IS NULL;
CREATE INDEX feed_entries_by_address ON feed_entries (address, started_at);
CREATE INDEX feed_entries_open ON feed_entries (started_at) WHERE ended_at IS NULL;
CREATE INDEX feed_entries_by_end ON feed_entries (ended_at) WHERE ended_at IS NOT NULL;

-- What was open at a moment of the past: the intervals that began before it, and have not ended or ended after it.
CREATE INDEX leases_open ON leases (started_at) WHERE ended_at IS NULL;
CREATE INDEX leases_by_interval ON leases (ended_at, started_at) WHERE ended_at IS NOT NULL;

-- What held at a moment: the rules of a group then, what was done to it, and the sync runs around it.
CREATE INDEX rules_by_group ON rules (group_id, created_at);
CREATE INDEX audit_by_subject ON audit (subject, id);
CREATE INDEX sync_runs_by_time ON sync_runs (finished_at);
