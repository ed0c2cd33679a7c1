/**
 * The whole product as its owner runs it: one process, a configuration file, real packets, the API with the bearer
 * token and the command line over the socket. Nothing of it is imported; what it does is seen from outside.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/support/ports.ts';
import {
  isHealthy,
  launchSallyport,
  onLoopback,
  type SallyportProcess,
  untilUp,
} from '../../scripts/support/sallyport-process.ts';
import type { Status } from '../../src/api/contract/status.ts';
import { type AskOptions, ask, type Told } from './dns-client.ts';

/** The protected host of these stories; every address of 127.0.0.0/8 is ours to ask from. */
export const PLEX = '127.0.0.2';

export interface ProductOptions {
  /** The YAML of its configuration file. */
  readonly config: string;
  readonly upstreamPort: number;
  /** Kept over a restart when given again; otherwise made, and removed by close(). */
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly prefix?: readonly string[];
  readonly args?: readonly string[];
  /** Another program than the product's own. */
  readonly main?: string;
  /** Where the page listens, when env says so. */
  readonly webPort?: number;
}

export interface Product {
  readonly process: SallyportProcess;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly dnsPort: number;
  readonly webPort: number;
  /** One question from the protected host. */
  ask(name: string, options?: Partial<AskOptions>): Promise<Told>;
  /** The parsed body; throws when the status is not 2xx. */
  api<Body>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Body>;
  status(): Promise<Status>;
  /** `sallyport` in a terminal: what it prints. Throws when it fails. */
  cli(...args: readonly string[]): Promise<string>;
  /** Lines it has written so far, in one text. */
  said(): string;
  /** Ends this process and starts another on the same configuration and data; SIGKILL is `kill -9`. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<Product>;
  /** Ends it, and removes the directory unless that was given. */
  close(): Promise<void>;
}

export async function startProduct(options: ProductOptions): Promise<Product> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'sallyport-story-')));
  const configFile = join(directory, 'sallyport.yaml');
  const dataDirectory = join(directory, 'data');
  await writeFile(configFile, options.config);
  const [dnsPort, webPort] = [await freePort(), options.webPort ?? (await freePort())];
  const sallyport = launchSallyport({
    env: {
      SALLYPORT_CONFIG: configFile,
      ...onLoopback({ dataDirectory, dnsPort, webPort, upstreamPort: options.upstreamPort }),
      SALLYPORT_API_TOKEN: TOKEN,
      ...options.env,
    },
    ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
    ...(options.args === undefined ? {} : { args: options.args }),
    ...(options.main === undefined ? {} : { main: options.main }),
  });
  const api = apiOf(`http://127.0.0.1:${webPort}`);
  const status = () => api<Status>('GET', '/api/v1/status');
  const close = async () => {
    await sallyport.stop('SIGKILL');
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };

  try {
    await untilUp(sallyport, async () => (await isHealthy(webPort)) && (await status()).listeners.length > 0);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    process: sallyport,
    directory,
    dataDirectory,
    dnsPort,
    webPort,
    api,
    status,
    close,
    ask: (name, asked = {}) => ask({ server: '127.0.0.1', port: dnsPort, from: PLEX, name, ...asked }),
    cli: (...args) => cli(dataDirectory, args),
    said: () => sallyport.output.join('\n'),
    async restart(signal) {
      await sallyport.stop(signal);
      const next = await startProduct({ ...options, directory });
      if (options.directory !== undefined) return next;
      return {
        ...next,
        close: () => next.close().finally(() => rm(directory, { recursive: true, force: true })),
      };
    },
  };
}

/** Milliseconds for what must come and no promise says when: a busy machine takes its time. */
export const PATIENCE_MS = 15_000;

/** Asks until the answer is yes; throws with what was waited for. Other processes' time is real, no clock can be moved. */
export async function until(
  what: string,
  withinMs: number,
  isSo: () => boolean | Promise<boolean>,
): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return performance.now() - began;
}

export const TOKEN = 'story-token-of-no-worth-0123456789abcdef';
const POLL_MS = 25;
const HOUSE = fileURLToPath(new URL('../../', import.meta.url));

function apiOf(origin: string): Product['api'] {
  return async (method, path, body) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
}

function cli(dataDirectory: string, args: readonly string[]): Promise<string> {
  const command = ['scripts/run.mjs', 'src/cli/main.ts', ...args, '--data-dir', dataDirectory];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, command, { cwd: HOUSE }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`sallyport ${args.join(' ')}: ${stderr || error.message}`));
    });
  });
}
