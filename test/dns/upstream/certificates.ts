/** Certificates for servers on loopback, made by openssl where the test runs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Authority {
  /** PEM. */
  readonly ca: string;
  readonly caFile: string;
  /** For names ('DNS:dns.test', 'IP:127.0.0.1') and a number of days; negative ones are over. */
  issue(names: string, days?: number): Certificate;
}

/** An authority of the test's own, until it ends. */
export function createAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const at = (file: string) => join(directory, file);
  const openssl = (...parameters: string[]) => execFileSync('openssl', parameters, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout'];

  openssl(
    'req',
    '-x509',
    ...key,
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
  );
  let issued = 0;
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    caFile: at('ca.pem'),
    issue(names, days = 2) {
      issued += 1;
      const [keyFile, request, certFile, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) =>
        at(`${issued}.${end}`),
      ) as [string, string, string, string];
      writeFileSync(extensions, `subjectAltName=${names}`);
      openssl('req', ...key, keyFile, '-out', request, '-subj', '/CN=server');
      const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'];
      const more = ['-days', String(days), '-extfile', extensions, '-out', certFile];
      openssl('x509', '-req', '-in', request, ...signer, ...more);
      return {
        cert: readFileSync(certFile, 'utf8'),
        key: readFileSync(keyFile, 'utf8'),
        certFile,
        keyFile,
      };
    },
  };
}
