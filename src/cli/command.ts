import type { ParseArgsConfig } from 'node:util';
import type { Client } from './client.ts';

/** One thing `sallyport` can be asked; each has a file in commands/. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the command's name, for example `NAME [--group GROUP]`. */
  readonly usage: string;
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  /** One line for each option. */
  readonly explain?: Readonly<Record<string, string>>;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Where they differ from those of other commands. */
  readonly exitCodes?: string;
  /** The exit code of a wrong command line; 2 when left out. */
  readonly usageExit?: number;
  run(context: Context): Promise<Output>;
}

export interface Context {
  readonly client: Client;
  /** Of the Sallyport that is meant; absolute. */
  readonly dataDir: string;
  readonly words: readonly string[];
  readonly values: Values;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Asks a person at the terminal, without echo; from a pipe, reads one line. */
  readonly askSecret: (prompt: string) => Promise<string>;
  /** Yes or no from a person at the terminal; without one, a UsageError that says what to write instead. */
  readonly confirm: (question: string, instead: string) => Promise<boolean>;
  /** Says on a terminal that something takes a while, until it is done. */
  readonly during: <T>(what: string, work: Promise<T>) => Promise<T>;
}

export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

export interface Output {
  /** For --json. */
  readonly data: unknown;
  /** For people. */
  readonly text: string;
  /** The command was understood and carried out, and what it found is bad. */
  readonly failed?: boolean;
  /** In place of 0 or 1. */
  readonly exitCode?: number;
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function textOption(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function listOption(values: Values, name: string): readonly string[] | undefined {
  return textOption(values, name)
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The one word a command needs. */
export function oneWord(words: readonly string[], what: string): string {
  const [word, ...rest] = words;
  if (word === undefined) throw new UsageError(`${what} is missing`);
  if (rest.length > 0) throw new UsageError(`too many words: ${rest.join(' ')}`);
  return word;
}

/** A query string of what is there. */
export function query(parameters: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) search.set(key, value);
  return search.size === 0 ? '' : `?${search}`;
}
