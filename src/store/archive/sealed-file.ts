/**
 * A file nobody reads or changes without the passphrase.
 *
 *   SALLYPORT-BACKUP-1\n | salt (16) | nonce (12) | AES-256-GCM of the content | tag (16)
 *
 * The key comes from the passphrase by scrypt (RFC 7914). The tag is checked before anything that was read is used.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { KnownError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';

/** Characters: whoever steals the file may try offline, at some ten guesses a second and processor. */
export const MIN_PASSPHRASE_LENGTH = 12;

/** Ends when all of `content` is in the file; `path` must not exist. */
export async function writeSealed(path: string, content: Readable, passphrase: Secret): Promise<void> {
  const salt = randomBytes(SALT_OCTETS);
  const nonce = randomBytes(NONCE_OCTETS);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, salt), nonce);
  cipher.setAAD(MAGIC);
  const framed = new Transform({
    construct(done) {
      this.push(Buffer.concat([MAGIC, salt, nonce]));
      done();
    },
    transform: (chunk: Buffer, _encoding, done: TransformCallback) => done(null, chunk),
    flush(done) {
      done(null, cipher.getAuthTag());
    },
  });
  await pipeline(content, cipher, framed, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
}

/**
 * Hands the content to `use` twice: once to be thrown away, which proves that it is whole and the passphrase right, and
 * then to be used. Throws KnownError.
 */
export async function readSealed(
  path: string,
  passphrase: Secret,
  use: (content: Readable) => Promise<void>,
): Promise<void> {
  const { size, salt, nonce, tag } = await readFrame(path).catch((error: unknown) => {
    throw notReadable(path, error);
  });
  const key = await keyOf(passphrase, salt);
  const opened = () => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAAD(MAGIC);
    decipher.setAuthTag(tag);
    const sealed = createReadStream(path, { start: HEAD_OCTETS, end: size - TAG_OCTETS - 1 });
    return { sealed, decipher };
  };
  const first = opened();
  try {
    await pipeline(first.sealed, first.decipher, async (chunks: AsyncIterable<Buffer>) => {
      for await (const _ of chunks);
    });
  } catch (error) {
    throw new KnownError(
      'backup-unreadable',
      `${path} cannot be opened with this passphrase, or was changed`,
      {
        hint: 'Try the passphrase again; a file that was cut off or changed cannot be opened with any.',
        cause: error,
      },
    );
  }
  const second = opened();
  await pipeline(second.sealed, second.decipher, async (chunks: AsyncIterable<Buffer>) => {
    await use(Readable.from(chunks));
  });
}

async function readFrame(path: string) {
  const { size } = await stat(path);
  if (size <= HEAD_OCTETS + TAG_OCTETS) throw unreadable(path);
  const file = await open(path);
  try {
    const head = Buffer.alloc(HEAD_OCTETS);
    const tag = Buffer.alloc(TAG_OCTETS);
    await file.read(head, 0, HEAD_OCTETS, 0);
    await file.read(tag, 0, TAG_OCTETS, size - TAG_OCTETS);
    if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw unreadable(path);
    const salt = head.subarray(MAGIC.length, MAGIC.length + SALT_OCTETS);
    return { size, salt, nonce: head.subarray(MAGIC.length + SALT_OCTETS), tag };
  } finally {
    await file.close();
  }
}

function keyOf(passphrase: Secret, salt: Buffer): Promise<Buffer> {
  return derive(passphrase.reveal().normalize('NFC'), salt, 32, SCRYPT);
}

function unreadable(path: string): KnownError {
  return new KnownError('backup-unreadable', `${path} is not a backup of Sallyport`, { hint: NAME_ONE });
}

function notReadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  return new KnownError('backup-unreadable', `${path} cannot be read (${error.code})`, {
    hint: NAME_ONE,
    cause: error,
  });
}

const NAME_ONE = 'Name a file that `sallyport backup` made.';

const derive: (
  passphrase: string,
  salt: Buffer,
  length: number,
  options: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
) => Promise<Buffer> = promisify(scrypt);

const MAGIC = Buffer.from('SALLYPORT-BACKUP-1\n');
const SALT_OCTETS = 16;
const NONCE_OCTETS = 12;
const TAG_OCTETS = 16;
const HEAD_OCTETS = MAGIC.length + SALT_OCTETS + NONCE_OCTETS;
/** 64 MiB and some 0.2 s: OWASP's second choice, which fits a small machine. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 2, maxmem: 128 * 1024 * 1024 };
