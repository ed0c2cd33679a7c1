/**
 * sallyport <command>: asks a running Sallyport over the socket in its data directory.
 *
 *   exit code   0 done   1 failed or refused   2 the command line is wrong
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KnownError } from '../base/errors.ts';
import { CommandFailed, createClient } from './client.ts';
import { type Command, type Context, type Output, UsageError } from './command.ts';
import { COMMANDS } from './commands/all.ts';
import { confirm } from './confirm.ts';
import { during } from './during.ts';
import { printable, printableLines } from './format.ts';
import { commandHelp, overview } from './help.ts';
import { askSecret } from './secret-prompt.ts';

const GLOBAL = {
  'data-dir': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const DEFAULT_DATA_DIR = './data';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { name, before, after } = splitAtCommand(args);
  if (name === 'start' && !after.includes('--help')) return start(before, after);
  if (name === undefined || name === 'help') return showHelp(after[0], args);

  const command = COMMANDS[name];
  if (command === undefined) return wrongUsage(`there is no command ${name}`);
  const json = args.includes('--json');
  try {
    const output = await run(name, command, [...before, ...after]);
    // A last net: whatever a command let through.
    console.log(json ? JSON.stringify(output.data, undefined, 2) : printableLines(output.text));
    return output.exitCode ?? (output.failed ? 1 : 0);
  } catch (error) {
    if (error instanceof UsageError) return wrongUsage(error.message, name, command.usageExit);
    if (error instanceof CommandFailed || error instanceof KnownError) return failed(error, json);
    throw error;
  }
}

async function run(name: string, command: Command, args: readonly string[]): Promise<Output> {
  const { values, positionals } = parse(command, args);
  if (values['help'] === true) return { data: commandHelp(name, command), text: commandHelp(name, command) };
  const dataDir = dataDirectory(values['data-dir']);
  const context: Context = {
    client: createClient(join(dataDir, 'sallyport.sock')),
    dataDir,
    words: positionals,
    values,
    now: Date.now(),
    askSecret,
    confirm,
    during,
  };
  return command.run(context);
}

function parse(command: Command, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { ...GLOBAL, ...command.options },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(firstSentence(error.message));
    throw error;
  }
}

/** Node goes on about positional arguments, and about values that start with a dash on lines of their own. */
function firstSentence(message: string): string {
  return message.replace(/\. To specify.*$/s, '').replaceAll('\n', ' ');
}

/** The command is the first word that is no option; --data-dir may stand before it. */
function splitAtCommand(args: readonly string[]) {
  let at = 0;
  while (args[at]?.startsWith('-')) at += args[at] === '--data-dir' ? 2 : 1;
  return { name: args[at], before: args.slice(0, at), after: args.slice(at + 1) };
}

/** Runs the server in this very process, so that signals and exit codes are its own. */
async function start(before: readonly string[], after: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...before, ...after], options: GLOBAL, strict: false });
  if (typeof values['data-dir'] === 'string') process.env['SALLYPORT_DATA_DIR'] = values['data-dir'];
  const file = new URL('../main.ts', import.meta.url);
  const own = after.filter((word, i) => word !== '--data-dir' && after[i - 1] !== '--data-dir');
  process.argv = [process.argv[0] ?? 'node', file.pathname, ...own];
  await import(file.href);
  return Number(process.exitCode ?? 0);
}

function showHelp(about: string | undefined, args: readonly string[]): number {
  const asked = args.length > 0;
  const command = about === undefined ? undefined : COMMANDS[about];
  const text =
    about === undefined || command === undefined ? overview(COMMANDS) : commandHelp(about, command);
  if (asked) console.log(text);
  else console.error(text);
  return asked ? 0 : 2;
}

function wrongUsage(message: string, name?: string, exitCode = 2): number {
  console.error(printable(message));
  console.error(`See: sallyport ${name === undefined ? '--help' : `${name} --help`}`);
  return exitCode;
}

function failed(error: CommandFailed | KnownError, json: boolean): number {
  if (json) {
    console.error(JSON.stringify({ code: error.code, detail: error.message, hint: error.hint }));
    return 1;
  }
  console.error(printableLines(error.message));
  if (error.hint !== undefined) console.error(printable(error.hint));
  return 1;
}

function dataDirectory(option: unknown): string {
  return resolve(typeof option === 'string' ? option : process.env['SALLYPORT_DATA_DIR'] || DEFAULT_DATA_DIR);
}
