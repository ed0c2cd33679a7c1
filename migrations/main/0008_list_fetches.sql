-- What a firewall that fetches its list took with its last fetch: after a restart it holds that still.
CREATE TABLE list_fetches (
  firewall_id INTEGER PRIMARY KEY REFERENCES firewalls (id) ON DELETE CASCADE,
  at          INTEGER NOT NULL,
  source      TEXT NOT NULL,
  agent       TEXT NOT NULL,
  addresses   TEXT NOT NULL                   -- JSON: an array of addresses
) STRICT;
