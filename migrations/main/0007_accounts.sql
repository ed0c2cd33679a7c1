-- A second factor by time (RFC 6238), and ways in for when the phone is lost.
CREATE TABLE second_factors (
  user_id      INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  secret       TEXT NOT NULL,                 -- base32; has to be readable to check a code
  confirmed_at INTEGER,                       -- NULL: shown to the user, no code seen yet, not asked for
  last_step    INTEGER NOT NULL DEFAULT 0     -- a code counts once (RFC 6238 section 5.2)
) STRICT;

CREATE TABLE recovery_codes (
  user_id   INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL,                    -- SHA-256 of 80 random bits, hex
  PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';

CREATE TABLE api_tokens (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE,
  prefix     TEXT NOT NULL,                   -- its first characters, to tell one from another
  token_hash TEXT NOT NULL UNIQUE,            -- SHA-256, hex
  role       TEXT NOT NULL CHECK (role IN ('viewer', 'approver', 'admin')),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  used_at    INTEGER,
  used_from  TEXT
) STRICT;
