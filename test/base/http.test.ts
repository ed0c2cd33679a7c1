import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type SimResponse, serve } from '../../scripts/simulators/server.ts';
import { TransientDriverError } from '../../src/base/errors.ts';
import { createHttpClient, serverFailure } from '../../src/base/http.ts';
import { Secret } from '../../src/base/secret.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const ok: SimResponse = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"a":1}' };
const get = { method: 'GET', path: '/x', signal: new AbortController().signal } as const;

async function server(answer: SimResponse | 'never') {
  const seen: { headers: Record<string, unknown>; path: string }[] = [];
  const { promise: never } = Promise.withResolvers<undefined>();
  const served = await serve(async ({ headers, rawUrl }) => {
    seen.push({ headers, path: rawUrl });
    return answer === 'never' ? never : answer;
  }, {});
  cleanups.push(served.close);
  return { ...served, seen };
}

function client(url: string, timeoutMs = 2000) {
  const http = createHttpClient({ url, connections: 1, timeoutMs });
  cleanups.push(http.close);
  return http;
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('an answer', () => {
  test('is read whole, and as JSON only when it says that it is JSON', async () => {
    const { url, seen } = await server(ok);
    const response = await client(`${url}/base/`).request({
      ...get,
      headers: { 'x-key': new Secret('s3cret') },
    });
    expect(response.json()).toEqual({ a: 1 });
    expect(seen[0]?.path).toBe('/base/x');
    expect(seen[0]?.headers['x-key']).toBe('s3cret');

    const page = await server({
      status: 200,
      headers: { 'content-type': 'text/html; charset=x' },
      body: '<p>',
    });
    const answer = await client(page.url).request(get);
    expect(answer.contentType).toBe('text/html');
    expect(() => answer.json()).toThrow(/answered \/x with text\/html instead of JSON \(HTTP 200\)/);
  });

  test('that is cut short is worth another try', async () => {
    const { url } = await server({ ...ok, body: '{"a":' });
    const response = await client(url).request(get);
    expect(() => response.json()).toThrow(TransientDriverError);
  });

  test('from elsewhere is not fetched: redirects come back as they are', async () => {
    const elsewhere = await server(ok);
    const { url } = await server({ status: 302, headers: { location: elsewhere.url }, body: '' });
    const response = await client(url).request({ ...get, headers: { 'x-key': new Secret('s3cret') } });
    expect(response.status).toBe(302);
    expect(elsewhere.seen).toEqual([]);
  });

  test('of more than 16 MiB is refused', async () => {
    const { url } = await server({ ...ok, body: ' '.repeat(16 * 1024 * 1024 + 1) });
    expect(await failure(client(url, 10_000).request(get))).toMatchObject({
      message: expect.stringMatching(/sent more than 16 MiB/),
    });
  });

  test('5xx says when to come back', async () => {
    const { url } = await server({ status: 503, headers: { 'retry-after': '5' }, body: '' });
    const error = serverFailure(await client(url).request(get), 'write lock');
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ answered HTTP 503 to \/x: write lock$/);
    expect(error.retryAfterMs).toBe(5000);
  });
});

describe('no answer', () => {
  test('in time names the box and the time', async () => {
    const { url } = await server('never');
    const error = await failure(client(url, 50).request(get));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect((error as Error).message).toMatch(/^No answer from 127\.0\.0\.1:\d+ after 50 ms$/);
  });

  test('because nobody listens', async () => {
    const { url, close } = await server(ok);
    await close();
    const error = await failure(client(url).request(get));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect((error as Error).message).toMatch(/^127\.0\.0\.1:\d+ refused the connection after \d+ ms$/);
  });

  test('because the connection was dropped', async () => {
    const dropper = createServer((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((done) => dropper.listen(0, '127.0.0.1', done));
    cleanups.push(() => new Promise((done) => dropper.close(done)));
    const { port } = dropper.address() as { port: number };
    const error = await failure(client(`http://127.0.0.1:${port}`).request(get));
    expect(error).toBeInstanceOf(TransientDriverError);
    expect((error as Error).message).toMatch(/closed the connection after \d+ ms/);
  });

  test('because the caller gave up: the reason is the caller’s own', async () => {
    const { url } = await server('never');
    const reason = new Error('shutting down');
    expect(await failure(client(url).request({ ...get, signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});
