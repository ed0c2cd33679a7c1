-- Leases kept because their address is still used, ended to make room, or taken over by another rule or cause.
-- A CHECK cannot be changed in place: the table is made anew.
CREATE TABLE leases_new (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id   INTEGER NOT NULL,
  rule_id    INTEGER REFERENCES rules (id),   -- NULL: learn, pause, adopted
  name       TEXT NOT NULL,
  address    TEXT NOT NULL,
  cause      TEXT NOT NULL CHECK (cause IN ('answer', 'learn', 'pause', 'pin', 'feed', 'outage', 'restored', 'adopted', 'in-use')),
  started_at INTEGER NOT NULL,
  told_until INTEGER NOT NULL,                -- the latest moment a client was told it may use the address
  until_at   INTEGER NOT NULL,
  ended_at   INTEGER,
  end_cause  TEXT CHECK (end_cause IN ('expired', 'revoked', 'rule-ended', 'pause-ended', 'mode-changed', 'name-gone', 'group-gone', 'cap', 'evicted', 'taken-over'))
) STRICT;
INSERT INTO leases_new SELECT id, group_id, rule_id, name, address, cause, started_at, told_until, until_at, ended_at, end_cause FROM leases;
DROP TABLE leases;
ALTER TABLE leases_new RENAME TO leases;
CREATE UNIQUE INDEX leases_live ON leases (group_id, name, address) WHERE ended_at IS NULL;
CREATE INDEX leases_by_address ON leases (address, started_at);
CREATE INDEX leases_by_name ON leases (name, started_at);
CREATE INDEX leases_by_end ON leases (ended_at) WHERE ended_at IS NOT NULL;
