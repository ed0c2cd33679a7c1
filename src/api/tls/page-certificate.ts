/**
 * The certificate of the page, kept current while we run.
 *
 *   files        read again every half minute: who renews them (certbot, step, a Kubernetes secret) tells nobody
 *   self-signed  made on the data directory at the first start, and again before its end, with the same key
 */
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { describeError, KnownError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { readIfThere } from '../../base/read-if-there.ts';
import { Secret } from '../../base/secret.ts';
import { type CertificatePair, makePair } from './pair.ts';
import { makeSelfSigned } from './self-signed.ts';

/** Where a certificate or its key is written: a file may change, a text does not. */
export type PemPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: Secret };

export type PageTls =
  | { readonly mode: 'self-signed' }
  | { readonly mode: 'files'; readonly cert: PemPlace; readonly key: PemPlace };

export interface PageCertificateDeps {
  readonly dataDir: string;
  /** Host names and addresses for one of our own. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface PageCertificate {
  current(): CertificatePair;
  /** Calls back with each that takes the place of the one before. */
  onChange(callback: (pair: CertificatePair) => void): void;
  /** What a person should do about it, as a sentence. */
  problem(): string | undefined;
  close(): void;
}

/** Milliseconds between two looks: files may be replaced at any time, our own only grows old. */
const LOOK_EVERY_MS = { files: 30_000, 'self-signed': 6 * 3_600_000 } as const;
const DAY_MS = 86_400_000;
/** A self-signed certificate is made anew when less than this is left of its year. */
const RENEW_BEFORE_MS = 30 * DAY_MS;
/** Whoever renews automatically does so earlier; whoever does it by hand needs a warning. */
const WARN_BEFORE_MS = 14 * DAY_MS;

/** Throws KnownError config-invalid when there is none to begin with. */
export function openPageCertificate(tls: PageTls, deps: PageCertificateDeps): PageCertificate {
  const { clock, log } = deps;
  const read = (names: readonly string[], known?: CertificatePair) =>
    tls.mode === 'self-signed' ? ensureSelfSigned(deps, names) : readFiles(tls, known);
  // Names are looked at once: those of the configuration change with a restart only.
  let current = read(deps.names);
  let failure: string | undefined;
  const callbacks: ((pair: CertificatePair) => void)[] = [];

  const look = () => {
    try {
      const found = read([], current);
      failure = undefined;
      if (found.cert === current.cert && found.key.reveal() === current.key.reveal()) return;
      current = found;
      for (const callback of callbacks) callback(found);
      log.info({ fingerprint: found.fingerprint }, 'the page has a new certificate');
    } catch (error) {
      // Between the writing of the one file and the other they do not fit; what we have goes on until they do.
      const why = describeError(error);
      if (why !== failure) log.warn({ why }, 'the new certificate of the page is not used');
      failure = why;
    }
  };
  let cancel = () => {};
  const again = () => {
    cancel = clock.after(LOOK_EVERY_MS[tls.mode], () => {
      look();
      again();
    });
  };
  again();

  return {
    current: () => current,
    onChange: (callback) => void callbacks.push(callback),
    problem() {
      if (failure !== undefined) return `The page goes on with its old certificate: ${failure}`;
      const leftMs = current.validTo - clock.now();
      if (leftMs > WARN_BEFORE_MS) return undefined;
      return leftMs <= 0
        ? 'The certificate of the page has expired: renew it, browsers refuse it.'
        : `The certificate of the page ends in ${Math.floor(leftMs / DAY_MS)} days: renew it.`;
    },
    close: () => cancel(),
  };
}

/** What has not changed is not taken apart again. */
function readFiles(
  { cert, key }: Extract<PageTls, { mode: 'files' }>,
  current: CertificatePair | undefined,
): CertificatePair {
  const [certText, keyText] = [textOf(cert, 'certificate'), textOf(key, 'key')];
  const isSame = certText === current?.cert && keyText === current.key.reveal();
  return isSame ? current : makePair(certText, new Secret(keyText));
}

function textOf(place: PemPlace, what: string): string {
  if (place.kind === 'text') return place.text.reveal();
  try {
    return readFileSync(place.path, 'utf8');
  } catch (cause) {
    throw new KnownError('config-invalid', `the ${what} of the page cannot be read: ${place.path}`, {
      cause,
    });
  }
}

/** The one that is there, while it has long enough left and carries every name wanted; else a new one with the same key. */
function ensureSelfSigned(
  { dataDir, names, clock }: PageCertificateDeps,
  wanted: readonly string[],
): CertificatePair {
  const folder = join(dataDir, 'tls');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = ensureKey(join(folder, 'key.pem'));
  const path = join(folder, 'cert.pem');
  const kept = keptCertificate(path, key);
  const now = clock.now();
  if (kept !== undefined && kept.validTo - now > RENEW_BEFORE_MS && carries(kept.cert, wanted)) return kept;

  const cert = makeSelfSigned({ key: createPrivateKey(key.reveal()), names, now });
  writeWhole(path, cert, 0o644);
  return makePair(cert, key);
}

function ensureKey(path: string): Secret {
  const kept = readIfThere(path);
  if (kept !== undefined && isKey(kept)) {
    chmodSync(path, 0o600);
    return new Secret(kept);
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeWhole(path, pem, 0o600);
  return new Secret(pem);
}

/** A file that was cut off, or somebody else's, is made anew: nothing hangs on it but a click in a browser. */
function keptCertificate(path: string, key: Secret): CertificatePair | undefined {
  const cert = readIfThere(path);
  if (cert === undefined) return undefined;
  try {
    return makePair(cert, key);
  } catch (error) {
    if (error instanceof KnownError) return undefined;
    throw error;
  }
}

function carries(cert: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(cert);
  return names.every(
    (name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined,
  );
}

function isKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    // No PEM at all: a write that was cut off.
    return false;
  }
}

/** Never half of it under its name. */
function writeWhole(path: string, text: string, mode: number): void {
  const fresh = `${path}.new`;
  try {
    writeFileSync(fresh, text, { mode });
    chmodSync(fresh, mode);
    renameSync(fresh, path);
  } catch (cause) {
    throw new KnownError('config-invalid', `the certificate of the page could not be written: ${path}`, {
      hint: 'Make room on that disk, or name certificate files of your own: SALLYPORT_TLS_CERT and SALLYPORT_TLS_KEY.',
      cause,
    });
  }
}
