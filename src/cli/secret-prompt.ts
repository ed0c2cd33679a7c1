import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './command.ts';

/** Asks without echo at a terminal; otherwise takes one line of standard input, so that a secret is never an argument. */
export async function askSecret(prompt: string): Promise<string> {
  const terminal = process.stdin.isTTY === true;
  if (terminal) process.stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal });
  try {
    for await (const line of lines) return line;
    throw new UsageError('nothing was typed');
  } finally {
    lines.close();
    if (terminal) process.stderr.write('\n');
  }
}
