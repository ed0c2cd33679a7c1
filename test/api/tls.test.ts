import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPageCertificate } from '../../src/api/tls/page-certificate.ts';
import { makeSelfSigned } from '../../src/api/tls/self-signed.ts';
import { silentLog } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import { web } from '../../src/config/schema/web.ts';
import { openCertificate, openPages } from '../../src/control/page-listeners.ts';
import { welcome } from '../../src/control/welcome.ts';
import { createWorld, HOUR, NOON, type World } from '../actions/world.ts';
import { apiDeps } from './stage.ts';

const NAMES = ['gate.lan', 'localhost', '192.168.1.20', '2001:db8::20'];
const DAY = 24 * HOUR;
const HALF_A_MINUTE = 30_000;

let world: World;
let dir: string;
beforeEach(() => {
  world = createWorld();
  dir = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
});
afterEach(() => {
  world.close();
  rmSync(dir, { recursive: true });
});

const deps = (names = NAMES) => ({ dataDir: dir, names, clock: world.clock, log: silentLog() });
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** As from an authority of the owner's own: signed with another key, so that it does not vouch for itself. */
function writeFiles(name = 'gate.lan') {
  const key = newKey();
  writeFileSync(join(dir, 'cert.pem'), makeSelfSigned({ key, names: [name, '127.0.0.1'], now: Date.now() }));
  writeFileSync(join(dir, 'key.pem'), key.export({ type: 'pkcs8', format: 'pem' }));
}
const files = () =>
  ({
    mode: 'files',
    cert: { kind: 'file', path: join(dir, 'cert.pem') },
    key: { kind: 'file', path: join(dir, 'key.pem') },
  }) as const;

test('a self-signed certificate is one that OpenSSL and Node read as we meant it', () => {
  const key = newKey();
  const pem = makeSelfSigned({ key, names: NAMES, now: NOON });
  const certificate = new X509Certificate(pem);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(key)).toBe(true);
  expect(certificate.subjectAltName).toBe(
    'DNS:gate.lan, DNS:localhost, IP Address:192.168.1.20, IP Address:2001:DB8:0:0:0:0:0:20',
  );
  expect(certificate.ca).toBe(false);
  expect(certificate.validFromDate.getTime()).toBe(NOON - DAY);
  expect(certificate.validToDate.getTime()).toBe(NOON + 365 * DAY);

  const path = join(dir, 'cert.pem');
  writeFileSync(path, pem);
  const text = execFileSync('openssl', ['x509', '-in', path, '-noout', '-text'], { encoding: 'utf8' });
  expect(text).toContain('Subject: CN = Sallyport gate.lan');
  expect(text).toContain('TLS Web Server Authentication');
  expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
  expect(
    execFileSync('openssl', ['verify', '-attime', String(NOON / 1000), '-CAfile', path, path], {
      encoding: 'utf8',
    }),
  ).toContain('OK');
});

test('it is made once, its key is nobody else’s to read, and it is kept over restarts', () => {
  const first = openPageCertificate({ mode: 'self-signed' }, deps()).current();
  expect(statSync(join(dir, 'tls/key.pem')).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir, 'tls')).mode & 0o777).toBe(0o700);
  expect(first).toMatchObject({ selfSigned: true, validTo: NOON + 365 * DAY });
  expect(openPageCertificate({ mode: 'self-signed' }, deps()).current().fingerprint).toBe(first.fingerprint);
});

test('a new name, and a file that was cut off, make a new one with the same key', () => {
  const first = openPageCertificate({ mode: 'self-signed' }, deps()).current();
  const second = openPageCertificate({ mode: 'self-signed' }, deps([...NAMES, 'other.lan'])).current();
  expect(second.fingerprint).not.toBe(first.fingerprint);
  expect(second.key.reveal()).toBe(first.key.reveal());

  writeFileSync(join(dir, 'tls/cert.pem'), second.cert.slice(0, 100));
  const third = openPageCertificate({ mode: 'self-signed' }, deps()).current();
  expect(third.key.reveal()).toBe(first.key.reveal());
  expect(new X509Certificate(third.cert).checkPrivateKey(createPrivateKey(third.key.reveal()))).toBe(true);
});

test('it is renewed a month before its end, while we run', () => {
  const certificate = openPageCertificate({ mode: 'self-signed' }, deps());
  const seen: string[] = [];
  certificate.onChange(({ fingerprint }) => seen.push(fingerprint));
  const { fingerprint } = certificate.current();

  world.clock.advance(334 * DAY);
  expect(seen).toEqual([]);
  world.clock.advance(2 * DAY);
  expect(seen).toEqual([certificate.current().fingerprint]);
  expect(seen).not.toContain(fingerprint);
  expect(certificate.problem()).toBeUndefined();
  certificate.close();
});

