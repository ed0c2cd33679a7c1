import { type ChildProcess, spawn } from 'node:child_process';

/** One nft that stays, and reads a transaction from each line: starting it anew costs more than a hundred elements do. */
export interface NftSession {
  /** True when the kernel committed the line; false when it did not, or when nobody can say: then ask in another way. */
  commits(line: string, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

export function createNftSession(command: readonly string[], environment: NodeJS.ProcessEnv): NftSession {
  let child: ChildProcess | undefined;
  let heard = '';
  let answer: ((said: string | undefined) => void) | undefined;

  const end = () => {
    child?.kill('SIGKILL');
    child = undefined;
    heard = '';
    answer?.(undefined);
    answer = undefined;
  };

  const start = (): ChildProcess => {
    // One stream for both outputs, so that what went wrong is always heard before the end of its line.
    const started = spawn('sh', ['-c', 'exec "$@" -i 2>&1', 'sh', ...command], {
      env: environment,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    started.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (child !== started) return;
      heard += text;
      const at = END_OF_LINE.exec(heard);
      if (at === null) {
        if (heard.length > MAX_HEARD) end();
        return;
      }
      const said = heard.slice(0, at.index);
      heard = heard.slice(at.index + at[0].length);
      answer?.(said);
      answer = undefined;
    });
    const gone = () => {
      if (child === started) end();
    };
    started.once('error', gone).once('exit', gone);
    started.stdin.on('error', gone);
    // Left alone, it must not keep the process up.
    started.unref();
    return started;
  };

  return {
    async commits(line, signal) {
      signal.throwIfAborted();
      child ??= start();
      const timer = setTimeout(end, TIMEOUT_MS);
      signal.addEventListener('abort', end, { once: true });
      const said = await new Promise<string | undefined>((resolve) => {
        answer = resolve;
        child?.stdin?.write(`${line}\n${LAST_WORD}\n`);
      });
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      signal.throwIfAborted();
      return said !== undefined && !/^Error: /m.test(said);
    },
    close: end,
  };
}

/** A command that changes nothing and asks the kernel nothing; what it prints ends what was said of the line before. */
const LAST_WORD = 'describe ipv4_addr';
const END_OF_LINE = /^(?:.*> )?datatype ipv4_addr .*\n/m;

/** Milliseconds; as for an nft of its own. */
const TIMEOUT_MS = 10_000;
/** Characters without an end of the line: this nft does not talk as we know it. */
const MAX_HEARD = 1_048_576;
