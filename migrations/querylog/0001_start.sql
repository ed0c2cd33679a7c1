-- The query log. Whatever repeats is stored once (names, clients, words, answer sets), so that a query is a row of small numbers.

-- Labels from the root down ('org.example.www'): a name and everything below it is one range of the index.
CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE clients (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
-- Addresses told, sorted, separated by spaces.
CREATE TABLE answer_sets (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE queries (
  id          INTEGER PRIMARY KEY,            -- ms since 1970 * 1024 + serial: order, time and cursor in one number
  client_id   INTEGER NOT NULL,
  group_id    INTEGER,                        -- NULL: a client of no group
  name_id     INTEGER NOT NULL,
  qtype       INTEGER NOT NULL,
  verdict     INTEGER NOT NULL,               -- 0 allowed, 1 denied, 2 failed
  reason_id   INTEGER NOT NULL,               -- word: why it ended so
  rule_id     INTEGER,
  rcode       INTEGER NOT NULL,
  source_id   INTEGER NOT NULL,               -- word: cache, local, or the upstream
  duration_us INTEGER NOT NULL,
  answers_id  INTEGER                         -- NULL: no address told
) STRICT;
CREATE INDEX queries_by_name ON queries (name_id);
CREATE INDEX queries_by_client ON queries (client_id);
CREATE INDEX queries_not_allowed ON queries (verdict) WHERE verdict <> 0;
