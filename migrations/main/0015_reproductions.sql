-- Somebody does the thing that fails, and looks at what was refused since: at most one at a time in a group.
CREATE TABLE reproductions (
  group_id   INTEGER PRIMARY KEY REFERENCES groups (id),
  started_at INTEGER NOT NULL,
  started_by TEXT NOT NULL,
  mark_at    INTEGER NOT NULL,                -- shown is what was refused since; later than started_at once it is verified
  rules      TEXT NOT NULL DEFAULT '[]'       -- JSON array of rule ids: the temporary rules it made
) STRICT;
