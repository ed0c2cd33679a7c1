// Needs openssl, which makes the certificates.
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import * as opnsense from '../../scripts/simulators/opnsense.ts';
import { type SelfSigned, type SimResponse, selfSigned, serve } from '../../scripts/simulators/server.ts';
import { fetchCertificate, fetchPin } from '../../src/base/certificate.ts';
import { KnownError, TransientDriverError } from '../../src/base/errors.ts';
import { createHttpClient, type HttpTls } from '../../src/base/http.ts';
import { Secret } from '../../src/base/secret.ts';
import { createDriver } from '../../src/firewall/registry.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const ok: SimResponse = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"a":1}' };
const get = { method: 'GET', path: '/x', signal: new AbortController().signal } as const;

async function server(answer: SimResponse, tls?: SelfSigned) {
  const seen: string[] = [];
  const served = await serve(
    async ({ rawUrl }) => {
      seen.push(rawUrl);
      return answer;
    },
    tls === undefined ? {} : { tls },
  );
  cleanups.push(served.close);
  return { ...served, seen };
}

function client(url: string, tls: HttpTls = {}) {
  const http = createHttpClient({ url, tls, connections: 1, timeoutMs: 2000 });
  cleanups.push(http.close);
  return http;
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('over TLS', () => {
  const shown = selfSigned('firewall.internal');
  const other = selfSigned('firewall.internal');

  test('a self-signed certificate is refused, and the remedy named', async () => {
    const { url, seen } = await server(ok, shown);
    const error = await failure(client(url).request({ ...get, headers: { 'x-key': new Secret('s3cret') } }));
    expect(error).toBeInstanceOf(KnownError);
    expect((error as KnownError).message).toMatch(/^The certificate of 127\.0\.0\.1:\d+ is self-signed$/);
    expect((error as KnownError).hint).toMatch(/tls\.pin to its key, tls\.ca to/);
    expect(seen).toEqual([]);
  });

  test('a trusted certificate for another name needs tls.serverName', async () => {
    const { url } = await server(ok, shown);
    expect(await failure(client(url, { ca: shown.cert }).request(get))).toMatchObject({
      message: expect.stringMatching(/is for another name$/),
    });
    const tls = { ca: shown.cert, serverName: 'firewall.internal' };
    expect((await client(url, tls).request(get)).status).toBe(200);
  });

  test('a pinned key is enough, on every connection', async () => {
    const { url } = await server({ ...ok, headers: { ...ok.headers, connection: 'close' } }, shown);
    const pin = await fetchPin(url, { timeoutMs: 2000 });
    const http = client(url, { pin });
    for (let i = 0; i < 3; i++) expect((await http.request(get)).status).toBe(200);
  });

  test('another key than the pinned one is told nothing', async () => {
    const { url, seen } = await server(ok, shown);
    const foreign = await server(ok, other);
    const pin = await fetchPin(foreign.url, { timeoutMs: 2000 });
    const error = await failure(
      client(url, { pin }).request({ ...get, headers: { 'x-key': new Secret('s3cret') } }),
    );
    expect(error).toBeInstanceOf(KnownError);
    expect((error as KnownError).message).toContain(`tls.pin is ${pin}. Nothing was sent.`);
    expect(seen).toEqual([]);
  });

  test('no pin can be had of a server without TLS', async () => {
    const { url } = await server(ok);
    const error = await failure(fetchPin(url.replace('http:', 'https:'), { timeoutMs: 2000 }));
    expect(error).toBeInstanceOf(TransientDriverError);
  });

  test('the pin is the one that the documented openssl command prints', async () => {
    const { url } = await server(ok, shown);
    const command =
      'openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64';
    const printed = execFileSync('sh', ['-c', command], { input: shown.cert, encoding: 'utf8' }).trim();
    expect(await fetchPin(url, { timeoutMs: 2000 })).toBe(`sha256/${printed}`);
  });

  test('a certificate is shown with its names and days, whoever signed it', async () => {
    const { url, seen } = await server(ok, shown);
    const certificate = await fetchCertificate(url, { timeoutMs: 2000 });
    expect(certificate).toMatchObject({ subject: 'CN=firewall.internal', issuer: 'CN=firewall.internal' });
    expect(certificate.validTo - certificate.validFrom).toBe(2 * 86_400_000);
    expect(seen).toEqual([]);
  });

  test('a configured firewall is read and written under its pin', async () => {
    const simulator = await opnsense.start({ tls: shown });
    cleanups.push(simulator.close);
    const driver = createDriver({
      name: 'edge',
      driver: 'opnsense',
      alias: 'plexfw_live',
      url: simulator.url,
      key: new Secret(opnsense.DEFAULT_USER.key),
      secret: new Secret(opnsense.DEFAULT_USER.secret),
      tls: { pin: await fetchPin(simulator.url, { timeoutMs: 2000 }) },
    });
    cleanups.push(driver.close);
    expect((await driver.read(get.signal)).size).toBe(0);
  });
});
