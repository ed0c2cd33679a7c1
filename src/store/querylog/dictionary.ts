/** Texts that repeat, kept once: a table (id, text), and the ids used lately in memory. */
import { LRUCache } from 'lru-cache';
import type { SqlFile } from '../sql-file.ts';

export interface Dictionary {
  /** The id of the text, which is written down when it is new. */
  of(text: string): number;
  /** After a rollback or a removal: ids in memory may be gone. */
  forget(): void;
}

export function openDictionary(
  db: SqlFile,
  table: 'names' | 'clients' | 'words' | 'answer_sets',
): Dictionary {
  const known = new LRUCache<string, number>({ max: REMEMBERED });
  const find = db.prepare<{ text: string }, { id: number }>(`SELECT id FROM ${table} WHERE text = @text`);
  const add = db.prepare<{ text: string }, { id: number }>(
    `INSERT INTO ${table} (text) VALUES (@text) RETURNING id`,
  );
  return {
    of(text) {
      const id = known.get(text) ?? find.first({ text })?.id ?? add.first({ text })?.id;
      if (id === undefined) throw new Error(`${JSON.stringify(text)} was not written to ${table}`);
      known.set(text, id);
      return id;
    },
    forget: () => known.clear(),
  };
}

/** Texts; a home asks some thousand names. */
const REMEMBERED = 5000;
