/** What one load needs of the machine, and its end: programs held on their cores, a scratch folder, a network namespace. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SallyportProcess } from '../support/sallyport-process.ts';
import { type Cores, pinned } from './cores.ts';

export interface Room {
  readonly directory: string;
  readonly cores: Cores;
  readonly signal: AbortSignal;
  /** True when this process is outside of the room's network. */
  readonly isApart: boolean;
  /** A command on a core, or on whichever the kernel chooses, inside the room's network namespace when it has one. */
  inside(core: number | undefined, command?: readonly string[]): readonly string[];
  /** Runs until the room is closed. */
  start(core: number, command: readonly string[]): ChildProcess;
  /** Runs a program to its end inside the room, away from the server's core; its output. */
  run(command: readonly string[], input?: string): Promise<string>;
  keep(sallyport: SallyportProcess): void;
  writeQuestions(label: string, names: Iterable<string>): Promise<string>;
  close(): Promise<void>;
}

export interface RoomOptions {
  readonly cores: Cores;
  readonly signal: AbortSignal;
  /** A network of its own with nothing but loopback: for what changes the packet filter. Needs root. */
  readonly ownNetwork?: boolean;
}

/** A room for as long as it is used, however that ends. */
export async function inRoom<Result>(
  options: RoomOptions,
  use: (room: Room) => Promise<Result>,
): Promise<Result> {
  const room = await openRoom(options);
  try {
    return await use(room);
  } finally {
    await room.close();
  }
}

async function openRoom({ cores, signal, ownNetwork = false }: RoomOptions): Promise<Room> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const children: ChildProcess[] = [];
  const sallyports: SallyportProcess[] = [];
  opened += 1;
  const namespace = ownNetwork ? `sallyport-bench-${process.pid}-${opened}` : undefined;
  const prefix = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  if (namespace !== undefined) {
    await execute(['ip', 'netns', 'add', namespace]);
    await execute(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
  }
  const inside = (core: number | undefined, command: readonly string[] = []) => [
    ...prefix,
    ...(core === undefined ? command : pinned(core, command)),
  ];

  return {
    directory,
    cores,
    signal,
    isApart: ownNetwork,
    inside,
    start(core, command) {
      const [program = '', ...args] = inside(core, command);
      const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: process.cwd() });
      let words = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        words = `${words}${text}`.slice(-LAST_WORDS);
      });
      child.once('exit', (code) => {
        if (code !== null && code !== 0) console.error(`${command[0]} ended with ${code}: ${words}`);
      });
      children.push(child);
      return child;
    },
    run: (command, input) => execute(inside(cores.generator, command), input),
    keep: (sallyport) => void sallyports.push(sallyport),
    async writeQuestions(label, names) {
      const file = join(directory, `${label}.txt`);
      await writeFile(file, [...names].map((name) => `${name} A\n`).join(''));
      return file;
    },
    async close() {
      await Promise.all([...sallyports.map((sallyport) => sallyport.stop('SIGKILL')), ...children.map(end)]);
      if (namespace !== undefined) await execute(['ip', 'netns', 'delete', namespace]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let opened = 0;
const LAST_WORDS = 2_000;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function execute([program = '', ...args]: readonly string[], input?: string): Promise<string> {
  const running = promisify(execFile)(program, args, { maxBuffer: 64 * 1_048_576 });
  running.child.stdin?.end(input);
  return (await running).stdout;
}
