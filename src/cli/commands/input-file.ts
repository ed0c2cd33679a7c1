import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CommandFailed } from '../client.ts';

/** A file by its path, - for standard input. `name` is what the server may call it. */
export function readInput(path: string, most: number): { readonly name: string; readonly octets: Buffer } {
  const octets = read(path);
  if (octets.length > most) {
    throw new CommandFailed(
      'body-too-large',
      `${path} has ${octets.length} octets; at most ${most} are taken`,
    );
  }
  const name =
    path === '-'
      ? 'stdin.yaml'
      : basename(path)
          .replace(/[^\w.+@-]/g, '_')
          .slice(0, 100);
  return { name: name || 'file', octets };
}

/** A configuration as the server takes it. */
export function readConfiguration(path: string): { readonly name: string; readonly yaml: string } {
  const { name, octets } = readInput(path, MAX_CONFIGURATION);
  return { name, yaml: octets.toString('utf8') };
}

/** Octets; as much as the server takes. */
const MAX_CONFIGURATION = 800_000;

function read(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? STDIN : path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const why = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
    throw new CommandFailed('invalid-input', `${path}: ${why}`);
  }
}

const STDIN = 0;
