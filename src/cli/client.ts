import { request } from 'node:http';
import type { z } from 'zod';
import { Problem } from '../api/contract/problem.ts';

/** Speaks to a running Sallyport over its socket. */
export interface Client {
  readonly socketPath: string;
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>>;
  send<Schema extends z.ZodType>(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>>;
}

/** What Sallyport said no to, or why it could not be asked. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export function createClient(socketPath: string): Client {
  const ask = async <Schema extends z.ZodType>(
    method: string,
    path: string,
    body: unknown,
    schema: Schema,
  ) => {
    const { status, text } = await exchange(socketPath, method, path, body);
    const json: unknown = parseJson(text);
    if (status >= 400) throw refusal(json, status);
    return schema.parse(json);
  };
  return {
    socketPath,
    get: (path, schema) => ask('GET', path, undefined, schema),
    send: (method, path, body, schema) => ask(method, path, body, schema),
  };
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
): Promise<{ readonly status: number; readonly text: string }> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(unreachable(socketPath, error));
    const asked = request({ socketPath, method, path: `/api/v1${path}`, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', fail);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 500, text: Buffer.concat(parts).toString('utf8') }),
      );
    });
    asked.on('error', fail);
    asked.end(payload);
  });
}

function unreachable(socketPath: string, error: NodeJS.ErrnoException): CommandFailed {
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new CommandFailed(
      'not-allowed',
      `this user may not open ${socketPath}`,
      'Run the command as the user Sallyport runs as (for example with sudo -u).',
    );
  }
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return new CommandFailed(
      'not-running',
      `Sallyport is not running: nobody answers on ${socketPath}`,
      'Start it with `npm start`, or name its data directory with --data-dir or SALLYPORT_DATA_DIR.',
    );
  }
  return new CommandFailed('not-running', `the connection to ${socketPath} broke: ${error.message}`);
}

function refusal(json: unknown, status: number): CommandFailed {
  const problem = Problem.safeParse(json);
  if (!problem.success) return new CommandFailed('unexpected', `Sallyport answered with status ${status}`);
  return new CommandFailed(problem.data.code, problem.data.detail, problem.data.hint);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandFailed('unexpected', 'what answered on the socket is not Sallyport');
  }
}
