import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The product as a child process: started as `npm start` starts it, seen only through its output and its exit. */
export interface SallyportProcess {
  readonly pid: number;
  /** Lines of both outputs so far, the newest last; at most the last thousand. */
  readonly output: readonly string[];
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly hasEnded: () => boolean;
  /** Resolves when it has ended; SIGTERM drains, SIGKILL does not. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

export interface LaunchOptions {
  /** Only these and PATH: what the developer has set must not change a test. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs it inside something, for example ['ip', 'netns', 'exec', name]. */
  readonly prefix?: readonly string[];
  /** What stands behind `npm start --`. */
  readonly args?: readonly string[];
  /** Another program than the product's own, from the house's top. */
  readonly main?: string;
}

export function launchSallyport({
  env,
  prefix = [],
  args: own = [],
  main = PRODUCT,
}: LaunchOptions): SallyportProcess {
  const [program = '', ...args] = [...prefix, process.execPath, 'scripts/run.mjs', main, ...own];
  const child = spawn(program, args, {
    cwd: HOUSE,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin:/usr/sbin:/sbin', ...SMALL, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      if (output.length > KEPT_LINES) output.shift();
    });
  }
  // close comes when both outputs have been read to their end.
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    output,
    ended,
    hasEnded,
    stop(signal = 'SIGTERM') {
      if (!hasEnded()) child.kill(signal);
      return ended;
    },
  };
}

/** Its environment where all it has to do with is on this machine: the ports it listens on, and that of its upstream. */
export function onLoopback(house: {
  readonly dataDirectory: string;
  readonly dnsPort: number;
  readonly webPort: number;
  readonly upstreamPort: number;
}): Readonly<Record<string, string>> {
  return {
    SALLYPORT_DATA_DIR: house.dataDirectory,
    SALLYPORT_DNS_LISTEN: `127.0.0.1:${house.dnsPort}`,
    SALLYPORT_WEB_LISTEN: `127.0.0.1:${house.webPort}`,
    SALLYPORT_UPSTREAMS: `udp://127.0.0.1:${house.upstreamPort}`,
  };
}

/** Asks until the answer is yes; throws with the last lines of output when the process ends or the time is up. */
export async function untilUp(
  sallyport: SallyportProcess,
  isUp: () => Promise<boolean>,
  withinMs = START_MS,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    if (await isUp()) return;
    const lastWords = sallyport.output.slice(-20).join('\n');
    if (sallyport.hasEnded()) throw new Error(`Sallyport ended (${await sallyport.ended}):\n${lastWords}`);
    if (performance.now() > deadline) {
      throw new Error(`Sallyport was not up within ${withinMs} ms:\n${lastWords}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What /healthz says on a loopback port; false while nobody listens there yet. */
export async function isHealthy(webPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${webPort}/healthz`)).status === 200;
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED') return false;
    throw error;
  }
}

/** As `npm start` has them: the process stays small. */
const SMALL = { MALLOC_ARENA_MAX: '2' };
const PRODUCT = 'src/main.ts';
const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
const KEPT_LINES = 1_000;
/** Milliseconds a start may take on a busy machine; the promise to people is 10 s. */
const START_MS = 30_000;
const POLL_MS = 50;
