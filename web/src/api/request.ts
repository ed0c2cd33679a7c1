import type { Problem } from '../../../src/api/contract/problem.ts';

/** What the API refused, in its own words: `message` is what happened, `hint` what to do about it. */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly requestId: string;

  constructor({ code, status, detail, hint, requestId }: Problem) {
    super(detail);
    this.code = code;
    this.status = status;
    this.hint = hint;
    this.requestId = requestId;
  }
}

/** No answer at all: the machine, the network or a proxy in between. */
export class Unreachable extends Error {}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Asks the API; throws Refused or Unreachable. */
export async function request<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const answer = await send(method, path, body);
  if (!answer.ok) throw await problemOf(answer);
  return (await readJson(answer)) as Answer;
}

/** What an answer that is none says of itself. */
export async function problemOf(answer: Response): Promise<Refused> {
  return new Refused((await readJson(answer)) as Problem);
}

/** '' or '/sallyport': where a browser finds us, as the server wrote it into the page. */
export function basePath(): string {
  return metaContent('base-path');
}

export function apiUrl(path: string): string {
  return `${basePath()}/api/v1${path}`;
}

export function metaContent(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

/** '?a=1&b=2' of what has a value. */
export function queryText(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const known = Object.entries(parameters).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return known.length === 0 ? '' : `?${new URLSearchParams(known)}`;
}

async function send(method: Method, path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(apiUrl(path), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(method === 'GET' ? READ_PATIENCE_MS : PATIENCE_MS),
    });
  } catch (error) {
    throw new Unreachable('Sallyport does not answer', { cause: error });
  }
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch (error) {
    throw new Unreachable(
      `What answered ${new URL(answer.url).pathname} with status ${answer.status} is not Sallyport`,
      {
        cause: error,
      },
    );
  }
}

/** Milliseconds: what is only read is there in one or two; of a server that hangs the page shall say so soon. */
const READ_PATIENCE_MS = 15_000;
/** Milliseconds: a sync of a slow firewall takes ten seconds, and a doctor's examination of several twenty. */
const PATIENCE_MS = 30_000;