test('new files are taken when they fit; while they do not, the old certificate goes on and the status says so', () => {
  writeFiles();
  const certificate = openPageCertificate(files(), deps());
  const before = certificate.current().fingerprint;

  const key = newKey();
  writeFileSync(join(dir, 'cert.pem'), makeSelfSigned({ key, names: ['new.lan'], now: NOON }));
  world.clock.advance(HALF_A_MINUTE);
  expect(certificate.current().fingerprint).toBe(before);
  expect(certificate.problem()).toContain('the certificate and the key do not belong to each other');

  writeFileSync(join(dir, 'key.pem'), key.export({ type: 'pkcs8', format: 'pem' }));
  world.clock.advance(HALF_A_MINUTE);
  expect(certificate.current().fingerprint).not.toBe(before);
  expect(certificate.problem()).toBeUndefined();

  rmSync(join(dir, 'key.pem'));
  world.clock.advance(HALF_A_MINUTE);
  expect(certificate.problem()).toContain(join(dir, 'key.pem'));
  certificate.close();
});

test.each([
  [334, undefined],
  [355, 'The certificate of the page ends in 10 days: renew it.'],
  [366, 'The certificate of the page has expired: renew it, browsers refuse it.'],
])('after %i days of a year the status says: %s', (days, sentence) => {
  const key = newKey();
  const cert = makeSelfSigned({ key, names: ['a.lan'], now: NOON - days * DAY });
  writeFileSync(join(dir, 'cert.pem'), cert);
  writeFileSync(join(dir, 'key.pem'), key.export({ type: 'pkcs8', format: 'pem' }));
  const certificate = openPageCertificate(files(), deps());
  expect(certificate.problem()).toBe(sentence);
  certificate.close();
});

test('what is no key is never repeated in a message', () => {
  const tls = { ...files(), key: { kind: 'text', text: new Secret('-----BEGIN hunter2') } } as const;
  writeFiles();
  expect(() => openPageCertificate(tls, deps())).toThrow('the key of the page cannot be read');
  expect(() => openPageCertificate(tls, deps())).not.toThrow(/hunter2/);
});

interface Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly certificate: PeerCertificate;
}

function ask(url: string, ca: string, path = '/healthz'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { ca, agent: false }, (response) => {
      const certificate = (response.socket as TLSSocket).getPeerCertificate();
      response.resume();
      response.on('end', () => resolve({ headers: response.headers, certificate }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

const pagesOf = async (written: object) => {
  const config = web.parse({ listen: ['127.0.0.1:0'], ...written });
  const certificate = openCertificate(config, { dataDir: dir, clock: world.clock, log: silentLog() });
  return { certificate, pages: await openPages(config, apiDeps(world), certificate) };
};

test('the page is served with the files, and with new ones without a restart', async () => {
  writeFiles();
  const { certificate, pages } = await pagesOf({
    tls: { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') },
  });
  const url = pages.opened[0]?.url ?? '';
  expect(url).toMatch(/^https:/);
  const ca = () => readFileSync(join(dir, 'cert.pem'), 'utf8');
  expect((await ask(url, ca())).certificate.subject.CN).toBe('Sallyport gate.lan');

  writeFiles('new.lan');
  world.clock.advance(HALF_A_MINUTE);
  expect((await ask(url, ca())).certificate.subject.CN).toBe('Sallyport new.lan');
  if (typeof certificate === 'object') certificate.close();
  await pages.close();
});

test('the self-signed page: its fingerprint is what the start and the browser show, and no HSTS', async () => {
  const { certificate, pages } = await pagesOf({ tls: { mode: 'self-signed' } });
  if (typeof certificate !== 'object') throw new Error('no certificate');
  const { cert, fingerprint, validTo, selfSigned } = certificate.current();
  const answer = await ask(pages.opened[0]?.url ?? '', cert);
  expect(answer.certificate.fingerprint256).toBe(fingerprint);
  expect(answer.headers).not.toHaveProperty('strict-transport-security');

  const status = { ...world.status.read(), certificate: { fingerprint, validTo, selfSigned } };
  const lines = welcome({ status, pages: pages.opened, setupToken: undefined, groups: [], dataDir: dir });
  expect(lines.join('\n')).toContain(fingerprint);
  certificate.close();
  await pages.close();
});

test('files that fit no page leave it unserved, and never in clear text', async () => {
  writeFiles();
  writeFileSync(join(dir, 'key.pem'), newKey().export({ type: 'pkcs8', format: 'pem' }));
  const { certificate, pages } = await pagesOf({
    tls: { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') },
  });
  expect(pages.opened).toEqual([
    { url: 'https://127.0.0.1:0', problem: expect.stringContaining('do not belong to each other') },
  ]);
  expect(certificate).toEqual(pages.opened[0]?.problem);
  await pages.close();
});
