-- Each entry carries a hash of itself and of the entry before it, so that a changed or missing one is noticed.
-- Entries written before this are given theirs at the next opening (src/store/audit.ts, sealAudit).
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';

-- Where the chain begins: the last entry that was removed because of its age, or nothing.
CREATE TABLE audit_start (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  entry_id INTEGER NOT NULL,
  hash     TEXT NOT NULL
) STRICT;
INSERT INTO audit_start (id, entry_id, hash) SELECT 1, coalesce(min(id), 1) - 1, '' FROM audit;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit WHEN old.hash <> ''
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TRIGGER audit_loses_only_its_oldest BEFORE DELETE ON audit
WHEN old.id > (SELECT entry_id FROM audit_start)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
