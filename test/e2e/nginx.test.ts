/** Behind a real nginx that ends TLS, with the page below a path. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ensurePage } from '../../scripts/support/page.ts';
import { createSetupToken } from '../../src/api/access/setup-token.ts';
import { type Api, createApi } from '../../src/api/server.ts';
import { openPageCertificate } from '../../src/api/tls/page-certificate.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import { listAudit } from '../../src/store/audit.ts';
import { createWorld, type World } from '../actions/world.ts';
import { apiDeps, PASSWORD } from '../api/stage.ts';

const NGINX = '/usr/sbin/nginx';
const HOST = 'gate.example.org';

let world: World;
let dir: string;
let app: Api;
let nginx: ChildProcess;
let ca: string;
let setupToken: string;
const ports = { left: 0, off: 0 };

/** Two servers: one leaves the base path on, one takes it off. */
const configuration = (folder: string, backend: number) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u;
  scgi_temp_path ${folder}/s;
  ssl_certificate ${folder}/tls/cert.pem;
  ssl_certificate_key ${folder}/tls/key.pem;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_buffering off;
  server {
    listen 127.0.0.1:${ports.left} ssl;
    location /sallyport/ { proxy_pass http://127.0.0.1:${backend}; }
  }
  server {
    listen 127.0.0.1:${ports.off} ssl;
    location /sallyport/ { proxy_pass http://127.0.0.1:${backend}/; }
  }
}
`;

/** nginx binds its ports itself, so that they are asked for and given back first. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  await ensurePage();
  world = createWorld();
  dir = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'));
  const token = createSetupToken(world.clock);
  setupToken = token.token;
  const deps = {
    dataDir: dir,
    names: [HOST, '127.0.0.1'],
    clock: { ...world.clock, now: Date.now },
    log: silentLog(),
  };
  const certificate = openPageCertificate({ mode: 'self-signed' }, deps);
  ca = certificate.current().cert;
  certificate.close();
  app = createApi(
    'web',
    apiDeps(world, {
      setupToken: token,
      publicUrl: new URL(`https://${HOST}/sallyport`),
      allowedHosts: [HOST],
      basePath: '/sallyport',
      trustedProxies: [parsePrefix('127.0.0.1')],
    }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  ports.left = await freePort();
  ports.off = await freePort();
  for (const name of ['body', 'proxy']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'nginx.conf'), configuration(dir, port));
  execFileSync(NGINX, ['-t', '-c', join(dir, 'nginx.conf')], { stdio: 'pipe' });
  nginx = spawn(NGINX, ['-c', join(dir, 'nginx.conf')], { stdio: 'ignore' });
  await vi.waitFor(() => ask('left', 'GET', '/sallyport/'), 10_000);
}, 60_000);
afterAll(async () => {
  const gone = new Promise((resolve) => nginx.once('exit', resolve));
  nginx.kill('SIGTERM');
  await gone;
  await app.close();
  world.close();
  rmSync(dir, { recursive: true });
});

interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly from?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

function ask(server: keyof typeof ports, method: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { headers = {}, body, from = '127.0.0.1' } = asked;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: ports[server],
        localAddress: from,
        servername: HOST,
        ca,
        agent: false,
        method,
        path,
        headers: {
          host: HOST,
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

describe('behind nginx', () => {
  test('set-up, with a cookie for the path alone that is never sent in clear text', async () => {
    const { status, headers } = await ask('left', 'POST', '/sallyport/api/v1/setup', {
      body: { token: setupToken, password: PASSWORD },
      headers: { origin: `https://${HOST}`, 'sec-fetch-site': 'same-origin' },
    });
    expect(status).toBe(200);
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; Path=\/sallyport\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  test.each(['left', 'off'] as const)(
    'the page, its files, sign-in and an answer; the base path is %s',
    async (server) => {
      const page = await ask(server, 'GET', '/sallyport/');
      const [, script = ''] = page.text.match(/ src="([^"]+)"/) ?? [];
      expect(script).toMatch(/^\/sallyport\/assets\/[\w-]+\.js$/);
      expect((await ask(server, 'GET', script)).headers).toMatchObject({
        'content-type': expect.stringContaining('javascript'),
        'cache-control': 'public, max-age=31536000, immutable',
      });

      const signedIn = await ask(server, 'POST', '/sallyport/api/v1/session', {
        body: { password: PASSWORD },
      });
      const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
      const status = await ask(server, 'GET', '/sallyport/api/v1/status', { headers: { cookie } });
      expect(status.status).toBe(200);
      expect(
        (await ask(server, 'GET', '/sallyport/api/v1/status', { headers: { cookie }, from: '127.0.0.9' }))
          .status,
      ).toBe(401);
    },
  );

  test('the audit has the client’s address, whatever it invents', async () => {
    await ask('left', 'POST', '/sallyport/api/v1/session', {
      body: { password: 'wrong' },
      from: '127.0.0.77',
      headers: { 'x-forwarded-for': '10.1.2.3' },
    });
    expect(listAudit(world.db, { limit: 1 }).items).toMatchObject([
      { action: 'session.refused', origin: '127.0.0.77' },
    ]);
  });

  test('another site and another host are refused through it too', async () => {
    const body = { password: PASSWORD };
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await ask('left', 'POST', '/sallyport/api/v1/session', { body, headers })).status).toBe(403);
    }
    const rebound = await ask('left', 'GET', '/sallyport/', {
      headers: { host: 'evil.example', accept: 'text/html' },
    });
    expect(rebound.status).toBe(421);
    expect(rebound.text).toContain(`SALLYPORT_ALLOWED_HOSTS=${HOST},evil.example`);
  });

  test('without the final slash the page is found', async () => {
    const { status, headers } = await ask('left', 'GET', '/sallyport');
    expect([status, new URL(String(headers['location']), `https://${HOST}`).pathname]).toEqual([
      301,
      '/sallyport/',
    ]);
  });
});
