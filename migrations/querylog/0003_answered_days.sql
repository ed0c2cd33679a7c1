-- How often each name was answered on each UTC day, and by which rule: kept for 13 months, when the queries are long gone.
-- What was refused is counted in the main database (denial_days).
CREATE TABLE answered_days (
  day       INTEGER NOT NULL,                 -- days since 1970
  group_id  INTEGER NOT NULL,
  name_id   INTEGER NOT NULL,                 -- 0: names beyond what a day takes
  qtype     INTEGER NOT NULL,
  rule_id   INTEGER NOT NULL,                 -- 0: no rule (learning, pause, local names)
  reason_id INTEGER NOT NULL,                 -- word: why it was answered
  count     INTEGER NOT NULL,
  resolved  INTEGER NOT NULL,                 -- of those: with what was asked for, not NXDOMAIN or NODATA
  failed    INTEGER NOT NULL,                 -- of those: no upstream could say
  first_at  INTEGER NOT NULL,                 -- ms since 1970
  last_at   INTEGER NOT NULL,
  PRIMARY KEY (day, group_id, name_id, qtype, rule_id, reason_id)
) STRICT, WITHOUT ROWID;

-- What is still there of the time before: the upper bits of an id are its time (src/store/querylog/query-id.ts).
INSERT INTO answered_days
  SELECT id / 1024 / 86400000, group_id, name_id, qtype, coalesce(rule_id, 0), reason_id, sum(count),
    sum(iif(verdict = 0 AND rcode = 0 AND (answers_id IS NOT NULL OR qtype NOT IN (1, 28)), count, 0)),
    sum(iif(verdict = 2, count, 0)), min(id) / 1024, max(id) / 1024
  FROM queries WHERE verdict <> 1 AND group_id IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5, 6;
