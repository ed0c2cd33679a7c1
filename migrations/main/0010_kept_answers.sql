-- Answers to changes that were asked with an Idempotency-Key, for a day: who asks again gets the same.
CREATE TABLE kept_answers (
  key_hash    TEXT PRIMARY KEY,               -- SHA-256 of who asked and the key, hex; the key itself is nowhere
  actor       TEXT NOT NULL,
  fingerprint TEXT NOT NULL,                  -- HMAC-SHA-256 of method, path and body under the key: a body may hold a password
  at          INTEGER NOT NULL,
  status      INTEGER NOT NULL,
  body        TEXT                            -- NULL: it held a secret, or was too large
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_answers_by_actor ON kept_answers (actor, at);
CREATE INDEX kept_answers_by_time ON kept_answers (at);

-- The entry that an entry takes back; nothing is taken back twice.
ALTER TABLE audit ADD COLUMN reverts INTEGER;
CREATE UNIQUE INDEX audit_reverts ON audit (reverts) WHERE reverts IS NOT NULL;
