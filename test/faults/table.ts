/** The table of docs/faults.md, as tests read it: what is promised there is what is checked. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

export interface Row {
  readonly id: string;
  readonly fault: string;
  /** undefined: Sallyport goes on. */
  readonly exitCode: number | undefined;
  /** Everything in code marks under "What is printed" is in the text; … stands for anything. */
  expectPrinted(text: string): void;
}

/** The test of one row. */
export function fault(id: string, check: (row: Row) => Promise<void>, withinMs?: number): void {
  const row = rows().find((candidate) => candidate.id === id);
  if (row === undefined) throw new Error(`docs/faults.md has no row ${id}`);
  test(`${id}: ${row.fault}`, () => check(row), withinMs);
}

export function rows(): readonly Row[] {
  return DOC.split('\n')
    .filter((line) => /^\| [a-z][a-z-]* +\|/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([id]) => id !== 'id')
    .map(([id = '', text = '', printed = '', exit = '']) => ({
      id,
      fault: text,
      exitCode: exitCodeOf(id, exit),
      expectPrinted(output) {
        const wanted = [...printed.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
        for (const code of wanted) expect(readable(output)).toMatch(patternOf(code));
      },
    }));
}

const DOC = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8');

function exitCodeOf(id: string, text: string): number | undefined {
  if (text === 'goes on') return undefined;
  const code = Number(text);
  if (!Number.isInteger(code)) throw new Error(`row ${id} has no exit code: ${text}`);
  return code;
}

function patternOf(code: string): RegExp {
  const escaped = code.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(escaped.join('.*'));
}

/** Lines of the log are JSON; what a message quotes is escaped there. */
function readable(output: string): string {
  return output.replaceAll('\\"', '"');
}
