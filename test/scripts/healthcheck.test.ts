/** The health check says whether Sallyport itself answers, and what did not. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { start, type ToyInternet } from '../../scripts/toy-internet.ts';

let names: ToyInternet;
let page: Server;

async function standIns(status: number, zone = {}): Promise<Record<string, string>> {
  names = await start({ zone });
  page = createServer((request, response) => {
    response.statusCode = request.url === '/healthz' ? status : 404;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(page, 'listening');
  return {
    SALLYPORT_DNS_LISTEN: `0.0.0.0:${names.port}`,
    SALLYPORT_WEB_LISTEN: `127.0.0.1:${(page.address() as AddressInfo).port}`,
  };
}

afterEach(async () => {
  page.close();
  await names.close();
});

function check(env: Record<string, string>): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/healthcheck.ts'], { env }, (error, _, said) =>
      resolve({ code: error === null ? 0 : Number(error.code), said }),
    );
  });
}

test('a page that is up and a name that is refused are health', async () => {
  expect(await check(await standIns(200))).toEqual({ code: 0, said: '' });
  expect(names.counts()).toEqual({ 'healthcheck.invalid': 1 });
});

test('a page that is not ready is not', async () => {
  const { code, said } = await check(await standIns(503));
  expect(code).toBe(1);
  expect(said).toMatch(/^page 127\.0\.0\.1:\d+\/healthz: status 503\n$/);
});

test.each([
  ['answers a name that cannot exist', { 'healthcheck.invalid': { a: ['192.0.2.1'] } }, /rcode 0/],
  ['fails', { 'healthcheck.invalid': { outcome: 'servfail' } }, /rcode 2/],
])('a resolver that %s is not', async (_, zone, said) => {
  const result = await check(await standIns(200, zone));
  expect(result).toMatchObject({ code: 1, said: expect.stringMatching(said) });
});

test('a port where nobody listens is named', async () => {
  const env = await standIns(200);
  const { said } = await check({ ...env, SALLYPORT_DNS_LISTEN: '127.0.0.1:1' });
  expect(said).toMatch(/^names 127\.0\.0\.1:1: .*ECONNREFUSED/);
});
