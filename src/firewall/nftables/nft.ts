import { spawn } from 'node:child_process';
import { KnownError, TransientDriverError } from '../../base/errors.ts';

/** Runs nft; the netlink socket belongs to the network namespace it is run in. */
export interface Nft {
  /** What it printed, or that there is no such table, set or element. */
  run(args: readonly string[], signal: AbortSignal): Promise<string | 'absent'>;
  /** All of the lines in one transaction, or none of them. */
  transact(lines: readonly string[], signal: AbortSignal): Promise<void>;
}

export function createNft(command: readonly string[]): Nft {
  return {
    async run(args, signal) {
      const { code, stdout, stderr } = await execute(command, { args, stdin: '', signal });
      if (code === 0) return stdout;
      if (ABSENT.test(stderr)) return 'absent';
      throw refusal(stderr);
    },
    async transact(lines, signal) {
      const { code, stderr } = await execute(command, {
        args: ['-f', '-'],
        stdin: `${lines.join('\n')}\n`,
        signal,
      });
      if (code !== 0) throw refusal(stderr);
    },
  };
}

/** nft's own words at the start of a line: the same words from `ip netns exec` mean that there is no namespace. */
const ABSENT = /^Error: (Could not process rule: )?No such file or directory/m;

interface Execution {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly signal: AbortSignal;
}

function execute(
  [program = 'nft', ...prefix]: readonly string[],
  { args, stdin, signal }: Execution,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof execute>>>();
  const child = spawn(program, [...prefix, ...args], { env: nftEnvironment(), signal, timeout: TIMEOUT_MS });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // nft may refuse the arguments and end before it has read; what it says then is on stderr.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  child.once('error', (error) => reject(signal.aborted ? signal.reason : cannotStart(program, error)));
  child.once('close', (code, killedBy) => {
    if (killedBy === null) resolve({ code, stdout, stderr });
    else reject(new TransientDriverError(`${program} did not end after ${TIMEOUT_MS} ms (${killedBy})`));
  });
  return promise;
}

/** None of ours: no secrets, English messages, and the folder where distributions keep nft. */
export function nftEnvironment(): NodeJS.ProcessEnv {
  return { PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`, LC_ALL: 'C' };
}

/** nft takes milliseconds; where another program holds the ruleset it waits. */
const TIMEOUT_MS = 10_000;

function cannotStart(program: string, cause: Error): Error {
  return new KnownError('firewall-misconfigured', `${program} cannot be run on this machine`, {
    cause,
    hint: 'Install it: apt install nftables (or the package of that name elsewhere).',
  });
}

function refusal(stderr: string): Error {
  const said = stderr.trim().split('\n')[0] ?? '';
  if (/Operation not permitted|must be root/.test(stderr)) {
    return new KnownError(
      'firewall-privilege-missing',
      'The kernel does not let Sallyport change its packet filter',
      {
        hint: 'Give it CAP_NET_ADMIN: AmbientCapabilities=CAP_NET_ADMIN in its systemd unit, cap_add: [NET_ADMIN] in its container.',
      },
    );
  }
  return new TransientDriverError(`nft refused: ${said.replace(/^.*?Error: /, '')}`);
}
