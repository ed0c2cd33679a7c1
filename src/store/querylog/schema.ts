/** The tables of querylog.db as kysely sees them; the words are explained in migrations/querylog. */
import type { Generated } from 'kysely';

export interface QueryLogSchema {
  names: DictionaryTable;
  clients: DictionaryTable;
  words: DictionaryTable;
  answer_sets: DictionaryTable;
  queries: QueriesTable;
  answered_days: AnsweredDaysTable;
}

interface DictionaryTable {
  id: Generated<number>;
  text: string;
}

export interface QueriesTable {
  id: number;
  client_id: number;
  group_id: number | null;
  name_id: number;
  qtype: number;
  verdict: number;
  reason_id: number;
  rule_id: number | null;
  rcode: number;
  source_id: number;
  duration_us: number;
  answers_id: number | null;
  count: number;
}

export interface AnsweredDaysTable {
  day: number;
  group_id: number;
  name_id: number;
  qtype: number;
  rule_id: number;
  reason_id: number;
  count: number;
  resolved: number;
  failed: number;
  first_at: number;
  last_at: number;
}
