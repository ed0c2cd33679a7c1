import { createInterface } from 'node:readline/promises';
import { UsageError } from './command.ts';

/** Only a person at a terminal can be asked; anybody else has to have said yes on the command line. */
export async function confirm(question: string, instead: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) throw new UsageError(`nobody is there to ask: ${instead}`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
