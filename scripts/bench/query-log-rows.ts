import { join } from 'node:path';
import { createLog } from '../../src/base/log.ts';
import { openQueryLog } from '../../src/store/open.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

/** Makes the query log of a data directory with so many rows of the last 35 days; the seconds it took. */
export async function fillQueryLog(dataDir: string, rows: number): Promise<number> {
  const began = performance.now();
  // The product's own migrations make the tables; only the rows are made here.
  openQueryLog({ dataDir, log: createLog('warn', 'bench'), appVersion: 'bench' }).close();
  const file = openSqlite(join(dataDir, 'querylog.db'));
  try {
    const indexes = file
      .prepare<[], { name: string; sql: string }>(
        `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'queries' AND sql IS NOT NULL`,
      )
      .all();
    // An index is made of ten million rows at once in a tenth of the time that it takes to follow them.
    for (const { name } of indexes) file.exec(`DROP INDEX ${name}`);
    file.exec(ROWS.replaceAll(':rows', String(rows)).replaceAll(':from', String(Date.now() - DAYS_MS)));
    for (const { sql } of indexes) file.exec(sql);
  } finally {
    file.close();
  }
  return (performance.now() - began) / 1000;
}

/** After it: the counts by day that a report over months reads, as if each of the names had been asked on each of so many days. */
export function fillAnsweredDays(dataDir: string, days: number): void {
  const file = openSqlite(join(dataDir, 'querylog.db'));
  try {
    const today = Math.floor(Date.now() / DAY_MS);
    file.exec(ANSWERED.replaceAll(':today', String(today)).replaceAll(':days', String(days)));
  } finally {
    file.close();
  }
}

const DAY_MS = 24 * 3_600_000;
const DAYS_MS = 35 * 24 * 3_600_000;

/** 192.168.20.1 and so on. */
const CLIENTS = 6;

const ANSWERED = `
INSERT INTO answered_days
  (day, group_id, name_id, qtype, rule_id, reason_id, count, resolved, failed, first_at, last_at)
  WITH RECURSIVE d(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < :days - 1)
  SELECT :today - d.i, 1, names.id, 1, 1, 1, 8, 8, 0, (:today - d.i) * ${DAY_MS}, (:today - d.i) * ${DAY_MS} + 3600000 FROM d, names;
`;

const ROWS = `
INSERT INTO names (id, text)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
  SELECT i, 'org.example.host' || i FROM n;
INSERT INTO clients (id, text)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${CLIENTS})
  SELECT i, '192.168.20.' || i FROM n;
INSERT INTO words (id, text) VALUES (1, 'rule'), (2, 'cache');
INSERT INTO answer_sets (id, text) VALUES (1, '192.0.2.7');
INSERT INTO queries
  (id, client_id, group_id, name_id, qtype, verdict, reason_id, rule_id, rcode, source_id, duration_us, answers_id)
  WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :rows - 1)
  SELECT (:from + i * ${DAYS_MS} / :rows) * 1024 + i % 1024, 1 + i % ${CLIENTS}, 1, 1 + i * 7919 % 5000, 1, (i % 50 = 0), 1, 1, 0, 2, 40, 1 FROM n;
`;
